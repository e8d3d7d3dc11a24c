"""The step that sends a mailing: who gets it and who not and why, once, at an hour when people are written to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from campaigns.automations import flow, moving, renewing, switching, windows
from campaigns.automations.models import Enrolment
from campaigns.automations.steps import base
from campaigns.mailings import due, ledger, listing, planning, reports, sending, steering
from campaigns.mailings.models import Delivery, Mailing
from crm.consent import granting
from tests.campaigns.automations.making import JOINED, START, after, make, run, step, trace
from tests.campaigns.mailings.factories import DeliveryFactory, FakeTransport, MailingFactory
from tests.crm.factories import ConsentFactory, ContactFactory, ListFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return WorkspaceFactory(with_sender=True)


@pytest.fixture
def mailing(workspace):
    return MailingFactory(workspace=workspace, audience={}, content=True)


@pytest.fixture
def dana(workspace):
    return reader(workspace)


def reader(workspace, **fields):
    contact = ContactFactory(workspace=workspace, **fields)
    ConsentFactory(contact=contact)
    return contact


def mail(mailing, **said):
    return step("mail", **({"mailing": mailing.pk, "cap": 0, "cap_days": 7, "rest": False} | said))


def enter(automation, *contacts, at=START, occasion="test"):
    ids = switching.enrol_by_hand(automation, [one.pk for one in contacts], occasion=occasion, now=at)
    run(at)
    return ids


def told(one):
    passage = one.passages.get()
    return passage.outcome, passage.detail.get("reason", "")


def test_who_comes_to_the_step_gets_the_mail_once(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None)
    [one] = enter(automation, dana)
    row = Delivery.objects.get()
    said = automation.version.flow["steps"][0]["id"]
    assert (row.contact, row.state, row.address, row.occasion) == (dana, "queued", dana.email, f"{one}:{said}")
    transport = FakeTransport()
    assert sending.send(mailing.pk, transport=transport) is False
    assert transport.recipients == [dana.email]
    mailing.refresh_from_db()
    assert (mailing.status, mailing.is_automatic, ledger.states(mailing.pk)["accepted"]) == ("sending", True, 1)


def test_a_walk_that_begins_anew_brings_the_mail_anew(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None, again="always")
    enter(automation, dana, occasion="2026")
    enter(automation, dana, occasion="2027", at=after(days=365))
    enter(automation, dana, occasion="2027", at=after(days=365))
    assert Delivery.objects.filter(contact=dana, state="queued").count() == 2


def test_an_automatic_mailing_is_never_finished_by_counting(workspace, mailing, dana, monkeypatch):
    automation = make(workspace, mail(mailing), on=None)
    monkeypatch.setattr(sending, "transport_for", lambda _workspace: FakeTransport())
    assert due._due() == []  # nobody waits, so there is nothing to finish either
    enter(automation, dana)
    assert [pk for pk, _status in due._due()] == [mailing.pk]
    due.work(until=1e12)
    assert not ledger.finish(mailing.pk, now=START)
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENDING
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.objects.filter(pk=mailing.pk).update(status="sent")


def test_a_mailing_to_an_audience_is_still_finished(mailing, dana):
    mailing.audience = {"everyone": True}
    mailing.save()
    planning.start(mailing, None)
    planning.freeze(mailing.pk)
    sending.send(mailing.pk, transport=FakeTransport())
    assert Mailing.objects.get().status == "sent"


def test_people_who_may_not_be_written_to_are_skipped_with_the_reason(workspace, mailing):
    blocked, mute = reader(workspace), ContactFactory(workspace=workspace)
    homeless = ContactFactory(workspace=workspace, email=None, with_phone=True)
    granting.suppress(workspace, "email", blocked.email, reason="by_hand")
    automation = make(workspace, mail(mailing), on=None)
    enter(automation, blocked, mute, homeless)
    found = {row.contact: (row.state, row.skip_reason) for row in Delivery.objects.all()}
    assert found == {
        blocked: ("skipped", "suppressed"), mute: ("skipped", "no_consent"), homeless: ("skipped", "no_address"),
    }  # fmt: skip
    assert {told(one) for one in Enrolment.objects.all()} == {
        ("refused", "suppressed"), ("refused", "no_consent"), ("refused", "no_address"),
    }  # fmt: skip
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"done"}


def test_service_mail_needs_no_consent_but_a_block_holds(workspace):
    mailing = MailingFactory(workspace=workspace, audience={}, service=True)
    mute, blocked = ContactFactory(workspace=workspace), reader(workspace)
    granting.suppress(workspace, "email", blocked.email, reason="by_hand")
    enter(make(workspace, mail(mailing), on=None), mute, blocked)
    assert {row.contact: row.state for row in Delivery.objects.all()} == {mute: "queued", blocked: "skipped"}


def test_the_trace_says_why_somebody_got_no_mail(workspace, mailing):
    automation = make(workspace, mail(mailing), on=None)
    enter(automation, ContactFactory(workspace=workspace))
    said = automation.version.flow["steps"][0]
    words = base.get("mail").detail_words(said, Enrolment.objects.get().passages.get(), workspace)
    assert mailing.name in words
    assert str(Delivery.Skip.NO_CONSENT.label) in words


def test_consent_withdrawn_after_the_step_and_before_the_sending_holds(workspace, mailing, dana):
    enter(make(workspace, mail(mailing), on=None), dana)
    granting.withdraw(dana, "email", source="preferences")
    transport = FakeTransport()
    sending.send(mailing.pk, transport=transport)
    assert transport.recipients == []
    assert Delivery.objects.get().skip_reason == "no_consent"


def test_switching_on_freezes_the_mail_and_needs_no_audience(workspace, mailing):
    make(workspace, mail(mailing), on=None)
    mailing.refresh_from_db()
    assert (mailing.status, mailing.is_automatic, mailing.audience_size) == ("sending", True, None)
    assert mailing.compiled["mail"]
    assert mailing.links.count() == 1


@pytest.mark.parametrize("spoil", ["subject", "sender", "bin", "sent"])
def test_what_stands_in_the_way_of_the_mail_stands_in_the_way_of_switching_on(workspace, mailing, spoil):
    if spoil == "sender":
        workspace.sender_name = ""
        workspace.save()
    changes = {"subject": {"subject": ""}, "bin": {"deleted_at": START}, "sent": {"status": "sent", "audience_size": 0}}
    said = mail(mailing)
    automation = switching.create(workspace, name="תהליך", draft={"steps": [said]}, by=None)
    Mailing.objects.filter(pk=mailing.pk).update(**changes.get(spoil, {"name": "x"}))
    with pytest.raises(ValidationError) as refused:
        switching.switch_on(automation, now=START)
    assert [error.code for error in refused.value.error_list] == [said["id"]]
    mailing.refresh_from_db()
    assert not mailing.is_automatic


def test_a_mailing_of_another_business_cannot_be_chosen(workspace):
    with pytest.raises(ValidationError):
        flow.clean({"steps": [mail(MailingFactory())]}, workspace)


@pytest.mark.parametrize(
    "said",
    [
        {"cap": -1},
        {"cap": True},
        {"cap_days": 0},
        {"since": "9"},
        {"since": "10:00"},
        {"since": "10:00", "till": "09:00"},
    ],
)
def test_settings_that_make_no_sense_are_refused(workspace, mailing, said):
    with pytest.raises(ValidationError):
        flow.clean({"steps": [mail(mailing, **said)]}, workspace)


def test_one_mailing_may_be_sent_by_two_steps(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), mail(mailing), on=None)
    enter(automation, dana)
    assert Delivery.objects.filter(state="queued").count() == 2


def test_a_cancelled_mailing_holds_people_up_visibly_and_another_one_lets_them_go(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None)
    steering.cancel(mailing)
    enter(automation, dana)
    one = Enrolment.objects.get()
    assert (one.state, bool(one.trouble), Delivery.objects.count()) == ("stuck", True, 0)
    said = automation.draft["steps"][0] | {"mailing": MailingFactory(workspace=workspace, audience={}, content=True).pk}
    switching.save(automation, automation.draft | {"steps": [said]}, revision=None, now=START)
    switching.switch_on(automation, now=START)
    moving.again([one.pk], automation, START)
    run()
    assert trace(Enrolment.objects.get()) == [("mail", "done")]


def test_a_paused_mailing_keeps_people_in_its_queue(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None)
    steering.pause(mailing)
    enter(automation, dana)
    assert Delivery.objects.get().state == "queued"
    assert due._due() == []
    steering.resume(mailing)
    assert due._due() == [(mailing.pk, "sending")]


def test_to_change_a_mailing_a_copy_takes_its_place(workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None, again="always")
    twin = renewing.renew(automation, automation.draft["steps"][0]["id"], by=None, now=START)
    assert (twin.status, twin.subject) == ("draft", mailing.subject)
    enter(automation, dana, occasion="before")
    automation.refresh_from_db()
    switching.switch_on(automation, now=START)
    enter(automation, dana, occasion="behind")
    assert list(Delivery.objects.order_by("pk").values_list("mailing", flat=True)) == [mailing.pk, twin.pk]


def test_at_most_so_many_mails_in_so_many_days(workspace, mailing, dana):
    other = MailingFactory(workspace=workspace, sent=True)
    DeliveryFactory(mailing=other, contact=dana, finished_at=after(days=-3))
    automation = make(workspace, mail(mailing, cap=1, cap_days=7), on=None, again="always")
    enter(automation, dana, occasion="a")
    assert told(Enrolment.objects.get()) == ("refused", "too_many")
    enter(automation, dana, occasion="b", at=after(days=5))
    assert Delivery.objects.filter(mailing=mailing).values_list("state", flat=True).order_by("pk").last() == "queued"


def test_the_cap_counts_within_one_batch_and_what_still_waits(workspace, mailing, dana):
    automation = make(workspace, mail(mailing, cap=1), on=None, again="always")
    for occasion in "abc":
        switching.enrol_by_hand(automation, [dana.pk], occasion=occasion, now=START)
    run()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["queued", "skipped", "skipped"]


@pytest.mark.parametrize("state", ["failed", "cancelled", "skipped"])
def test_mails_that_did_not_arrive_are_not_counted(workspace, mailing, dana, state):
    reason = {"skip_reason": "no_consent"} if state == "skipped" else {}
    DeliveryFactory(mailing__workspace=workspace, contact=dana, finished_at=START, state=state, **reason)
    enter(make(workspace, mail(mailing, cap=1), on=None), dana)
    assert told(Enrolment.objects.get()) == ("done", "")


@pytest.mark.django_db(transaction=True)
def test_two_automations_at_once_do_not_both_send_the_last_mail_of_the_cap():
    workspace = WorkspaceFactory(with_sender=True)
    people = [reader(workspace) for _number in range(5)]
    pairs = []
    for _number in range(2):
        mailing = MailingFactory(workspace=workspace, audience={}, content=True)
        automation = make(workspace, mail(mailing, cap=1), on=None)
        switching.enrol_by_hand(automation, [one.pk for one in people], occasion="test", now=START)
        pairs.append((automation.version_id, flow.first(automation.version.flow)))
    start = threading.Barrier(2)

    def work(version, said):
        try:
            start.wait()
            moving.advance(version, said, START)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=pair) for pair in pairs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Enrolment.objects.filter(state="done").count() == 10
    assert Delivery.objects.filter(state="queued").count() == 5
    assert Delivery.objects.filter(skip_reason="too_many").count() == 5


def test_a_mail_waits_for_the_hours_of_the_business(workspace, mailing, dana):
    automation = make(workspace, mail(mailing, since="09:00", till="20:00"), on=None)
    night = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)  # 22:00 in Israel
    switching.enrol_by_hand(automation, [dana.pk], occasion="test", now=night)
    run(night)
    assert Enrolment.objects.get().due_at == datetime(2026, 11, 3, 7, 0, tzinfo=UTC)
    run(datetime(2026, 11, 3, 7, 0, tzinfo=UTC))
    assert Delivery.objects.count() == 1


def test_a_mail_that_waited_out_a_standstill_does_not_leave_on_shabbat(workspace, mailing, dana):
    automation = make(workspace, step("wait", amount=1, unit="hours"), mail(mailing, rest=True), on=None)
    friday = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    switching.enrol_by_hand(automation, [dana.pk], occasion="test", now=friday)
    run(friday + timedelta(hours=1))  # comes to the mail at 15:00, an hour and a half before sunset
    assert Delivery.objects.count() == 1
    other = reader(workspace)
    switching.enrol_by_hand(automation, [other.pk], occasion="test", now=friday)
    run(friday + timedelta(hours=5))  # the machine stood still; by now it is 19:00
    one = Enrolment.objects.get(contact=other)
    assert one.state == "active"
    assert one.due_at.astimezone(workspace.zone).strftime("%a %H:%M") == "Sat 17:14"
    run(one.due_at)
    assert Delivery.objects.count() == 2


def test_due_before_and_held_at_the_moment_itself(workspace, mailing, dana):
    """The wait's end lay in the open window; the worker came when it had closed."""
    automation = make(workspace, mail(mailing, rest=True), on=None)
    friday = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
    [one] = switching.enrol_by_hand(automation, [dana.pk], occasion="test", now=friday)
    assert Enrolment.objects.get(pk=one).due_at == friday
    run(friday + timedelta(hours=3))
    assert (Delivery.objects.count(), Enrolment.objects.get().passages.count()) == (0, 0)
    run(friday + timedelta(days=2))
    assert trace(Enrolment.objects.get()) == [("mail", "done")]


def test_a_rehearsal_of_a_draft_sends_as_if_it_were_started(workspace, mailing, dana):
    automation = switching.create(workspace, name="תהליך", draft={"steps": [mail(mailing)]}, by=None)
    said = automation.draft["steps"][0]
    one = Enrolment(pk=7, contact=dana, contact_id=dana.pk)
    with transaction.atomic():
        batch = base.Batch(automation, None, [one], START, is_rehearsal=True)
        assert base.get("mail").run(said, batch)[7].kind == "done"
        transaction.set_rollback(True)
    mailing.refresh_from_db()
    assert (mailing.is_automatic, Delivery.objects.count()) == (False, 0)


def test_lists_and_reports_say_that_an_automation_sends_it(workspace, mailing, dana):
    enter(make(workspace, mail(mailing), on=None), dana)
    mailing.refresh_from_db()
    assert mailing.state_words == "נשלח באוטומציה"
    assert [row.meant for row in listing.rows_of([mailing])] == [1]
    report = reports.Report(mailing)
    assert (report.audience, report.waiting, report.is_balanced) == (1, 1, True)


def test_a_thousand_people_are_a_handful_of_statements(workspace, mailing, django_assert_max_num_queries):
    from tests.campaigns.mailings.factories import make_people

    people = make_people(workspace, 400)
    automation = make(workspace, mail(mailing, cap=3), on=None)
    switching.enrol_by_hand(automation, [one.pk for one in people], occasion="test", now=START)
    [(version, said)] = moving.groups(START)
    with django_assert_max_num_queries(30):
        assert moving.advance(version, said, START) == 400
    assert Delivery.objects.filter(state="queued").count() == 400


@pytest.mark.django_db(transaction=True)
def test_a_trigger_leads_to_the_mail(workspace, mailing, dana):
    from crm.contacts import subscribing

    row = ListFactory(workspace=workspace)
    make(workspace, mail(mailing), on=JOINED | {"subject": row.pk})
    subscribing.join(dana, row, actor="user:1", occurred_at=START)
    run()
    assert Delivery.objects.get().contact == dana


def test_the_words_of_a_window(workspace):
    assert windows.words({"since": "", "till": "", "rest": False}) == ""
    assert "09:00" in windows.words({"since": "09:00", "till": "20:00", "rest": False})


def test_real_time_is_what_the_sender_compares_with(workspace, mailing, dana):
    now = timezone.now()
    automation = make(workspace, mail(mailing), on=None, at=now)
    enter(automation, dana, at=now)
    assert due._due() == [(mailing.pk, "sending")]


# -- screens of mailings ---------------------------------------------------------------------------------------------------


def address(name, workspace, **more):
    return reverse(f"mailings:{name}", kwargs={"workspace": workspace.slug, **more})


def test_the_list_shows_automatic_mailings_by_themselves(owner_client, workspace, mailing, dana):
    other = MailingFactory(workspace=workspace, status="sending", audience_size=0, name="חד-פעמי")
    enter(make(workspace, mail(mailing), on=None), dana)
    page = owner_client.get(address("mailing_list", workspace), {"status": "automatic"}).content.decode()
    assert mailing.name in page
    assert other.name not in page
    assert "נשלח באוטומציה" in page
    sending_now = owner_client.get(address("mailing_list", workspace), {"status": "sending"}).content.decode()
    assert mailing.name not in sending_now
    assert other.name in sending_now


def test_the_report_is_drawn_while_it_waits_and_when_nobody_does(owner_client, workspace, mailing, dana):
    automation = make(workspace, mail(mailing), on=None)
    empty = owner_client.get(address("mailing_report", workspace, pk=mailing.pk))
    assert empty.status_code == 200
    assert "mailing-progress" not in empty.content.decode()
    enter(automation, dana)
    waiting = owner_client.get(address("mailing_report", workspace, pk=mailing.pk)).content.decode()
    assert "mailing-progress" in waiting
    assert "HX-Refresh" not in owner_client.get(address("mailing_progress", workspace, pk=mailing.pk)).headers
    sending.send(mailing.pk, transport=FakeTransport())
    assert owner_client.get(address("mailing_progress", workspace, pk=mailing.pk)).headers["HX-Refresh"] == "true"
    quiet = owner_client.get(address("mailing_report", workspace, pk=mailing.pk)).content.decode()
    assert "mailing-progress" not in quiet
    assert "נשלח באוטומציה מאז" in quiet


def test_uncertain_mails_of_an_old_automatic_mailing_are_told_at_home(owner_client, workspace, mailing, dana):
    enter(make(workspace, mail(mailing), on=None), dana)
    Mailing.objects.update(started_at=after(days=-300))
    for number in range(4):
        MailingFactory(workspace=workspace, sent=True, started_at=after(days=-number))
    Delivery.objects.filter(mailing=mailing).update(state="claimed", lease_until=START)
    Delivery.objects.filter(mailing=mailing).update(state="sending")
    Delivery.objects.filter(mailing=mailing).update(state="uncertain", lease_until=None)
    page = owner_client.get(reverse("workspaces:home", kwargs={"workspace": workspace.slug})).content.decode()
    assert mailing.name in page


def test_a_draft_that_an_automation_sends_is_not_edited_and_not_started_again(owner_client, workspace, mailing):
    make(workspace, mail(mailing), on=None)
    with pytest.raises(ValidationError):
        planning.start(mailing, None)
    assert not Mailing.objects.get().is_editable
    owner_client.post(address("mailing_start", workspace, pk=mailing.pk))
    assert Mailing.objects.get().status == "sending"
    bin_it = owner_client.post(address("mailing_bin", workspace, pk=mailing.pk), follow=True)
    assert bin_it.status_code == 200
    assert Mailing.objects.get().deleted_at is None
