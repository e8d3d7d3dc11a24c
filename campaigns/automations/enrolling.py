"""Letting people in. One statement for many; who may not walk it now, or came by the same thing before, is left out.

What the owner chose for a second time is a constraint: "once" gives all walks of a person one occasion, "after" lets no second
walk begin beside the first, "always" begins one for each occasion. Automations that set each other off end here: after
MAX_DEPTH of them in a row, or when somebody entered the same one DAILY times within a day, nobody enters and the owner is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from campaigns.automations import arriving, flow
from campaigns.automations.causes import MAX_DEPTH, actor_of
from campaigns.automations.events import ENTERED
from campaigns.automations.models import Automation, Version
from crm.timeline.recording import build, record_many

DAILY = 25
ADD = """
INSERT INTO campaigns_enrolment (workspace_id, automation_id, version_id, contact_id, occasion, is_alone, state, reason, step,
    due_at, event, event_at, is_doubted, depth, tries, trouble, entered_at, arrived_at)
SELECT c.workspace_id, %(automation)s, %(version)s, c.id, said.occasion, %(alone)s, 'active', '', %(step)s,
    said.due_at, said.event, said.event_at, said.is_doubted, said.depth, 0, '', %(now)s, %(now)s
FROM unnest(%(contacts)s::bigint[], %(occasions)s::text[], %(events)s::bigint[], %(times)s::timestamptz[],
    %(depths)s::int[], %(dues)s::timestamptz[], %(doubts)s::boolean[])
    AS said(contact_id, occasion, event, event_at, depth, due_at, is_doubted)
JOIN crm_contact c ON c.id = said.contact_id AND c.workspace_id = %(workspace)s
    AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
ORDER BY said.event_at, c.id ON CONFLICT DO NOTHING RETURNING id, contact_id, depth
"""
BUSY = """
SELECT contact_id FROM campaigns_enrolment
WHERE automation_id = %s AND contact_id = ANY(%s) AND entered_at > %s GROUP BY contact_id HAVING count(*) >= %s
"""


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody at the door: `occasion` names what brought them, `event` is its number where it was an event."""

    contact_id: int
    occasion: str
    event: int | None = None
    event_at: datetime | None = None
    depth: int = 0
    wait_until: datetime | None = None
    is_doubted: bool = False


def enrol(automation: Automation, version: Version, came: Sequence[Came], *, now: datetime) -> list[int]:
    """Lets in whoever may enter; returns the numbers of their enrolments. Call in a transaction."""
    welcome = _without_loops(automation, came, now=now)
    if not welcome or not flow.first(version.flow):
        return []
    rows = _insert(automation, version, welcome, now)
    record_many(
        build(
            automation.workspace_id,
            ENTERED,
            contact=pk,
            subject=automation,
            occurred_at=now,
            actor=actor_of(automation.pk, depth),
        )
        for _id, pk, depth in rows
    )
    arriving.settle(automation, version, [enrolment for enrolment, _contact, _depth in rows], now=now)
    return [enrolment for enrolment, _contact, _depth in rows]


def _insert(
    automation: Automation, version: Version, came: Sequence[Came], now: datetime
) -> list[tuple[int, int, int]]:
    again = version.flow["again"]
    values = {
        "automation": automation.pk,
        "workspace": automation.workspace_id,
        "version": version.pk,
        "alone": again != flow.ALWAYS,
        "step": flow.first(version.flow),
        "now": now,
        "contacts": [one.contact_id for one in came],
        "occasions": ["once" if again == flow.ONCE else one.occasion for one in came],
        "events": [one.event for one in came],
        "times": [one.event_at for one in came],
        "depths": [one.depth for one in came],
        "dues": [one.wait_until or now for one in came],
        "doubts": [one.is_doubted for one in came],
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)
        return list(cursor.fetchall())


def _without_loops(automation: Automation, came: Sequence[Came], *, now: datetime) -> list[Came]:
    busy = _busy(automation, {one.contact_id for one in came}, now)
    welcome = [one for one in came if one.depth <= MAX_DEPTH and one.contact_id not in busy]
    if len(welcome) < len(came):
        Automation.objects.filter(pk=automation.pk).update(looped_at=now)
    return welcome


def _busy(automation: Automation, contacts: set[int], now: datetime) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [automation.pk, sorted(contacts), now - timedelta(days=1), DAILY])
        return {pk for (pk,) in cursor.fetchall()}
