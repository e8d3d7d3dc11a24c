"""The ready reply to a satisfaction survey: one mail for each completed answer, with the paragraph of the score."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from campaigns.automations import ready, switching
from campaigns.automations.models import Automation, Enrolment
from campaigns.mailings import composing
from campaigns.mailings.ledger import Row
from campaigns.models import Delivery, Mailing
from crm.models import Contact, ContactTag, Task, Workspace
from surveys import answering
from surveys.models import Survey
from tests.campaigns.automations.making import run
from tests.crm.factories import ContactFactory, WorkspaceFactory
from tests.surveys.factories import make_satisfaction

pytestmark = pytest.mark.django_db(transaction=True)

HIGH, MIDDLING, LOW = "שמחנו לקרוא", "היה בסדר, ואנחנו", "צר לנו"


@pytest.fixture
def workspace() -> Workspace:
    return WorkspaceFactory(with_sender=True)


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace, is_editable=True)


@pytest.fixture
def reply(workspace: Workspace, survey: Survey) -> Automation:
    template = ready.find("satisfaction")
    assert template is not None
    made = ready.make(template, workspace, name="מענה", by=None, about=survey.pk)
    return switching.switch_on(made, now=timezone.now())


def said(survey: Survey, contact: Contact, *marks: int) -> None:
    questions = survey.questions.order_by("position")
    given = {question.pk: mark for question, mark in zip(questions, marks, strict=False)}
    answering.answer(survey, contact, given, complete=len(marks) == 3)


def words_of(delivery: Delivery) -> str:
    """The text of the mail that this person gets."""
    composer = composing.composer_for(delivery.mailing)
    contact = delivery.contact_id or 0
    row = Row(delivery.pk, contact, delivery.address, 1)
    mail = composer.compose(row, composer.people.of([contact])[contact], now=timezone.now())
    part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))  # type: ignore[union-attr]
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    ("marks", "words", "tag", "calls"),
    [((5, 5, 1), HIGH, "מרוצים", 0), ((2, 3, 2), MIDDLING, None, 0), ((1, 2, 1), LOW, "להתקשר אליהם", 1)],
)
def test_each_score_gets_its_paragraph_and_what_follows(
    workspace: Workspace,
    survey: Survey,
    reply: Automation,
    marks: tuple[int, ...],
    words: str,
    tag: str | None,
    calls: int,
) -> None:
    contact = ContactFactory(workspace=workspace)
    said(survey, contact, *marks)
    run(timezone.now())
    (delivery,) = Delivery.objects.all()
    assert (delivery.contact, delivery.state) == (contact, "queued")
    told = words_of(delivery)
    assert [part in told for part in (HIGH, MIDDLING, LOW)] == [part == words for part in (HIGH, MIDDLING, LOW)]
    assert ContactTag.objects.filter(contact=contact).exists() is (tag is not None)
    assert Task.objects.filter(contact=contact).count() == calls
    assert Enrolment.objects.get().state == "done"


def test_who_stops_midway_gets_nothing_and_who_completes_again_gets_one_more(
    workspace: Workspace, survey: Survey, reply: Automation
) -> None:
    contact = ContactFactory(workspace=workspace)
    said(survey, contact, 5, 5)
    run(timezone.now())
    assert not Delivery.objects.exists()
    said(survey, contact, 5, 5, 5)
    run(timezone.now())
    run(timezone.now())
    assert Delivery.objects.count() == 1
    said(survey, contact, 1, 1, 1)
    run(timezone.now())
    assert Delivery.objects.count() == 2
    assert LOW in words_of(Delivery.objects.latest("pk"))
    assert Mailing.objects.get().status == "sending"
