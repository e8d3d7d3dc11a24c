"""Reading what happened: it lets people in, and wakes those who wait for it. The log is read by its cursor, so each event is
looked at once, in the transaction that writes what it led to.

A robot starts nothing. Where nobody knows yet, the person enters and is asked about again after DOUBT seconds, before the first
step; a verdict that comes later corrects the reports and undoes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from campaigns.automations import causes, enrolling, flow, triggers
from campaigns.automations.enrolling import Came
from campaigns.automations.models import Automation, Enrolment, Version
from campaigns.automations.steps import base
from crm.rules import interpreter
from crm.segments import following
from crm.timeline import consuming
from crm.timeline.models import Event, Verdict

CURSOR = "automations"
BATCH = 2000
DOUBT = timedelta(seconds=5)
Asked = tuple[str, int | None, int | None]  # kind, subject, part
# The first that fits, of what happened after they came and before their time is over. Whoever came to the first step because
# something happened has waited since then, however late it was read.
WAKE = """
UPDATE campaigns_enrolment e SET woken = found.event, due_at = least(e.due_at, %s)
FROM (
    SELECT DISTINCT ON (w.id) w.id, w.step, said.event
    FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
        AS said(version_id, step, contact_id, event, event_at)
    JOIN campaigns_enrolment w ON w.version_id = said.version_id AND w.step = said.step
        AND w.contact_id = said.contact_id AND w.state = 'active'
    WHERE w.event IS DISTINCT FROM said.event AND said.event_at < w.due_at AND said.event_at >=
        CASE WHEN w.arrived_at = w.entered_at THEN least(w.event_at, w.arrived_at) ELSE w.arrived_at END
    ORDER BY w.id, said.event_at, said.event
) found
WHERE e.id = found.id AND e.step = found.step AND e.state = 'active' AND e.woken IS NULL
"""


@dataclass(slots=True)
class Doors:
    """What the automations of one business wait for: `starts` by kind of event, `hopes` of people inside by kind."""

    starts: dict[str, list[tuple[Automation, int]]] = field(default_factory=lambda: defaultdict(list))
    hopes: dict[str, list[tuple[Version, str, Asked]]] = field(default_factory=lambda: defaultdict(list))


def follow(*, limit: int = BATCH) -> int:
    """Reads the next events; returns how many were passed, 0 when there are none to read."""
    return consuming.consume(CURSOR, work, limit=limit)


def work(events: Iterable[Event], *, now: datetime | None = None) -> None:
    """In the consumer's transaction."""
    by_business: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.verdict != Verdict.ROBOT:
            by_business[event.workspace_id].append(event)
    for workspace_id, listed in sorted(by_business.items()):
        doors = doors_of(workspace_id)
        wanted = [event for event in listed if event.kind in doors.starts or event.kind in doors.hopes]
        if wanted:
            people = people_of(wanted)
            take(doors, wanted, people, now=now or timezone.now())


def take(doors: Doors, events: Sequence[Event], people: dict[int, int], *, now: datetime) -> None:
    """`people` maps the number of an event to its contact. Whoever enters may find that what they wait for has been, too."""
    wake(doors, events, people, now=now)
    for automation, came in arrivals(doors, events, people, now=now):
        version = automation.version
        if version is not None:
            enrolling.enrol(automation, version, allowed(automation, version, came, now=now), now=now)
    wake(doors, events, people, now=now)


def doors_of(workspace_id: int) -> Doors:
    doors = Doors()
    running = Automation.objects.filter(workspace=workspace_id, status=Automation.Status.ON, deleted_at=None)
    for automation in running.select_related("version", "workspace").order_by("pk"):
        open_doors(doors, automation)
    inside = Enrolment.objects.filter(workspace=workspace_id, state=Enrolment.State.ACTIVE).values("version_id")
    versions = Version.objects.filter(automation__workspace=workspace_id)
    for version in versions.filter(Q(pk__in=inside) | Q(pk__in=running.values("version_id"))):
        hope(doors, version)
    return doors


def open_doors(doors: Doors, automation: Automation) -> None:
    if automation.version is None:
        return
    for place, trigger in enumerate(automation.version.flow["triggers"]):
        if trigger["on"] == "event":
            doors.starts[trigger["event"]].append((automation, place))


def hope(doors: Doors, version: Version) -> None:
    for step in flow.walk(version.flow["steps"]):
        if (asked := base.get(step["type"]).awaits(step)) is not None:
            doors.hopes[asked[0]].append((version, step["id"], asked))


def people_of(events: Sequence[Event]) -> dict[int, int]:
    """Number of an event -> the contact it is about: of a visit whose browser it was, of a duplicate the one that stayed."""
    owners = following.owners_of(list(events))
    found = {event.pk: event.contact_id or owners.get(event.visitor_id or 0) for event in events}
    winners = following.winners_of({contact for contact in found.values() if contact})
    return {pk: winners.get(contact, contact) for pk, contact in found.items() if contact}


def arrivals(
    doors: Doors, events: Sequence[Event], people: dict[int, int], *, now: datetime
) -> list[tuple[Automation, list[Came]]]:
    """Who comes to which automation, in order of what happened."""
    found: dict[int, tuple[Automation, list[Came]]] = {}
    for event in events:
        if event.pk not in people:
            continue
        for automation, place in doors.starts.get(event.kind, ()):
            trigger = automation.version.flow["triggers"][place] if automation.version else {}
            if trigger and triggers.fits(trigger, event):
                found.setdefault(automation.pk, (automation, []))[1].append(came_by(event, people[event.pk], now))
    return [found[pk] for pk in sorted(found)]


def came_by(event: Event, contact_id: int, now: datetime) -> Came:
    doubted = event.verdict == Verdict.UNKNOWN
    return Came(
        contact_id,
        occasion=f"event:{event.pk}",
        event=event.pk,
        event_at=event.occurred_at,
        depth=causes.depth_after(event.actor),
        wait_until=max(now, event.occurred_at + DOUBT) if doubted else None,
        is_doubted=doubted,
    )


def allowed(automation: Automation, version: Version, came: Sequence[Came], *, now: datetime) -> list[Came]:
    """Those whom the flow's own condition lets in."""
    rule = version.flow["rule"]
    if not rule or not came:
        return list(came)
    held = interpreter.for_batch(automation.workspace, {"in": rule}, {one.contact_id for one in came}, now=now)
    return [one for one in came if held.get(one.contact_id)]


def wake(doors: Doors, events: Sequence[Event], people: dict[int, int], *, now: datetime) -> None:
    """Whoever waits for one of these goes on now."""
    rows = sorted(
        (version.pk, step_id, people[event.pk], event.pk, event.occurred_at)
        for event in events
        for version, step_id, asked in doors.hopes.get(event.kind, ())
        if event.pk in people and triggers.matches(asked, event)
    )
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WAKE, [now, *map(list, zip(*rows, strict=True))])
