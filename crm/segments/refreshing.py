"""Working out who is in a segment, and keeping the answer as rows: of everybody, or of some contacts after they changed.

Both are the same statement. It reads the rule once, deletes who does not fit, inserts who came, and records `segment.left` and
`segment.entered` for them. Whoever works on a segment holds its lock, so two answers are never mixed. The first answer after a
rule was written or edited records nothing: a million people who always were like this have not entered anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from crm.rules import interpreter, mentioning
from crm.rules.criteria import CLOCK
from crm.segments import sizes
from crm.segments.models import Segment
from crm.timeline import recording

ENTERED, LEFT = "segment.entered", "segment.left"
NIGHT = time(2)  # of the business; segments spread over the two hours after it
SPREAD_MINUTES = 120

# A full join is a hash or a merge whatever the planner believes of rows that were written a moment ago; NOT EXISTS in both
# directions became a nested loop over half a million.
DIFFERENCE = """
WITH fits AS MATERIALIZED (
    SELECT c.id FROM crm_contact c
    WHERE c.workspace_id = %(workspace)s AND c.deleted_at IS NULL AND c.merged_into_id IS NULL {some_contacts} AND {rule}
), apart AS MATERIALIZED (
    SELECT f.id AS came, m.contact_id AS went FROM fits f
    FULL JOIN (SELECT m.contact_id FROM crm_segmentmember m WHERE m.segment_id = %(segment)s {some_members}) m
    ON m.contact_id = f.id WHERE f.id IS NULL OR m.contact_id IS NULL
), gone AS (
    DELETE FROM crm_segmentmember m USING apart a WHERE m.segment_id = %(segment)s AND m.contact_id = a.went
    RETURNING m.contact_id
), come AS (
    INSERT INTO crm_segmentmember (workspace_id, segment_id, contact_id, entered_at)
    SELECT %(workspace)s, %(segment)s, a.came, %(now)s FROM apart a WHERE a.came IS NOT NULL RETURNING contact_id
){told}
SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone), {size}
"""
TOLD = """, told AS (
    INSERT INTO crm_event (workspace_id, contact_id, kind, subject_type, subject_id, subject_label, occurred_at, actor)
    SELECT %(workspace)s, moved.contact_id, moved.kind, 'segment', %(segment)s, %(name)s, %(now)s, 'system'
    FROM (SELECT contact_id, %(entered)s AS kind FROM come UNION ALL SELECT contact_id, %(left)s FROM gone) moved
)"""


@dataclass(frozen=True, slots=True)
class Moved:
    entered: int
    left: int


@transaction.atomic
def refresh(segment: Segment, *, now: datetime | None = None) -> Moved:
    """Works out everybody. Nothing moves, and nothing is recorded, where the rows were right already."""
    fresh = _locked(segment)
    if fresh is None:
        return Moved(0, 0)
    now = now or timezone.now()
    entered, left, size = _apply(fresh, None, now)
    waiting = Segment.objects.filter(pk=fresh.pk)
    waiting.update(refreshed_at=now, refresh_at=next_time(fresh, now), size=size)
    sizes.note(fresh, size, now=now)
    return Moved(entered, left)


@transaction.atomic
def touch(segment: Segment, contact_ids: Collection[int], *, now: datetime | None = None) -> Moved:
    """Works out these contacts alone. A segment that was never worked out waits for its refresh, which sees them too."""
    fresh = _locked(segment)
    if fresh is None or not fresh.is_settled or not contact_ids:
        return Moved(0, 0)
    entered, left, _size = _apply(fresh, sorted(set(contact_ids)), now or timezone.now())
    if entered != left:
        Segment.objects.filter(pk=fresh.pk).update(size=F("size") + entered - left)
    return Moved(entered, left)


def refresh_due(*, now: datetime | None = None, until: float | None = None, clock: Any = None) -> int:
    """Works out every segment whose time has come, one after the other, each in a transaction of its own; returns how many.

    `until` is a reading of `clock` (time.monotonic) after which no further one is begun.
    """
    done = 0
    asked: set[int] = set()
    while until is None or clock() < until:
        due = Segment.objects.due(now or timezone.now()).exclude(pk__in=asked).select_related("workspace").first()
        if due is None:
            return done
        asked.add(due.pk)
        refresh(due, now=now)
        done += 1
    return done


def next_time(segment: Segment, now: datetime) -> datetime:
    """Where the rule mentions time: the next full hour of the business or its midnight. Everything is worked out anew at night,
    for what changed without an event: verdicts on robots, people who were erased."""
    zone = segment.workspace.zone
    local = now.astimezone(zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time.min, tzinfo=zone)
    if CLOCK in mentioning.marks_of(segment.rule, segment.workspace):
        return min(local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1), tomorrow)
    night = datetime.combine(local.date(), NIGHT, tzinfo=zone) + timedelta(minutes=segment.pk % SPREAD_MINUTES)
    return night if night > local else night + timedelta(days=1)


def _locked(segment: Segment) -> Segment | None:
    """The segment as it is now, ours until the transaction ends; None where there is nothing to work out any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm_segmentmember'), %s)", [segment.pk])
    living = Segment.objects.filter(pk=segment.pk, is_fixed=False, deleted_at=None)
    return living.select_related("workspace").first()


def _apply(segment: Segment, contact_ids: list[int] | None, now: datetime) -> tuple[int, int, int]:
    """(entered, left, size); the size is counted only where everybody is worked out."""
    rule, values = interpreter.where(segment.rule, segment.workspace, now=now)
    quiet, everybody = segment.refreshed_at is None, contact_ids is None
    named: dict[str, Any] = {
        "workspace": segment.workspace_id,
        "segment": segment.pk,
        "name": segment.name,
        "now": now,
        "entered": ENTERED,
        "left": LEFT,
        "ids": contact_ids,
    }
    named |= {f"v{number}": value for number, value in enumerate(values)}
    sql = DIFFERENCE.format(
        rule=_named(rule, len(values)),
        some_contacts="" if everybody else "AND c.id = ANY(%(ids)s::bigint[])",
        some_members="" if everybody else "AND m.contact_id = ANY(%(ids)s::bigint[])",
        told="" if quiet else TOLD,
        size="(SELECT count(*) FROM fits)" if everybody else "0",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")  # compiling such a statement costs more than it saves
        cursor.execute(sql, named)
        entered, left, size = cursor.fetchone()
    if (entered or left) and not quiet:
        recording.announce({ENTERED, LEFT}, {segment.workspace_id})
    return entered, left, size


def _named(sql: str, count: int) -> str:
    """The interpreter's positions as names, so that a statement may use them wherever they stand."""
    parts = sql.split("%s")
    if len(parts) != count + 1:
        raise ValueError("a parameter of a rule stands inside a literal")
    return "".join(part + (f"%(v{number})s" if number < count else "") for number, part in enumerate(parts))
