"""Automations for tests: a flow in few words, and time that is moved by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from campaigns.automations import days, flow, gathering, moving, switching, triggering
from campaigns.automations.models import Automation, Enrolment
from crm.timeline.models import Event, EventCursor
from crm.workspaces.models import Workspace

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
JOINED = {"on": "event", "event": "list.joined"}
step = flow.new_step
UNREAD = "SELECT id, xid::text::bigint FROM crm_event WHERE (xid, id) > (%s::text::xid8, %s) ORDER BY xid, id"


def make(
    workspace: Workspace, *steps: dict[str, Any], on: Any = JOINED, at: datetime = START, **said: Any
) -> Automation:
    """An automation that is on; `on` is a trigger, a list of them, or None for a draft without any."""
    listed = [] if on is None else on if isinstance(on, list) else [on]
    draft = flow.empty() | {"triggers": listed, "steps": list(steps), **said}
    automation = switching.create(workspace, name="תהליך", draft=draft, by=None)
    return switching.switch_on(automation, now=at)


def run(now: datetime = START, *, rounds: int = 50) -> None:
    """Everything that is due at that time, of every business."""
    for _round in range(rounds):
        moved = moving.move(now, until=time.monotonic() + 60)
        if not moved + read(now) + days.let_in(now) + gathering.gather(now):
            return
    raise AssertionError("the automations do not come to rest")


@transaction.atomic
def read(now: datetime) -> int:
    """What happened, once each and in order, by the engine's own cursor; but transactions of other tests, which run on the same
    server, do not keep it waiting. How many there were."""
    cursor, _new = EventCursor.objects.get_or_create(name=triggering.CURSOR)
    with connection.cursor() as sql:
        sql.execute(UNREAD, [str(cursor.xid), cursor.event_id])
        rows = sql.fetchall()
    found = Event.objects.in_bulk([pk for pk, _xid in rows])
    triggering.work([found[pk] for pk, _xid in rows], now=now)
    for pk, xid in rows[-1:]:
        EventCursor.objects.filter(pk=cursor.pk).update(xid=xid, event_id=pk)
    return len(rows)


def after(**span: float) -> datetime:
    return START + timedelta(**span)


def trace(one: Enrolment) -> list[tuple[str, str]]:
    """(kind of step, outcome) of what a walk has been through."""
    kinds = {said["id"]: said["type"] for said in flow.walk(one.version.flow["steps"])}
    return [(kinds[passage.step], passage.outcome) for passage in one.passages.order_by("pk")]
