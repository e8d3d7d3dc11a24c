"""Copies of the rows that a rehearsal writes to, seen by its own transaction alone and gone with it.

A temporary table hides the one of the same name, so the very engine runs on copies: no row of others is held, no count of
theirs is touched, and nothing that is written can stay. What happened in the rehearsed days is laid aside and appears day by
day (`reveal`), so that a condition on what somebody did sees what it would have seen.

Whoever holds a transaction open keeps readers of the log waiting, so it must be short.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from campaigns.automations.models import Automation, Enrolment, Errand, Passage, Version
from campaigns.mailings.models import Delivery, Link, Mailing
from crm.contacts.models import Contact, ContactTag, Subscription, Tag
from crm.notes.models import Task
from crm.timeline.models import Event
from crm.visitors.models import IdentityEdge

APART = 1_000_000  # from the last number of a table to the first that a rehearsal gives
LATER = "rehearsal_later"
TIMEOUTS = ("SET LOCAL lock_timeout = '500ms'", "SET LOCAL statement_timeout = '5s'")
COPY = "CREATE TEMPORARY TABLE {0} (LIKE {1}.{2} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES) ON COMMIT DROP"
REVEAL = """
WITH due AS (DELETE FROM rehearsal_later WHERE occurred_at <= %s RETURNING *) INSERT INTO crm_event SELECT * FROM due
"""


def begin() -> None:
    """First in the transaction: one look at the data for all of it, and no long waiting for others."""
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:  # inside somebody's transaction it is too late to choose
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for said in TIMEOUTS:
            cursor.execute(said)


def shadow(automation: Automation, people: Sequence[int], *, since: datetime, until: datetime) -> int:
    """From here on the tables hold these people and what is theirs alone; of events, what happened before `since`. Walks
    through other automations stand still. Returns the number that the next event will have."""
    family = family_of(people)
    visitors = list(IdentityEdge.objects.filter(contact__in=family).values_list("visitor_id", flat=True))
    theirs, business = "(contact_id = ANY(%s) OR visitor_id = ANY(%s))", [automation.workspace_id]
    schema = _schema()
    _copy(schema, Event, f"{theirs} AND occurred_at BETWEEN %s AND %s", [family, visitors, since, until], name=LATER)
    first = _copy(schema, Event, f"{theirs} AND occurred_at < %s", [family, visitors, since])
    _copy(schema, Contact, "id = ANY(%s)", [family])
    tables: tuple[type[Model], ...] = (ContactTag, Subscription, Task, Delivery)
    for model in tables:
        _copy(schema, model, "contact_id = ANY(%s)", [family])
    tables = (Tag, Automation, Mailing, Link)
    for model in tables:
        _copy(schema, model, "workspace_id = %s", business)
    _copy(
        schema,
        Version,
        "automation_id IN (SELECT id FROM campaigns_automation) AND automation_id <> %s",
        [automation.pk],
    )
    _copy(schema, Enrolment, "contact_id = ANY(%s) AND automation_id <> %s", [family, automation.pk])
    tables = (Passage, Errand)
    for model in tables:
        _copy(schema, model, "FALSE", [])
    Enrolment.objects.filter(due_at__isnull=False).update(due_at=until + timedelta(days=36525))
    return first


def family_of(people: Sequence[int]) -> list[int]:
    """These, and the duplicates that were merged into them, whose past is theirs."""
    merged = Contact.objects.filter(merged_into__in=people).values_list("pk", flat=True)
    return sorted({*people, *merged})


def reveal(until: datetime) -> None:
    """What happened up to then has happened."""
    with connection.cursor() as cursor:
        cursor.execute(REVEAL, [until])


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _copy(schema: str, model: type[Model], where: str, params: Sequence[Any], *, name: str = "") -> int:
    """A copy of those rows that hides the table, or stands beside it under `name`. Returns the first number of new rows."""
    quote, table = connection.ops.quote_name, model._meta.db_table
    mine, theirs = f"pg_temp.{quote(name or table)}", f"{quote(schema)}.{quote(table)}"
    numbers = f"pg_temp.{quote('rehearsal_' + (name or table))}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [theirs])
        cursor.execute(f"SELECT last_value FROM {cursor.fetchone()[0]}")  # noqa: S608
        first = int(cursor.fetchone()[0]) + APART
        cursor.execute(COPY.format(quote(name or table), quote(schema), quote(table)))
        cursor.execute(f"INSERT INTO {mine} SELECT * FROM {theirs} WHERE {where}", params)  # noqa: S608
        cursor.execute(f"CREATE TEMPORARY SEQUENCE {numbers} AS bigint START {first} OWNED BY {mine}.id")
        cursor.execute(f"ALTER TABLE {mine} ALTER COLUMN id SET DEFAULT nextval('{numbers}')")
        cursor.execute(f"ANALYZE {mine}")
    return first
