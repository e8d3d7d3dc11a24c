"""Months of the log: made ahead, made once, and taking in what waited for them in the default partition."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from crm.timeline import partitions
from crm.timeline.models import Event
from crm.timeline.tasks import prepare_partitions
from tests.crm.factories import ContactFactory, make_event

pytestmark = pytest.mark.django_db


def where(event):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM crm_event WHERE id = %s", [event.pk])
        return cursor.fetchone()[0]


def indexes(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [table])
        return cursor.fetchone()[0]


def happened(moment):
    return make_event("custom.a", contact=ContactFactory(), occurred_at=moment)


def test_what_happened_outside_every_month_waits_and_moves_when_its_month_is_made():
    first, last, after = (
        happened(datetime(2041, month, day, hour, tzinfo=UTC))
        for month, day, hour in ((5, 1, 0), (5, 31, 23), (6, 1, 0))
    )
    assert {where(event) for event in (first, last, after)} == {"crm_event_default"}
    assert partitions.prepare(date(2041, 5, 17), date(2041, 5, 17)) == 1
    assert [where(event) for event in (first, last, after)] == [
        "crm_event_2041_05",
        "crm_event_2041_05",
        "crm_event_default",
    ]
    assert set(Event.objects.values_list("id", flat=True)) == {first.pk, last.pk, after.pk}


def test_a_month_is_made_once_and_has_the_indexes_and_keys_of_the_rest():
    assert partitions.prepare(date(2041, 11, 30), date(2042, 2, 1)) == 4
    assert partitions.prepare(date(2041, 11, 1), date(2042, 2, 28)) == 0
    assert indexes("crm_event_2042_01") == indexes("crm_event_default") > 4
    event = happened(datetime(2042, 1, 9, tzinfo=UTC))
    assert where(event) == "crm_event_2042_01"
    with pytest.raises(IntegrityError), transaction.atomic():
        Event(pk=event.pk, workspace_id=1, kind="custom.a", occurred_at=event.occurred_at).save(force_insert=True)


def test_the_clock_makes_the_months_ahead_over_the_end_of_a_year():
    with time_machine.travel("2041-11-21T03:10Z"):
        assert prepare_partitions() == 4
        assert prepare_partitions() == 0
    event = happened(datetime(2042, 2, 28, 23, 59, tzinfo=UTC))
    assert where(event) == "crm_event_2042_02"


def test_a_moved_event_keeps_its_place_for_consumers():
    event = happened(datetime(2041, 5, 9, tzinfo=UTC))
    before = Event.objects.values_list("xid", "id", "recorded_at").get(pk=event.pk)
    partitions.prepare(date(2041, 5, 1), date(2041, 5, 1))
    assert Event.objects.values_list("xid", "id", "recorded_at").get(pk=event.pk) == before
