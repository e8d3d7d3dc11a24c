"""A mail's link to a survey is its reader's own: never wrapped, never counted; what is rehearsed leads to a preview."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.content.links import resolve
from campaigns.content.previewing import mail_html
from campaigns.mailings import rehearsing, sending
from campaigns.mailings.models import Link, Mailing
from crm.models import Workspace
from surveys import opening, tallying, tokens
from surveys.models import Response, SealedAnswer, Survey
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_people, started
from tests.crm.factories import MembershipFactory, SegmentFactory, WorkspaceFactory
from tests.surveys.browsing import Person
from tests.surveys.factories import make_satisfaction, make_survey

PERSONAL = re.compile(r"/s/([a-z0-9]+)/([\w-]{30,})/")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory(slug="foam", with_sender=True)


@pytest.fixture
def poll(workspace: Workspace) -> Survey:
    poll = make_survey(workspace, "rating", access="invited")
    tallying.open_anonymous(poll)
    return poll


def invitation(survey: Survey, **more: Any) -> Mailing:
    blocks = [
        block("heading", text="יש לנו שאלה"),
        block("text", text=f"אפשר גם [מכאן](survey:{survey.pk}) או [לאתר](https://example.test/site)."),
        block("button", text="לסקר", link=f"survey:{survey.pk}"),
    ]
    return MailingFactory(workspace=survey.workspace, document__blocks=blocks, **more)


def parts_of(mime: bytes) -> dict[str, str]:
    message = message_from_bytes(mime, policy=policy.default)
    return {part.get_content_subtype(): part.get_content() for part in message.walk() if not part.is_multipart()}


def sent(mailing: Mailing) -> list[tuple[str, dict[str, str]]]:
    transport = FakeTransport()
    sending.send(started(mailing).pk, transport=transport)
    return [(envelope.recipient, parts_of(envelope.mime)) for envelope in transport.mails]


def test_each_reader_gets_their_own_link_and_no_other_link_leads_to_the_survey(poll: Survey) -> None:
    people = {contact.email: contact for contact in make_people(poll.workspace, 3)}
    mails = sent(invitation(poll))
    assert {address for address, _parts in mails} == set(people)
    for address, parts in mails:
        for body in (parts["html"], parts["plain"]):
            found = PERSONAL.findall(body)
            assert [code for code, _token in found] == [poll.code] * 2
            assert {tokens.read(token).contact_id for _code, token in found} == {people[address].pk}
            assert body.count("/l/") == 1  # the site is counted, the survey is not
    assert [link.url for link in Link.objects.all()] == ["https://example.test/site"]


def test_a_reader_answers_by_the_link_of_the_mail(poll: Survey) -> None:
    make_people(poll.workspace, 1)
    [(_address, parts)] = sent(invitation(poll))
    found = PERSONAL.search(parts["html"])
    assert found is not None
    person = Person()
    person.open(found[0])
    person.send({poll.questions.get().pk: 4})
    assert SealedAnswer.objects.count() == 1


def test_many_readers_ask_the_database_about_the_survey_once(poll: Survey) -> None:
    make_people(poll.workspace, 30)
    mailing = started(invitation(poll))
    with CaptureQueriesContext(connection) as queries:
        sending.send(mailing.pk, transport=FakeTransport())
    assert sum("surveys_survey" in query["sql"] for query in queries) == 1


def test_previews_and_tests_lead_to_a_preview(poll: Survey) -> None:
    member = MembershipFactory(workspace=poll.workspace).user
    [contact] = make_people(poll.workspace, 1)
    mailing = invitation(poll)
    transport = FakeTransport()
    rehearsing.send_test(mailing, to=member, contact=contact, transport=transport)
    bodies = list(parts_of(transport.mails[0].mime).values())
    seen = rehearsing.as_seen_by(mailing, contact)
    bodies += [seen.html, seen.text, mail_html(mailing.document, contact)]
    for body in bodies:
        assert f"{settings.PUBLIC_URL}/s/{poll.code}/preview/" in body
        assert not PERSONAL.search(body)
    page = Person().open(f"/s/{poll.code}/preview/")
    assert page.status_code == 200
    assert b"<form" not in page.content
    assert poll.questions.get().label in page.content.decode()


@pytest.mark.parametrize("kind", ["identified", "anonymous"])
@pytest.mark.parametrize("status", ["draft", "open"])
def test_a_preview_shows_the_questions_and_sends_nothing(workspace: Workspace, kind: str, status: str) -> None:
    survey = make_survey(workspace, "rating", "choice", "text", kind=kind, second_language="en", second_name="Winter")
    first, second, third = survey.questions.all()
    rule = {"all": [{"answer": first.pk, "op": ">=", "value": 4}]}
    survey.questions.filter(pk=third.pk).update(section="לסיום", shown_if=rule)
    if status == "open" and kind == "anonymous":
        survey = opening.open_survey(survey)
    elif status == "open":
        Survey.objects.filter(pk=survey.pk).update(status="open")
    person = Person()
    person.open(f"/s/{survey.code}/preview/")
    assert person.asked == [f"q{first.pk}", f"q{second.pk}"]
    assert "אי אפשר לשלוח מכאן" in person.html
    assert "מי עונה" not in person.html
    for part in ("2", "99"):
        person.open(f"/s/{survey.code}/preview/?part={part}&lang=en")
        assert person.asked == [f"q{third.pk}"]
        assert "Winter" in person.html
        assert f"/s/{survey.code}/preview/?lang=en&amp;part=1" in person.html
        assert not re.search("<form|<button|name=.(stamp|carried)", person.html)
    assert Client().post(f"/s/{survey.code}/preview/", {f"q{first.pk}": "5"}).status_code == 405
    assert not SealedAnswer.objects.exists()
    assert not Response.objects.exists()


def test_a_preview_of_a_closed_or_empty_survey_says_so(workspace: Workspace) -> None:
    empty = make_survey(workspace)
    assert Client().get(f"/s/{empty.code}/preview/").status_code == 200
    closed = make_survey(workspace, "rating", status="closed")
    page = Client().get(f"/s/{closed.code}/preview/").content.decode()
    assert closed.questions.get().label not in page


def test_a_survey_of_another_business_is_no_target(poll: Survey) -> None:
    assert resolve(f"survey:{poll.pk}", WorkspaceFactory()) is None


def test_whoever_has_not_answered_yet_is_reminded(workspace: Workspace) -> None:
    survey = make_satisfaction(workspace)
    answered, silent = make_people(workspace, 2)
    person = Person()
    person.open(f"/s/{survey.code}/{tokens.make(survey.pk, answered.pk)}/")
    person.send(dict.fromkeys(survey.questions.values_list("pk", flat=True), 5))
    assert _reminded(survey) == {silent.email}


def test_whoever_has_not_answered_an_anonymous_survey_is_reminded_once_the_others_are_counted(poll: Survey) -> None:
    people = make_people(poll.workspace, 11)
    for contact in people[:10]:
        tallying.take_part(poll, {poll.questions.get().pk: 3}, contact=contact)
    tallying.count_batch(poll)
    reminded = _reminded(poll)
    assert people[10].email in reminded
    assert len(reminded) == 6


def _reminded(survey: Survey) -> set[str]:
    not_yet = SegmentFactory(workspace=survey.workspace, rule={"none": [{"survey": survey.pk}]})
    audience = {"everyone": False, "lists": [], "segments": [not_yet.pk], "not_lists": [], "not_segments": []}
    return {address for address, _parts in sent(invitation(survey, audience=audience))}
