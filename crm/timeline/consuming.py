"""Reading the log exactly once: a cursor over (xid, id), behind every transaction that may still commit.

Ids are handed out before commit, so a reader that follows ids alone skips what commits late. A row is read only when its
transaction is older than every one in flight; then nothing older can appear behind the cursor.

Transaction ids belong to a server. A dump restored into another one brings events and cursors whose ids lie ahead of that
server's clock, and what is written there from now on would be behind the cursors for good. `settle_restored` notices that and
gives the restored events ids of the new server; `consume` looks before every reading, so nobody has to remember it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import connection, transaction

from crm.timeline.models import Event, EventCursor

FURTHEST = 2**63 - 1  # behind every event of its transaction
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
# Whatever is visible and not older than the horizon was written on another server (or by this very transaction).
FOREIGN = "xid >= %s::text::xid8 AND xid <> pg_current_xact_id()"
# Ids go on where the dump left them, so what has an id behind every foreign row was written here, before anybody looked.
LAST = f"SELECT coalesce(max(id), 0) FROM crm_event WHERE {FOREIGN}"  # noqa: S608
FIRST_HERE = """
SELECT xid::text::bigint FROM crm_event WHERE id > %s AND xid < %s::text::xid8 ORDER BY xid LIMIT 1
"""
READ = """
UPDATE crm_event SET xid = %s::text::xid8
WHERE xid >= %s::text::xid8 AND id <= %s AND (xid, id) <= (%s::text::xid8, %s)
"""
UNREAD = f"UPDATE crm_event SET xid = pg_current_xact_id() WHERE {FOREIGN}"  # noqa: S608
SELECT = """
SELECT id, occurred_at, xid::text::bigint, kind FROM crm_event
WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
"""
# What `name` has still to read, also what it may not read yet because an older transaction is in flight.
AHEAD = """
WITH ahead AS MATERIALIZED (
    SELECT workspace_id, kind, occurred_at FROM crm_event
    WHERE (xid, id) > (%s::text::xid8, %s) ORDER BY xid, id LIMIT %s
)
SELECT workspace_id, kind, min(occurred_at), count(*) FROM ahead GROUP BY workspace_id, kind
"""


@transaction.atomic
def consume(name: str, handle: Callable[[list[Event]], None], *, limit: int = 500, kinds: Collection[str] = ()) -> int:
    """Hands the next events to `handle` and moves the cursor in the same transaction; returns how many were passed.

    A crash anywhere undoes both. Two workers of one name take turns, because the cursor's row is locked.
    """
    EventCursor.objects.get_or_create(name=name)
    settle_restored(name)
    cursor = EventCursor.objects.select_for_update().get(name=name)
    with connection.cursor() as sql:
        sql.execute(SELECT, [str(cursor.xid), cursor.event_id, limit])
        rows = sql.fetchall()
    if not rows:
        return 0
    order = {row[0]: position for position, row in enumerate(rows) if not kinds or row[3] in kinds}
    wanted = [row for row in rows if row[0] in order]
    events = Event.objects.filter(pk__in=list(order), occurred_at__in={row[1] for row in wanted}) if wanted else []
    handle(sorted(events, key=lambda event: order[event.pk]))
    EventCursor.objects.filter(name=name).update(xid=rows[-1][2], event_id=rows[-1][0])
    return len(rows)


def ahead(name: str, *, most: int) -> dict[tuple[int, str], datetime] | None:
    """(business, kind) -> when the earliest of the events happened that this consumer has not read; None for more than `most`.

    Asked before anything is decided by it, it may name what was read meanwhile, and leaves nothing out."""
    xid, event_id = EventCursor.objects.filter(name=name).values_list("xid", "event_id").first() or (0, 0)
    with connection.cursor() as sql:
        sql.execute(AHEAD, [str(xid), event_id, most + 1])
        rows = sql.fetchall()
    if sum(row[3] for row in rows) > most:
        return None
    return {(workspace_id, kind): at for workspace_id, kind, at, _count in rows}


@transaction.atomic
def settle_restored(*names: str) -> bool:
    """After a restore into another server: what was read before stays read, the rest and all that is new will be read.

    Looks at the cursors of these names, or at all; says whether there was anything to do. A consumer that was ahead of
    the slowest may be handed again what lies between the two, which is better than to lose it.
    """
    asked = EventCursor.objects.filter(name__in=names) if names else EventCursor.objects.all()
    oldest, horizon = _horizon()
    if not asked.filter(xid__gte=horizon).exists():
        return False
    stale = [cursor for cursor in EventCursor.objects.select_for_update().order_by("name") if cursor.xid >= horizon]
    if not stale:  # another worker did it while this one waited
        return False
    xid, event_id = min((cursor.xid, cursor.event_id) for cursor in stale)
    with connection.cursor() as sql:
        sql.execute(LAST, [str(horizon)])
        last = sql.fetchone()[0] or event_id
        sql.execute(FIRST_HERE, [last, str(horizon)])
        first = min([oldest, *(row[0] for row in sql.fetchall())])
        sql.execute(READ, [str(first - 1), str(first), last, str(xid), event_id])
        sql.execute(UNREAD, [str(horizon)])
    EventCursor.objects.filter(pk__in=[cursor.pk for cursor in stale]).update(xid=first - 1, event_id=FURTHEST)
    return True


def _horizon() -> tuple[int, int]:
    """(the oldest transaction in flight, the first that none of the finished ones reaches)."""
    with connection.cursor() as sql:
        sql.execute(HORIZON)
        oldest, horizon = sql.fetchone()
    return int(oldest), int(horizon)
