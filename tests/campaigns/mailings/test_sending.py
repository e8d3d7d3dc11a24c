from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.content import merging
from campaigns.mailings import due, ledger, planning, sending, steering
from campaigns.mailings.models import Delivery, Mailing
from campaigns.mailings.replies import Reply
from campaigns.mailings.smtp import LOST, UNCERTAIN
from campaigns.mailings.transports import Unreachable
from crm.consent.granting import is_suppressed, suppress, withdraw
from crm.models import Contact, OutboxMessage
from crm.timeline.models import Event
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_people, started
from tests.sinks import running_sink

pytestmark = pytest.mark.django_db


def mailing_for(number: int, **fields) -> Mailing:
    mailing = MailingFactory(**fields)
    make_people(mailing.workspace, number)
    return started(mailing)


def states(mailing: Mailing) -> dict[str, int]:
    return {state: number for state, number in ledger.states(mailing.pk).items() if number}


def test_everybody_gets_one_mail_and_an_event():
    mailing = mailing_for(45)
    transport = FakeTransport()
    assert sending.send(mailing.pk, transport=transport) is False
    assert sorted(transport.recipients) == sorted(f"p{number}@example.test" for number in range(45))
    assert states(mailing) == {"accepted": 45}
    sent = Event.objects.filter(kind="mailing.sent", subject_id=mailing.pk)
    assert sent.count() == sent.values("contact").distinct().count() == 45
    assert sent[0].subject_label == mailing.name
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENT


def test_a_recipient_costs_a_twentieth_of_a_statement():
    mailing = mailing_for(1000, document__blocks=[block("heading", text="{{ first_name }}", rule={"known": True})])
    with CaptureQueriesContext(connection) as captured:
        sending.send(mailing.pk, transport=FakeTransport(), seconds=60)
    assert len(captured) < 100


def test_at_most_twenty_are_on_their_way_and_marked_before_they_go():
    mailing = mailing_for(50)
    seen = []

    def look(envelopes):
        marked = set(mailing.deliveries.filter(state="sending").values_list("address", flat=True))
        assert marked == {envelope.recipient for envelope in envelopes}
        assert sum(ledger.states(mailing.pk).values()) == 50
        seen.append(len(marked))

    sending.send(mailing.pk, transport=FakeTransport(during=look))
    assert seen == [20, 20, 10]


def test_each_answer_has_its_state():
    mailing = mailing_for(7)
    replies = {
        "p0@example.test": Reply(451, "4.7.1 Later"),
        "p1@example.test": Reply(550, "5.1.1 No such user"),
        "p2@example.test": Reply(550, "5.7.1 Blocked by policy"),
        "p3@example.test": LOST,
        "p4@example.test": UNCERTAIN,
        "p5@example.test": Reply(552, "5.2.2 Mailbox full"),
    }
    sending.send(mailing.pk, transport=FakeTransport(replies))
    rows = {row.address[:2]: row for row in mailing.deliveries.all()}
    assert {key: row.state for key, row in rows.items()} == {
        "p0": "deferred", "p1": "failed", "p2": "failed", "p3": "deferred", "p4": "uncertain", "p5": "failed", "p6": "accepted",
    }  # fmt: skip
    assert [rows[key].failure for key in ("p1", "p2", "p5")] == ["dead", "policy", "full"]
    assert rows["p0"].next_try_at > timezone.now()
    assert (rows["p0"].reply_code, rows["p0"].reply_text) == (451, "4.7.1 Later")
    assert [is_suppressed(mailing.workspace, "email", f"p{n}@example.test") for n in (1, 2, 5)] == [True, False, False]
    bounced = Event.objects.filter(kind="mailing.bounced").values_list("properties", flat=True)
    assert sorted(properties["reason"] for properties in bounced) == ["dead", "full", "policy"]
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENDING


def test_the_deferred_are_tried_again_when_their_time_comes():
    mailing = mailing_for(3)
    transport = FakeTransport({"p1@example.test": Reply(451, "Later")})
    sending.send(mailing.pk, transport=transport)
    first = {mail.recipient: mail.mime.split(b"Message-ID: ")[1].split(b"\r\n")[0] for mail in transport.mails}
    again = FakeTransport()
    sending.send(mailing.pk, transport=again)
    assert again.recipients == []
    mailing.deliveries.filter(state="deferred").update(next_try_at=timezone.now())
    sending.send(mailing.pk, transport=again)
    assert again.recipients == ["p1@example.test"]
    assert first["p1@example.test"] in again.mails[0].mime  # one mail, whatever the number of tries
    assert mailing.deliveries.get(address="p1@example.test").attempts == 2
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENT


def test_somebody_who_is_put_off_for_two_days_has_failed():
    mailing = mailing_for(1)
    mailing.deliveries.update(attempts=len(sending.MINUTES))
    sending.send(mailing.pk, transport=FakeTransport({"p0@example.test": Reply(450, "Later")}))
    assert mailing.deliveries.get().failure == Delivery.Failure.EXPIRED


def test_who_withdrew_was_blocked_or_left_since_is_not_written_to():
    mailing = mailing_for(5)
    people = {contact.email: contact for contact in Contact.objects.all()}
    withdraw(people["p0@example.test"], "email", source="preferences")
    suppress(mailing.workspace, "email", "p1@example.test", reason="by_hand")
    people["p2@example.test"].delete()
    Contact.objects.filter(email="p3@example.test").update(deleted_at=timezone.now())
    transport = FakeTransport()
    sending.send(mailing.pk, transport=transport)
    assert transport.recipients == ["p4@example.test"]
    reasons = dict(mailing.deliveries.filter(state="skipped").values_list("address", "skip_reason"))
    assert reasons == {
        "p0@example.test": "no_consent",
        "p1@example.test": "suppressed",
        "p2@example.test": "removed",
        "p3@example.test": "removed",
    }
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENT


def test_who_withdraws_between_claim_and_group_is_not_written_to():
    mailing = mailing_for(40)
    last = Contact.objects.order_by("-pk").first()
    transport = FakeTransport(during=lambda group: withdraw(last, "email", source="preferences"))
    sending.send(mailing.pk, transport=transport)
    assert last.email not in transport.recipients
    assert states(mailing) == {"accepted": 39, "skipped": 1}


def test_a_pause_stops_at_the_next_group_and_nobody_is_lost():
    mailing = mailing_for(60)
    transport = FakeTransport(during=lambda group: Mailing.objects.filter(pk=mailing.pk).update(status="paused"))
    sending.send(mailing.pk, transport=transport)
    assert states(mailing) == {"accepted": 20, "queued": 40}
    steering.resume(Mailing.objects.get(pk=mailing.pk))
    sending.send(mailing.pk, transport=FakeTransport())
    assert states(mailing) == {"accepted": 60}


def test_a_cancelled_mailing_keeps_its_books():
    mailing = mailing_for(60)
    transport = FakeTransport(during=lambda group: steering.cancel(mailing) if len(transport.mails) <= 20 else None)
    sending.send(mailing.pk, transport=transport)
    ledger.settle_lapsed(now=timezone.now())
    assert states(mailing) == {"accepted": 20, "cancelled": 40}
    assert Mailing.objects.get(pk=mailing.pk).status == Mailing.Status.CANCELLED


def test_a_row_that_cannot_be_composed_holds_up_nobody(monkeypatch):
    mailing = mailing_for(25)
    compose = sending.composer_for(mailing).__class__.compose

    def poisoned(self, row, person, *, now):
        if row.address == "p3@example.test":
            raise ValueError("poison")
        return compose(self, row, person, now=now)

    monkeypatch.setattr("campaigns.mailings.composing.Composer.compose", poisoned)
    sending.send(mailing.pk, transport=FakeTransport())
    assert states(mailing) == {"accepted": 24, "skipped": 1}
    assert mailing.deliveries.get(state="skipped").skip_reason == Delivery.Skip.BAD_CONTENT


def test_details_that_cannot_be_read_hold_up_nobody(monkeypatch):
    mailing = mailing_for(9)
    bad = Contact.objects.get(email="p3@example.test").pk
    values_for = merging.values_for

    def poisoned(workspace, contact_ids, keys, *, fields=None):
        if bad in contact_ids:
            raise ValueError("poison")
        return values_for(workspace, contact_ids, keys, fields=fields)

    monkeypatch.setattr(merging, "values_for", poisoned)
    sending.send(mailing.pk, transport=FakeTransport())
    assert states(mailing) == {"accepted": 8, "skipped": 1}
    assert mailing.deliveries.get(state="skipped").skip_reason == Delivery.Skip.BAD_CONTENT


def test_a_killed_worker_leaves_its_group_uncertain_and_the_rest_queued():
    mailing = mailing_for(30)
    rows = ledger.claim(mailing.pk, worker="dead", now=timezone.now())
    ledger.Exchange(mailing, worker="dead")([], [row.id for row in rows[:20]], now=timezone.now())
    assert states(mailing) == {"claimed": 10, "sending": 20}
    ledger.settle_lapsed(now=timezone.now())
    assert states(mailing) == {"claimed": 10, "sending": 20}  # the leases still run
    mailing.deliveries.update(lease_until=timezone.now() - timedelta(seconds=1))
    ledger.settle_lapsed(now=timezone.now())
    assert states(mailing) == {"queued": 10, "uncertain": 20}
    transport = FakeTransport()
    sending.send(mailing.pk, transport=transport)
    assert len(transport.mails) == 10
    assert states(mailing) == {"accepted": 10, "uncertain": 20}
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENT


@pytest.mark.parametrize("joins", ["hashjoin", "mergejoin", "nestloop"])
def test_two_workers_never_hold_the_same_row(joins):
    mailing = mailing_for(30)
    with connection.cursor() as cursor:  # whatever way of joining the planner takes
        for other in {"hashjoin", "mergejoin", "nestloop"} - {joins}:
            cursor.execute(f"SET LOCAL enable_{other} = off")
    first = ledger.claim(mailing.pk, worker="one", now=timezone.now(), limit=20)
    second = ledger.claim(mailing.pk, worker="two", now=timezone.now(), limit=20)
    assert not {row.id for row in first} & {row.id for row in second}
    assert len(second) == 10
    assert ledger.Exchange(mailing, worker="two")([], [row.id for row in first], now=timezone.now()) == set()


def test_a_late_answer_settles_what_was_uncertain():
    mailing = mailing_for(1)
    (row,) = ledger.claim(mailing.pk, worker="slow", now=timezone.now())
    exchange = ledger.Exchange(mailing, worker="slow")
    exchange([], [row.id], now=timezone.now())
    mailing.deliveries.update(lease_until=timezone.now() - timedelta(seconds=1))
    ledger.settle_lapsed(now=timezone.now())
    assert states(mailing) == {"uncertain": 1}
    exchange([ledger.Result(row.id, "accepted", code=250)], [], now=timezone.now())
    assert states(mailing) == {"accepted": 1}


def test_the_uncertain_are_sent_again_only_by_the_owners_word():
    mailing = mailing_for(3)
    sending.send(mailing.pk, transport=FakeTransport(dict.fromkeys(["p0@example.test", "p1@example.test"], UNCERTAIN)))
    mailing.refresh_from_db()
    assert (states(mailing), mailing.status) == ({"accepted": 1, "uncertain": 2}, "sent")
    one = mailing.deliveries.filter(state="uncertain").first()
    assert steering.resend_uncertain(mailing, delivery_ids=[one.pk]) == 1
    transport = FakeTransport()
    sending.send(mailing.pk, transport=transport)
    assert transport.recipients == [one.address]
    assert states(mailing) == {"accepted": 2, "uncertain": 1}
    mailing.refresh_from_db()
    assert mailing.status == "sent"


def test_a_closed_way_out_touches_nobody_and_says_so():
    mailing = mailing_for(3)

    class Closed(FakeTransport):
        def open(self):
            raise Unreachable("mail.test: Connection refused")

    assert sending.send(mailing.pk, transport=Closed()) is False
    mailing.refresh_from_db()
    assert (states(mailing), mailing.trouble) == ({"queued": 3}, "mail.test: Connection refused")
    sending.send(mailing.pk, transport=FakeTransport())
    mailing.refresh_from_db()
    assert (states(mailing), mailing.trouble) == ({"accepted": 3}, "")


def test_the_clock_freezes_sends_and_finishes(settings):
    settings.EMAIL_URL = ""
    mailing = MailingFactory()
    make_people(mailing.workspace, 3)
    planning.start(mailing, None)
    assert due.work(until=time.monotonic() + 20) is False
    mailing.refresh_from_db()
    assert (mailing.status, states(mailing)) == ("sent", {"accepted": 3})
    kept = OutboxMessage.objects.filter(workspace=mailing.workspace)
    assert {message.rcpt_to for message in kept} == {f"p{n}@example.test" for n in range(3)}
    assert kept[0].subject == f"פרסומת: {mailing.subject}"


def test_over_a_real_line_the_journal_and_the_ledger_agree(settings, tmp_path):
    """Refusals stand at both ends of groups of twenty, where one connection serves the next group."""
    injections = ["p19@*=550 5.1.1 No such user", "p20@*=450 Later", "p39@*=550 No", "p4?@*=550 5.7.1 Blocked"]
    with running_sink(tmp_path, inject=injections) as sink:
        settings.EMAIL_URL = sink.url
        mailing = mailing_for(60)
        due.work(until=time.monotonic() + 30)
        mails = {mail["to"][0]: mail for mail in sink.mails}
    accepted = mailing.deliveries.filter(state="accepted")
    assert set(mails) == set(accepted.values_list("address", flat=True))
    assert len(sink.mails) == len(mails) == 60 - 13
    assert states(mailing) == {"accepted": 47, "deferred": 1, "failed": 12}
    assert all("multipart/alternative" in mail["mime"] for mail in mails.values())
    assert len({mail["message_id"] for mail in mails.values()}) == 47


def test_the_database_refuses_a_move_that_is_no_arrow():
    mailing = mailing_for(1)
    sending.send(mailing.pk, transport=FakeTransport())
    with pytest.raises(IntegrityError, match="accepted to queued"), transaction.atomic():
        mailing.deliveries.update(state="queued")


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_finish_what_does_not_add_up():
    mailing = mailing_for(2)
    with pytest.raises(IntegrityError, match="2 open"):
        Mailing.objects.filter(pk=mailing.pk).update(status="sent")
    sending.send(mailing.pk, transport=FakeTransport())
    Mailing.objects.filter(pk=mailing.pk).update(status="sending", audience_size=3)
    with pytest.raises(IntegrityError, match="2 rows of 3"):
        ledger.finish(mailing.pk, now=timezone.now())
