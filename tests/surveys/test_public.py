"""The page people answer on: clear answers, one way through, and nothing stored that should not be."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from crm.models import Contact, Event, Workspace
from surveys import opening, tallying, tokens
from surveys.models import Participation, Question, Response, ScoreResult, SealedAnswer, Survey
from tests.crm.factories import ContactFactory, CustomFieldFactory
from tests.surveys.browsing import Person, link_of, url, vote
from tests.surveys.factories import make_satisfaction, make_survey

NINE = ("text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url")


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


@pytest.fixture
def poll(workspace: Workspace) -> Survey:
    poll = make_survey(workspace, "choice", "rating", "long_text", access="invited")
    tallying.open_anonymous(poll)
    return poll


@pytest.fixture
def yoav(workspace: Workspace) -> Contact:
    return ContactFactory(workspace=workspace, first_name="יואב", email="yoav@example.test")


def ids(survey: Survey) -> list[int]:
    return list(survey.questions.values_list("pk", flat=True))


def answers(survey: Survey, *values: Any) -> dict[int, Any]:
    return dict(zip(ids(survey), values, strict=False))


def nothing_is_stored() -> bool:
    return not (Response.objects.exists() or SealedAnswer.objects.exists() or Participation.objects.exists())


def in_parts(survey: Survey, *sections: str) -> None:
    for question, section in zip(survey.questions.all(), sections, strict=False):
        Question.objects.filter(pk=question.pk).update(section=section)


# -- the identified kind -----------------------------------------------------------------------------------------------
def test_five_five_one_by_a_personal_link(survey: Survey, yoav: Contact) -> None:
    person = Person()
    assert person.open(url(survey, link_of(survey, yoav))).status_code == 200
    person.send(answers(survey, 5, 5, 1))
    assert "תודה" in person.html
    yoav.refresh_from_db()
    assert sorted(yoav.values.values()) == [1, 5, 5, 11]
    assert ScoreResult.objects.get().band == "גבוה"


def test_every_kind_of_question_is_asked_and_kept(workspace: Workspace, yoav: Contact) -> None:
    survey = make_survey(workspace, *NINE, kind="identified", status="open")
    for question in survey.questions.all():
        made = {} if question.type == "text" else {question.type: True}
        question.field = CustomFieldFactory(workspace=workspace, **made)
        question.save()
    said = ["כן & <b>", "שתי\nשורות", "1,250", "1989-03-14", "true", "o2", ["o3", "o1"], "4", "example.test"]
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    assert person.asked == [f"q{pk}" for pk in ids(survey)]
    person.send(answers(survey, *said))
    kept = list(Response.objects.get().answers.values())
    assert kept == ["כן & <b>", "שתי\nשורות", 1250, "1989-03-14", True, "o2", ["o1", "o3"], 4, "https://example.test"]


def test_what_is_missing_is_said_at_the_question_and_what_was_typed_stays(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    response = person.send(answers(survey, 5, 5))
    assert response.status_code == 422
    third = ids(survey)[2]
    assert f'href="#i-q{third}"' in person.html
    assert "לשאלה הזו נדרשת תשובה" in person.html
    assert person.html.count(" checked") == 2
    assert nothing_is_stored()


def test_parts_are_kept_one_by_one_and_resumed(survey: Survey, yoav: Contact) -> None:
    in_parts(survey, "הערכה", "המשלוח", "לסיום")
    first, second, third = ids(survey)
    link, person = link_of(survey, yoav), Person()
    person.open(url(survey, link))
    assert person.asked == [f"q{first}"]
    person.send({first: 5})
    assert person.asked == [f"q{second}"]
    assert Response.objects.get().answers == {str(first): 5}
    assert not ScoreResult.objects.exists()
    again = Person()
    again.open(url(survey, link))
    assert again.asked == [f"q{second}"]
    again.send({second: 5})
    again.send({third: 1})
    assert Response.objects.get().is_complete
    assert ScoreResult.objects.get().value == 11


def test_a_question_is_asked_only_where_its_condition_holds(workspace: Workspace, yoav: Contact) -> None:
    survey = make_survey(workspace, "rating", "long_text", "rating", kind="identified", status="open")
    first, second, third = ids(survey)
    in_parts(survey, "", "", "לסיום")
    Question.objects.filter(pk=second).update(shown_if={"all": [{"answer": first, "op": "<=", "value": 2}]})
    glad, sad = Person(), Person()
    glad.open(url(survey, link_of(survey, yoav)))
    assert glad.asked == [f"q{first}"]
    glad.send({first: 5})
    assert glad.asked == [f"q{third}"]
    sad.open(url(survey, link_of(survey, ContactFactory(workspace=workspace))))
    sad.send({first: 1})
    assert sad.asked == [f"q{second}"]


def test_what_was_answered_can_be_changed_only_where_the_owner_allows(survey: Survey, yoav: Contact) -> None:
    vote(survey, yoav, answers(survey, 5, 5, 5))
    person = Person()
    assert "כבר עניתם" in person.open(url(survey, link_of(survey, yoav))).content.decode()
    survey.is_editable = True
    survey.save()
    person.open(url(survey, link_of(survey, yoav)))
    assert person.html.count(" checked") == 3
    person.send(answers(survey, 1, 1, 1))
    assert list(ScoreResult.objects.order_by("times").values_list("value", flat=True)) == [15, 3]


def test_the_same_sending_again_is_thanked_and_counts_once(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    form = person.page
    for _sending in range(2):
        person.page = form
        assert person.send(answers(survey, 5, 5, 1)).status_code == 303
    assert (Response.objects.get().times, ScoreResult.objects.count()) == (1, 1)
    assert Event.objects.filter(kind="survey.answered").count() == 1


# -- who says to be somebody -------------------------------------------------------------------------------------------
def test_whoever_is_new_becomes_a_contact_by_answering(survey: Survey) -> None:
    in_parts(survey, "", "המשך", "")
    person = Person()
    person.open(url(survey))
    person.send(answers(survey, 4), email="New@Example.test", first_name="נועה")
    person.send(dict(zip(ids(survey)[1:], (4, 3), strict=True)))
    contact = Contact.objects.get(email="new@example.test")
    assert (contact.first_name, contact.source) == ("נועה", "survey")
    assert ScoreResult.objects.get().value == 11


def test_an_address_is_needed_and_a_bad_one_stores_nothing(survey: Survey) -> None:
    person = Person()
    for email in ("", "not an address"):
        person.open(url(survey))
        assert person.send(answers(survey, 4, 4, 4), email=email).status_code == 422
    assert nothing_is_stored()
    assert not Contact.objects.exists()


def test_whoever_types_a_known_address_sees_nothing_and_fills_blanks_alone(survey: Survey, yoav: Contact) -> None:
    first = ids(survey)[0]
    in_parts(survey, "", "המשך", "")
    mine = Person()
    mine.open(url(survey, link_of(survey, yoav)))
    mine.send({first: 5})
    stranger = Person()
    stranger.open(url(survey))
    stranger.send({first: 1}, email=yoav.email)
    assert "checked" not in stranger.html
    stranger.open(stranger.action + "?part=1")
    assert "checked" not in stranger.html
    yoav.refresh_from_db()
    assert Response.objects.get().answers == {str(first): 5}
    assert list(yoav.values.values()) == [5]


def test_whoever_types_the_address_of_one_who_answered_changes_nothing_and_is_told_nothing(
    survey: Survey, yoav: Contact
) -> None:
    survey.is_editable = True
    survey.save()
    vote(survey, yoav, answers(survey, 5, 5, 5))
    pages = []
    for email in (yoav.email, "somebody.new@example.test"):
        stranger = Person()
        stranger.open(url(survey))
        stranger.send(answers(survey, 1, 1, 1), email=email)
        pages.append(stranger.html)
    assert pages[0] == pages[1]
    yoav.refresh_from_db()
    assert sorted(yoav.values.values()) == [5, 5, 5, 15]


def test_a_known_card_is_not_overwritten_by_a_claim(survey: Survey, yoav: Contact) -> None:
    first = survey.questions.first()
    assert first is not None
    assert first.field is not None
    yoav.values = {first.field.storage_key: 2}
    yoav.save()
    stranger = Person()
    stranger.open(url(survey))
    stranger.send(answers(survey, 5, 5, 5), email=yoav.email)
    yoav.refresh_from_db()
    assert yoav.values[first.field.storage_key] == 2


# -- the anonymous kind ------------------------------------------------------------------------------------------------
def test_an_anonymous_answer_leaves_one_sealed_row_and_no_cookie(poll: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    assert "הסקר הזה אנונימי" in person.html
    assert "יואב" not in person.html
    events = Event.objects.count()
    assert person.send(answers(poll, "o1", 4, "כי קר")).status_code == 303
    assert not person.client.cookies
    assert (SealedAnswer.objects.count(), Response.objects.count(), Event.objects.count()) == (1, 0, events)
    assert "<script" not in person.html
    assert "<img" not in person.html


def test_earlier_parts_travel_with_the_form_and_are_stored_nowhere(poll: Survey, yoav: Contact) -> None:
    first, second, third = ids(poll)
    in_parts(poll, "", "חלק", "סוף")
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    person.send({first: "o2"})
    assert nothing_is_stored()
    person.send({second: "3"})
    assert nothing_is_stored()
    assert '"o2"' not in person.html
    sizes = {len(person.hidden["carried"])}
    person.send({}, go="back")
    assert person.asked == [f"q{second}"]
    assert " checked" in person.html
    sizes.add(len(person.hidden["carried"]))
    person.send({second: "4"})
    person.send({third: "סוף"})
    assert SealedAnswer.objects.count() == 1
    assert len(sizes) == 1


def test_what_is_carried_cannot_be_changed_or_taken_to_another_link(poll: Survey, yoav: Contact) -> None:
    first, second, _third = ids(poll)
    in_parts(poll, "", "חלק", "")
    person, other = Person(), Person()
    person.open(url(poll, link_of(poll, yoav)))
    person.send({first: "o2"})
    other.open(url(poll, link_of(poll, ContactFactory(workspace=poll.workspace))))
    other.send({first: "o1"})
    carried = person.hidden["carried"]
    for wrong in ("", "!!", carried[:-8] + "AAAAAAA=", other.hidden["carried"]):
        response = person.client.post(person.action, {**person.hidden, "carried": wrong, f"q{second}": "3"})
        assert response.status_code == 400
    assert nothing_is_stored()


def test_an_anonymous_answer_counts_once_and_says_so(poll: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    form = person.page
    person.send(answers(poll, "o1", 4))
    person.page = form
    person.send(answers(poll, "o2", 1))
    assert SealedAnswer.objects.count() == 1
    assert person.page.request["QUERY_STRING"] == "note=again"
    assert not Person().open(url(poll, link_of(poll, yoav))).content.decode().count("<form")


def test_who_has_answered_an_anonymous_survey_is_not_told_to_whoever_types_an_address(
    workspace: Workspace, yoav: Contact
) -> None:
    poll = make_survey(workspace, "rating", access="named")
    tallying.open_anonymous(poll)
    pages = []
    for email in (yoav.email, yoav.email, "other@example.test"):
        person = Person()
        person.open(url(poll))
        assert person.send({ids(poll)[0]: 3}, email=email).status_code == 303
        pages.append(person.html)
    assert len(set(pages)) == 1
    assert SealedAnswer.objects.count() == 2


def test_an_open_poll_counts_each_browser_once_by_a_cookie_of_its_own(workspace: Workspace) -> None:
    poll = make_survey(workspace, "rating", access="anybody")
    tallying.open_anonymous(poll)
    person = Person()
    person.open(url(poll))
    cookie = person.client.cookies["mp_s"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (url(poll), True, "Lax")
    form = person.page
    person.send({ids(poll)[0]: 3})
    person.page = form
    person.send({ids(poll)[0]: 5})
    assert SealedAnswer.objects.count() == 1
    other = Person()
    other.open(url(poll))
    other.send({ids(poll)[0]: 3})
    assert SealedAnswer.objects.count() == 2


def test_a_browser_without_cookies_is_told_so(workspace: Workspace) -> None:
    poll = make_survey(workspace, "rating", access="anybody")
    tallying.open_anonymous(poll)
    person = Person()
    person.open(url(poll))
    person.client.cookies.clear()
    assert person.send({ids(poll)[0]: 3}).status_code == 403
    assert nothing_is_stored()


def test_an_invited_survey_leads_no_further_without_its_link(poll: Survey) -> None:
    page = Person()
    assert page.open(url(poll)).status_code == 200
    assert "<form" not in page.html


def test_an_anonymous_survey_of_which_nothing_was_answered_is_not_taken(workspace: Workspace, yoav: Contact) -> None:
    poll = make_survey(workspace, "rating", "long_text", access="invited")
    tallying.open_anonymous(poll)
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    assert person.send({}).status_code == 422
    assert nothing_is_stored()


def test_whoever_was_binned_meanwhile_takes_no_part_and_whoever_was_merged_takes_part_as_the_other(
    poll: Survey, yoav: Contact
) -> None:
    binned, twin = ContactFactory(workspace=poll.workspace), ContactFactory(workspace=poll.workspace)
    people = {contact.pk: Person() for contact in (binned, twin, yoav)}
    for contact in (binned, twin, yoav):
        people[contact.pk].open(url(poll, link_of(poll, contact)))
    Contact.objects.filter(pk=binned.pk).update(deleted_at=timezone.now())
    Contact.objects.filter(pk=twin.pk).update(merged_into=yoav)
    assert people[binned.pk].send(answers(poll, "o1", 3)).status_code == 404
    assert nothing_is_stored()
    assert people[twin.pk].send(answers(poll, "o1", 3)).status_code == 303
    assert people[yoav.pk].send(answers(poll, "o2", 4))["Location"].endswith("note=again")
    assert SealedAnswer.objects.count() == 1


# -- refusals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["identified", "anonymous"])
def test_a_survey_that_closes_while_it_is_answered_takes_nothing(
    workspace: Workspace, yoav: Contact, kind: str
) -> None:
    survey = _open(workspace, kind)
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    opening.close_survey(survey)
    assert person.send({ids(survey)[0]: 3}).status_code == 409
    assert nothing_is_stored()
    assert "<form" not in person.open(url(survey, link_of(survey, yoav))).content.decode()


def _open(workspace: Workspace, kind: str) -> Survey:
    survey = make_survey(workspace, "rating", kind=kind)
    if kind == "anonymous":
        tallying.open_anonymous(survey)
    else:
        Survey.objects.filter(pk=survey.pk).update(status="open")
    return Survey.objects.get(pk=survey.pk)


@pytest.mark.parametrize("kind", ["identified", "anonymous"])
def test_links_and_stamps_that_are_not_ours_lead_nowhere(workspace: Workspace, yoav: Contact, kind: str) -> None:
    survey, other = _open(workspace, kind), _open(workspace, kind)
    mine = link_of(survey, yoav)
    for wrong in ("x", mine[:-2] + "zz", link_of(other, yoav), mine + "A"):
        page = Person().open(url(survey, wrong))
        assert (page.status_code, b"<form" in page.content) == (404, False)
        assert Client().post(url(survey, wrong), {}).status_code == 404
    person, stranger = Person(), Person()
    person.open(url(survey, mine))
    stranger.open(url(other, link_of(other, yoav)))
    for stamp in ("", "x", stranger.hidden["stamp"]):
        assert person.client.post(person.action, {"stamp": stamp, f"q{ids(survey)[0]}": 3}).status_code == 400
    assert nothing_is_stored()


def test_a_link_expires_and_says_so(survey: Survey, yoav: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_of(survey, yoav)
    later = (timezone.now() + timedelta(days=400)).timestamp()
    monkeypatch.setattr(tokens.time, "time", lambda: later)
    assert Person().open(url(survey, link)).status_code == 410
    assert Client().post(url(survey, link), {}).status_code == 410
    assert nothing_is_stored()


def test_another_site_cannot_send_the_form(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    body = {**person.hidden, **{f"q{pk}": 5 for pk in ids(survey)}}
    for origin in ("https://evil.example", "null"):
        assert person.client.post(person.action, body, headers={"Origin": origin}).status_code == 403
    assert nothing_is_stored()


def test_what_fills_the_trap_is_thanked_and_thrown_away(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    assert person.send(answers(survey, 5, 5, 5), website="x").status_code == 303
    assert nothing_is_stored()


def test_one_address_may_send_only_so_often(survey: Survey, yoav: Contact, settings: Any) -> None:
    settings.FORMS_PER_ADDRESS = 1
    cache.clear()
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    form = person.page
    person.send(answers(survey, 5, 5))
    person.page = form
    assert person.send(answers(survey, 5, 5, 5)).status_code == 429
    assert nothing_is_stored()


@pytest.mark.parametrize("value", ["99", "0", "-1", "x", "1" * 5000, "٣x", "<script>"])
def test_a_value_that_does_not_fit_is_refused_in_words(poll: Survey, yoav: Contact, value: str) -> None:
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    assert person.send(answers(poll, value, value, "")).status_code == 422
    assert "<script>" not in person.html
    assert nothing_is_stored()


def test_words_longer_than_the_envelope_are_refused(poll: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(poll, link_of(poll, yoav)))
    assert person.send(answers(poll, "o1", 1, "א" * 1001)).status_code == 422
    assert person.send(answers(poll, "o1", 1, '"\\' * 500)).status_code == 303


def test_a_draft_says_that_it_is_not_open(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", kind="identified")
    page = Person().open(url(survey))
    assert page.status_code == 200
    assert b"<form" not in page.content
    assert Client().post(url(survey), {}).status_code == 409
    assert Client().get("/s/nosuchcode/").status_code == 404


def test_a_second_language_is_one_press_away(survey: Survey, yoav: Contact) -> None:
    Survey.objects.filter(pk=survey.pk).update(second_language="en")
    first = survey.questions.first()
    assert first is not None
    Question.objects.filter(pk=first.pk).update(words={"label": "How was the cleaning?", "low_label": "Poor"})
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    assert 'hreflang="en"' in person.html
    assert "How was" not in person.html
    person.open(url(survey, link_of(survey, yoav), lang="en"))
    assert "How was the cleaning?" in person.html
    assert 'dir="ltr"' in person.html
    assert person.send(answers(survey, 5, 5)).status_code == 422
    assert "This question needs an answer." in person.html


def test_the_page_asks_the_database_little(
    survey: Survey, poll: Survey, yoav: Contact, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        Client().get(url(survey, link_of(survey, yoav)))
    with django_assert_max_num_queries(5):
        Client().get(url(poll, link_of(poll, yoav)))


# -- how much it weighs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("types", [("rating",) * 3, NINE], ids=["three ratings", "one of each kind"])
def test_the_page_weighs_little_and_runs_no_script(workspace: Workspace, yoav: Contact, types: tuple[str, ...]) -> None:
    """What docs/domain.md promises: the page itself, and whatever a first visit fetches with it."""
    survey = make_survey(workspace, *types, kind="identified", status="open")
    person = Person()
    page = person.open(url(survey, link_of(survey, yoav)))
    sheets = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', person.html)
    files = [file_of(sheet) for sheet in sheets]
    fonts = {font for file in files for font in re.findall(r"url\([\"']?([^)\"']+woff2)", file.read_text())}
    with_it = [*files, *(files[0].parent / font for font in fonts)]
    assert len(sheets) >= 2
    assert "<script" not in person.html
    assert len(page.content) <= 10_000
    assert sum(len(file.read_bytes()) for file in files) <= 20_000
    assert len(page.content) + sum(len(file.read_bytes()) for file in with_it) <= 70_000


def file_of(address: str) -> Path:
    """The file behind an address of a static file, with the hash in its name or without."""
    found = finders.find(re.sub(r"\.[0-9a-f]{12}(?=\.)", "", address))
    assert found, address
    return Path(str(found))
