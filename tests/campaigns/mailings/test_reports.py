from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.mailings import reports, sending
from campaigns.mailings.models import Mailing
from campaigns.mailings.replies import Reply
from campaigns.mailings.smtp import UNCERTAIN
from crm.models import Contact
from crm.segments import matching
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_people, started
from tests.crm.factories import ContactFactory, make_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing() -> Mailing:
    """Ten people: one without consent, one dead address, one uncertain, seven delivered."""
    mailing = MailingFactory()
    make_people(mailing.workspace, 9)
    ContactFactory(workspace=mailing.workspace)
    started(mailing)
    replies = {"p0@example.test": Reply(550, "5.1.1 no such user"), "p1@example.test": UNCERTAIN}
    sending.send(mailing.pk, transport=FakeTransport(replies))
    return Mailing.objects.get(pk=mailing.pk)


def person(number: int) -> Contact:
    return Contact.objects.get(email=f"p{number}@example.test")


def did(mailing: Mailing, kind: str, number: int, **fields) -> None:
    make_event(kind, contact=person(number), subject_id=mailing.pk, subject_label=mailing.name, **fields)


def test_the_books_balance(mailing):
    report = reports.Report(mailing)
    assert (report.audience, report.accepted, report.failed, report.uncertain, report.skipped) == (10, 7, 1, 1, 1)
    assert report.is_balanced
    assert report.accepted + report.failed + report.uncertain + report.skipped == report.audience
    assert report.skip_reasons[0][::2] == ("no_consent", 1)
    assert report.failures[0][::2] == ("dead", 1)
    assert report.warnings == []


def test_people_come_first_and_robots_beside_them(mailing):
    for _time in range(3):
        did(mailing, "mailing.opened", 2)
    did(mailing, "mailing.opened", 3, verdict="robot")
    did(mailing, "mailing.clicked", 4, position=0)
    did(mailing, "mailing.clicked", 3, position=0, verdict="robot")
    report = reports.Report(mailing)
    assert report.opened == reports.Deed(2, 1)  # who clicked has opened
    assert report.clicked == reports.Deed(1, 1)
    assert report.clicks == 1
    assert (report.links[0].people, report.links[0].clicks, report.links[0].robots, report.links[0].letter) == (
        1,
        1,
        1,
        "A",
    )
    assert set(reports.people_who(mailing, "opened")) == {person(2), person(4)}
    assert set(reports.people_who(mailing, "clicked", position=0)) == {person(4)}
    assert set(reports.people_who(mailing, "not_opened")) == {person(number) for number in (3, 5, 6, 7, 8)}
    assert report.not_opened == 5


@pytest.mark.parametrize("deed", ["opened", "clicked", "not_opened", "unsubscribed"])
def test_the_rule_of_a_number_finds_the_same_people(mailing, deed):
    did(mailing, "mailing.opened", 2)
    did(mailing, "mailing.clicked", 4, position=0)
    did(mailing, "mailing.clicked", 5, position=0, verdict="robot")
    did(mailing, "mailing.unsubscribed", 6)
    ContactFactory(workspace=mailing.workspace)
    found = matching.contacts(mailing.workspace, reports.rule_of(mailing, deed))
    assert set(found) == set(reports.people_who(mailing, deed))
    assert found


def test_other_mailings_and_other_businesses_do_not_count(mailing):
    other = MailingFactory(workspace=mailing.workspace, sent=True)
    did(other, "mailing.clicked", 2, position=0)
    make_event("mailing.clicked", contact=ContactFactory(), subject_id=mailing.pk, position=0)
    assert reports.Report(mailing).clicked == reports.Deed(0)


def test_shares_are_followed_from_the_click_on(mailing):
    before, now = timezone.now() - timedelta(hours=1), timezone.now()
    did(mailing, "mailing.clicked", 2, position=0)
    did(mailing, "mailing.clicked", 3, position=0, verdict="robot")
    workspace = mailing.workspace
    make_event("share.clicked", contact=person(2), subject_id=1, code="early", occurred_at=before)
    later = now + timedelta(minutes=5)
    make_event("share.clicked", contact=person(2), subject_id=1, code="mine", occurred_at=later)
    make_event("share.clicked", contact=person(3), subject_id=1, code="theirs", occurred_at=later)
    landed = later + timedelta(minutes=1)
    for code, verdict in (
        ("mine", "human"),
        ("mine", "human"),
        ("mine", "robot"),
        ("theirs", "human"),
        ("early", "human"),
    ):
        make_event("share.landed", workspace=workspace, subject_id=1, code=code, verdict=verdict, occurred_at=landed)
    friend = ContactFactory(workspace=workspace)
    make_event("referral.credited", contact=person(2), subject=friend, occurred_at=landed)
    assert reports.Report(mailing).shares == reports.Shares(tapped=1, landed=2, landed_robots=1, joined=1)


def test_letters_go_on_after_z():
    assert [reports.letter_of(position) for position in (0, 25, 26, 27, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AB",
        "ZZ",
        "AAA",
    ]
