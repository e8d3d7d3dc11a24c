"""Each place is asked what the owner of an anonymous survey can see of it: who took part, and never what one of them said.

Ten people vote, all for one option but one for another, so that an option beside a name would be a leak; and the screens are
asked while nothing was published yet, when they must not even say who.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.core.exceptions import ValidationError
from django.test import Client

from campaigns.content import merging as tags
from crm.contacts.disclosing import disclose
from crm.contacts.models import CustomField
from crm.models import Contact, Event, Workspace
from crm.rules import criteria
from crm.rules.remembering import remembering
from surveys import models, opening, slicing, tallying
from surveys.models import Survey
from tests.conftest import api_of
from tests.crm.factories import ContactFactory
from tests.surveys.factories import make_survey

SECRET = "מה שנכתב בסוד"
Place = tuple[str, dict[str, str]]


@pytest.fixture
def poll(workspace: Workspace) -> Survey:
    return opening.open_survey(make_survey(workspace, "choice", "text"))


@pytest.fixture
def voters(poll: Survey) -> list[Contact]:
    return [ContactFactory(workspace=poll.workspace, first_name=f"מצביע{number}") for number in range(4)]


def vote(poll: Survey, voters: list[Contact]) -> None:
    first, second = poll.questions.values_list("pk", flat=True)
    for number, voter in enumerate(voters):
        tallying.take_part(poll, {first: "o3" if number == 0 else "o1", second: SECRET}, contact=voter)


@pytest.fixture
def waiting(poll: Survey, voters: list[Contact]) -> Survey:
    vote(poll, voters)
    return poll


@pytest.fixture
def counted(poll: Survey, voters: list[Contact]) -> Survey:
    voters += [ContactFactory(workspace=poll.workspace, first_name=f"מצביע{number}") for number in range(4, 10)]
    vote(poll, voters)
    opening.close_survey(poll)
    return Survey.objects.get(pk=poll.pk)


def screens(survey: Survey) -> list[str]:
    return [f"/w/{survey.workspace.slug}/surveys/{survey.pk}/{name}/" for name in ("results", "people")] + [
        f"/w/{survey.workspace.slug}/surveys/"
    ]


def named(text: str, voters: list[Contact]) -> set[str]:
    return set(re.findall(r"מצביע\d", text)) & {voter.first_name for voter in voters}


def test_while_nothing_was_published_no_screen_says_who_or_how_many(
    waiting: Survey, voters: list[Contact], owner_client: Client
) -> None:
    before = {url: _plain(owner_client.get(url)) for url in screens(waiting)}
    more = ContactFactory(workspace=waiting.workspace)
    vote(waiting, [more])
    for url, text in before.items():
        assert not named(text, voters), url
        assert SECRET not in text
        assert _plain(owner_client.get(url)) == text, f"{url} moved with an answer"


def _plain(answer: Any) -> str:
    """Without the tokens of forms, which differ between any two answers."""
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())


def test_the_empty_results_say_when_there_will_be_some(waiting: Survey, owner_client: Client) -> None:
    page = owner_client.get(screens(waiting)[0]).content.decode()
    assert "כדי לשמור על אנונימיות, התוצאות יוצגו אחרי 10 תשובות, ומשם בקבוצות של חמש" in page


def test_the_results_say_how_many_and_the_people_say_who(
    counted: Survey, voters: list[Contact], owner_client: Client
) -> None:
    results, people, _listed = (owner_client.get(url).content.decode() for url in screens(counted))
    assert not named(results, voters)
    assert SECRET in results
    assert named(people, voters) == {voter.first_name for voter in voters}
    assert SECRET not in people
    assert "ערכת אופנוע" not in people


@pytest.mark.parametrize("part", ["option=o3", "option=o1", "first=1&last=5"])
def test_no_address_asks_for_the_people_behind_an_answer(counted: Survey, owner_client: Client, part: str) -> None:
    question = counted.questions.first()
    assert question is not None
    url = screens(counted)[1]
    assert owner_client.get(f"{url}?question={question.pk}&{part}").status_code == 404
    asked = dict(pair.split("=") for pair in part.split("&"))
    assert slicing.behind(counted, {"question": str(question.pk), **asked}) is None


def test_responses_and_scores_of_an_anonymous_survey_do_not_exist(counted: Survey, owner_client: Client) -> None:
    base = f"/w/{counted.workspace.slug}/surveys/{counted.pk}"
    assert owner_client.get(f"{base}/responses/").status_code == 404
    assert owner_client.get(f"{base}/scores/new/").status_code == 404


def test_a_segment_narrows_no_anonymous_results(counted: Survey, owner_client: Client) -> None:
    url = screens(counted)[0]
    assert owner_client.get(f"{url}?segment=1").context["segment"] is None


def test_the_card_says_that_they_took_part(counted: Survey, voters: list[Contact], owner_client: Client) -> None:
    page = owner_client.get(f"/w/{counted.workspace.slug}/contacts/{voters[0].pk}/").content.decode()
    assert "מה שבחרו לא כתוב בשום מקום" in page
    assert SECRET not in page
    assert "מגבוני תא מטען" not in page


def test_events_tell_of_taking_part_and_hold_nothing_else(counted: Survey, voters: list[Contact]) -> None:
    events = Event.objects.filter(kind__startswith="survey.")
    assert {event.kind for event in events} == {"survey.participated"}
    assert all(event.properties == {} and not event.source for event in events)
    assert len({event.occurred_at for event in events}) == 1
    ids = list(events.order_by("pk").values_list("contact_id", flat=True))
    assert ids == sorted(ids)


def test_the_data_of_a_person_says_that_they_took_part(counted: Survey, voters: list[Contact]) -> None:
    told = disclose(voters[0]).as_json().decode()
    assert counted.name in told
    assert SECRET not in told
    assert "o3" not in json.dumps(json.loads(told)["survey_answers"])


def test_rules_offer_taking_part_and_no_answer(counted: Survey) -> None:
    with remembering():
        offered = {
            choice.value
            for criterion in criteria.every()
            for choice in criterion.choices(counted.workspace)
            if choice.value.split(":")[0] in ("survey", "said", "score")
        }
    assert offered == {"survey"}


def test_no_merge_tag_says_an_anonymous_answer(counted: Survey) -> None:
    assert not CustomField.objects.filter(workspace=counted.workspace, label__startswith="שאלה").exists()
    for question in counted.questions.all():
        with pytest.raises(ValidationError):
            tags.clean(f"{{{{ f{question.pk} }}}}", counted.workspace)


def test_operators_see_surveys_and_no_answers(counted: Survey) -> None:
    ours = {model for model in site._registry if model.__module__ == models.__name__}
    assert ours == {Survey}
    assert set(site._registry[Survey].exclude or ()) == {"key", "sealed_size"}


def test_rest_says_who_and_how_many_and_never_what(counted: Survey, voters: list[Contact]) -> None:
    api = api_of(counted.workspace)
    results = api.get(f"surveys/{counted.pk}/results/").json()
    assert results["participants"] == 10
    assert "contact" not in json.dumps(results)
    people = api.get(f"surveys/{counted.pk}/participants/").json()["results"]
    assert {row["contact"] for row in people} == {voter.pk for voter in voters}
    assert {frozenset(row) for row in people} == {frozenset({"contact", "at"})}
    assert api.get(f"surveys/{counted.pk}/responses/").status_code == 404
    sent = api.post(f"surveys/{counted.pk}/answers/", {"contact": voters[0].pk, "answers": {}})
    assert sent.status_code == 403


def test_rest_says_nothing_while_nothing_was_published(waiting: Survey) -> None:
    api = api_of(waiting.workspace)
    results = api.get(f"surveys/{waiting.pk}/results/").json()
    assert results["participants"] == 0
    assert {option["count"] for question in results["questions"] for option in question["options"]} == {0}
    assert not any(question["answered"] or question["remarks"] for question in results["questions"])
    assert api.get(f"surveys/{waiting.pk}/participants/").json()["results"] == []
