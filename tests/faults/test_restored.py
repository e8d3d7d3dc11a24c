"""A dump restored into another server: its transaction ids lie ahead of that server's clock, and nothing may be lost."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from crm.models import Event, EventCursor
from crm.timeline import consuming
from tests.crm.factories import ContactFactory, make_event

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
AHEAD = 10**12


def read(name="test", *, until=0):
    """Everything there is for a consumer; a transaction elsewhere on the server may hold it back, so wait for `until`."""
    seen: list[str] = []
    give_up = time.monotonic() + 60
    while consuming.consume(name, lambda events: seen.extend(event.kind for event in events)) or len(seen) < until:
        if time.monotonic() > give_up:
            break
    return sorted(seen)


def as_if_written_elsewhere(kind, xid):
    with connection.cursor() as sql:
        sql.execute("UPDATE crm_event SET xid = %s::text::xid8 WHERE kind = %s", [str(xid), kind])


@pytest.fixture
def restored():
    """Three events of another server, of which the first two were read there."""
    contact = ContactFactory()
    for place, kind in enumerate(("custom.one", "custom.two", "custom.three")):
        make_event(kind, contact=contact)
        as_if_written_elsewhere(kind, AHEAD + place)
    second = Event.objects.get(kind="custom.two")
    EventCursor.objects.create(name="test", xid=AHEAD + 1, event_id=second.pk)
    return contact


def test_what_was_not_read_there_and_what_is_new_here_is_read_once(restored):
    make_event("custom.new", contact=restored)
    assert read(until=2) == ["custom.new", "custom.three"]
    make_event("custom.later", contact=restored)
    assert read(until=1) == ["custom.later"]
    assert read() == []


def test_a_number_that_both_servers_gave_is_told_apart(restored):
    make_event("custom.new", contact=restored)
    make_event("custom.newer", contact=restored)
    as_if_written_elsewhere("custom.one", Event.objects.values_list("xid", flat=True).get(kind="custom.newer"))
    assert read(until=3) == ["custom.new", "custom.newer", "custom.three"]
    assert read() == []


def test_the_command_settles_it_ahead_and_once(restored):
    assert consuming.settle_restored()
    assert not consuming.settle_restored()
    make_event("custom.new", contact=restored)
    assert read(until=2) == ["custom.new", "custom.three"]


def test_a_consumer_that_was_further_is_handed_again_rather_than_robbed(restored):
    third = Event.objects.get(kind="custom.three")
    EventCursor.objects.create(name="ahead", xid=AHEAD + 2, event_id=third.pk)
    consuming.settle_restored()
    make_event("custom.new", contact=restored)
    assert read(until=2) == ["custom.new", "custom.three"]
    seen = read("ahead", until=2)
    assert "custom.new" in seen
    assert "custom.one" not in seen


def test_on_its_own_server_nothing_is_touched(db):
    contact = ContactFactory()
    make_event("custom.one", contact=contact)
    assert read(until=1) == ["custom.one"]
    before = list(Event.objects.values_list("xid", flat=True))
    assert not consuming.settle_restored()
    assert list(Event.objects.values_list("xid", flat=True)) == before
