"""What happened in time counts, however late the log is read."""

from __future__ import annotations

import time

import pytest

from campaigns.automations import lagging, moving, switching
from campaigns.automations.models import Enrolment
from crm.models import ContactTag
from tests.campaigns.automations.making import START, after, make, run, step
from tests.crm.factories import ContactFactory, make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("hours", "outcome"), [(71, "כן"), (73, "לא")])
def test_a_standstill_changes_nothing_about_what_happened_in_time(workspace, hours, outcome):
    """Nobody worked for four days; the deadline was after three, and the log is read only now."""
    contact = ContactFactory(workspace=workspace)
    paths = [{"steps": [step("tag", tag=name)]} for name in ("כן", "לא")]
    automation = make(workspace, step("hope", event="order.placed", amount=3, unit="days", paths=paths), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    make_event("order.placed", contact=contact, occurred_at=after(hours=hours))
    run(after(days=4))
    assert [row.tag.name for row in ContactTag.objects.all()] == [outcome]


def test_who_waits_for_nothing_that_is_unread_is_not_kept(workspace):
    contact = ContactFactory(workspace=workspace)
    paths = [{"steps": [step("tag", tag=name)]} for name in ("כן", "לא")]
    automation = make(workspace, step("hope", event="order.placed", amount=3, unit="days", paths=paths), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    make_event("cart.updated", contact=contact, occurred_at=after(days=1))
    make_event("order.placed", contact=contact, occurred_at=after(days=5))
    make_event("order.placed", contact=ContactFactory(), occurred_at=after(days=1))  # of another business
    moving.move(after(days=6), until=time.monotonic() + 60)
    assert Enrolment.objects.get().passages.get().path == automation.version.flow["steps"][0]["paths"][1]["id"]


def test_so_many_are_unread_that_no_hope_ends_before_they_are_read(workspace, monkeypatch):
    monkeypatch.setattr(lagging, "MOST", 2)
    contact = ContactFactory(workspace=workspace)
    automation = make(workspace, step("hope", event="order.placed", amount=3, unit="days", paths=[{}, {}]), on=None)
    switching.enrol_by_hand(automation, [contact.pk], occasion="test", now=START)
    for _number in range(3):
        make_event("cart.updated", contact=contact, occurred_at=after(days=5))
    moving.move(after(days=6), until=time.monotonic() + 60)
    assert Enrolment.objects.get().state == "active"
    run(after(days=6))
    assert Enrolment.objects.get().state == "done"


def test_what_lets_in_and_what_is_hoped_for_are_read_at_once(workspace):
    """A cart, and a minute later the order, both read four hours late: nobody is reminded of a cart they paid for."""
    bought, left = (ContactFactory(workspace=workspace) for _number in range(2))
    paths = [{"steps": [step("tag", tag="קנו")]}, {"steps": [step("tag", tag="תזכורת")]}]
    hope = step("hope", event="order.placed", amount=3, unit="hours", paths=paths)
    make(workspace, hope, on={"on": "event", "event": "cart.updated"})
    for contact in (bought, left):
        make_event("order.placed", contact=contact, occurred_at=after(minutes=-1))
        make_event("cart.updated", contact=contact, occurred_at=START)
    make_event("order.placed", contact=bought, occurred_at=after(minutes=1))
    run(after(hours=4))
    run(after(hours=8))
    assert {(row.contact_id, row.tag.name) for row in ContactTag.objects.all()} == {
        (bought.pk, "קנו"),
        (left.pk, "תזכורת"),
    }
