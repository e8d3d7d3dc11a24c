"""Reading the log exactly once: a cursor over (xid, id), behind every transaction that may still commit.

Ids are handed out before commit, so a reader that follows ids alone skips what commits late. A row is read only when its
transaction is older than every one in flight; then nothing older can appear behind the cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import connection, transaction

from crm.timeline.models import Event, EventCursor

SELECT = """
SELECT id, occurred_at, xid::text::bigint, kind FROM crm_event
WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
"""


@transaction.atomic
def consume(name: str, handle: Callable[[list[Event]], None], *, limit: int = 500, kinds: Collection[str] = ()) -> int:
    """Hands the next events to `handle` and moves the cursor in the same transaction; returns how many were passed.

    A crash anywhere undoes both. Two workers of one name take turns, because the cursor's row is locked.
    """
    EventCursor.objects.get_or_create(name=name)
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
