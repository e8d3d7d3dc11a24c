"""Months of the event log. Rows outside every month wait in the default partition and move when theirs is made."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import connection, transaction


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def prepare(first: date, last: date) -> int:
    """Makes the missing partitions from the month of `first` to that of `last`; returns how many were made."""
    month, made = first.replace(day=1), 0
    while month <= last:
        made += _make(month)
        month = month_after(month)
    return made


def prepare_ahead(months: int = 3) -> int:
    today = datetime.now(UTC).date()
    last = today
    for _ in range(months):
        last = month_after(last.replace(day=1))
    return prepare(today, last)


@transaction.atomic
def _make(month: date) -> int:
    name = f"crm_event_{month:%Y_%m}"
    start, end = f"{month:%Y-%m-%d} 00:00+00", f"{month_after(month):%Y-%m-%d} 00:00+00"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm_event partitions')), to_regclass(%s)", [name])
        if cursor.fetchone()[1] is not None:
            return 0
        cursor.execute(f"CREATE TABLE {name} (LIKE crm_event INCLUDING DEFAULTS)")
        cursor.execute(  # the name is a date of ours
            "WITH moved AS (DELETE FROM crm_event_default WHERE occurred_at >= %s AND occurred_at < %s RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved",
            [start, end],
        )
        cursor.execute(f"ALTER TABLE crm_event ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")
    return 1
