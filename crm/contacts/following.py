"""What became of contacts since a moment, for whoever mirrors them: everybody touched, once and as they are now.

The log of events is in the order of commits (`Event.xid`, as in timeline.consuming), and a transaction that is still open holds
the place before it. So a place in it never has anything behind it that comes later, which no column of times can promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from crm.workspaces.models import Workspace

SCANNED = 20_000  # events of all businesses that one call looks at
SLACK = 1000  # transactions that a reader whose standby lags may be behind the place another gave
SCAN = r"""
SELECT xid, id, CASE WHEN workspace_id = %s AND kind ~ '^(contact|field|status|list|tag|consent)[.]' THEN
    ARRAY[contact_id, CASE WHEN subject_type = 'contact' THEN subject_id END] END
FROM (
    SELECT xid::text::bigint AS xid, id, workspace_id, kind, contact_id, subject_type, subject_id FROM crm_event
    WHERE (xid, id) > (%s::text::xid8, %s) AND xid < %s::text::xid8
    ORDER BY crm_event.xid, id LIMIT %s
) scanned
"""


@dataclass(frozen=True, slots=True)
class Place:
    """In the order of commits: everything up to here was told."""

    xid: int
    event_id: int


@dataclass(frozen=True, slots=True)
class Touched:
    """Ids of contacts, in the order of their first change; `place` is where to go on, at once if `has_more`."""

    ids: Sequence[int]
    place: Place
    has_more: bool


class Lost(Exception):
    """The place lies ahead of the log: the database was restored from a copy that is older."""


def here() -> Place:
    """Behind everything that was committed, and before everything that is still open."""
    return Place(horizon() - 1, 2**63 - 1)


def horizon() -> int:
    """The oldest transaction that is still open: what is older is all there, for whoever asks after this."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def touched(workspace: Workspace, after: Place, *, limit: int) -> Touched:
    """The contacts of the business that changed after `after`, at most `limit` of them. Raises Lost."""
    until = horizon()
    if after.xid >= until + SLACK:
        raise Lost
    with connection.cursor() as cursor:
        cursor.execute(SCAN, [workspace.pk, str(after.xid), after.event_id, str(until), SCANNED])
        rows = cursor.fetchall()
    ids: dict[int, None] = {}
    place = after
    for xid, event_id, about in rows:
        new = {pk: None for pk in about or () if pk is not None and pk not in ids}
        if new and ids and len(ids) + len(new) > limit:
            return Touched(list(ids), place, has_more=True)
        ids |= new
        place = Place(xid, event_id)
    return Touched(list(ids), place, has_more=len(rows) == SCANNED)
