"""Ending walks before their end, or at it. Each is told once on the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campaigns.automations import causes
from campaigns.automations.events import LEFT
from campaigns.automations.models import Automation, Enrolment
from campaigns.automations.steps.base import Batch
from crm.contacts.models import Contact
from crm.rules import interpreter
from crm.timeline.models import Event, Verdict
from crm.timeline.recording import build, record_many

State, Reason = Enrolment.State, Enrolment.Reason
MANY = 1000


def end(automation: Automation, people: Sequence[Enrolment], *, state: str, reason: str = "", now: datetime) -> None:
    """Call in the transaction that holds the rows."""
    ids = [one.pk for one in people]
    Enrolment.objects.filter(pk__in=ids).update(state=state, reason=reason, due_at=None, ended_at=now, trouble="")
    told = [one for one in people if reason != Reason.REMOVED]
    record_many(
        build(
            automation.workspace_id, LEFT, contact=one.contact_id, subject=automation, occurred_at=now,
            actor=causes.actor_of(automation.pk, one.depth), reason=str(reason),
        )
        for one in told
    )  # fmt: skip


def weed(batch: Batch) -> list[Enrolment]:
    """Those who stay: without people who are gone, whom a robot had let in, and who reached the goal."""
    reasons = _gone(batch.people) | _robots(batch.people)
    reasons |= _arrived(batch, [one for one in batch.people if one.pk not in reasons])
    groups: dict[str, list[Enrolment]] = defaultdict(list)
    for one in batch.people:
        if one.pk in reasons:
            groups[reasons[one.pk]].append(one)
    for reason, people in groups.items():
        state = State.DONE if reason == Reason.GOAL else State.LEFT
        end(batch.automation, people, state=state, reason=reason, now=batch.now)
    return [one for one in batch.people if one.pk not in reasons]


def _gone(people: Sequence[Enrolment]) -> dict[int, str]:
    here = set(Contact.objects.filter(pk__in={one.contact_id for one in people}).alive().values_list("pk", flat=True))
    return {one.pk: Reason.REMOVED for one in people if one.contact_id not in here}


def _robots(people: Sequence[Enrolment]) -> dict[int, str]:
    """Asked once, before the first step."""
    doubted = [one for one in people if one.is_doubted]
    if not doubted:
        return {}
    asked = Event.objects.filter(
        pk__in=[one.event for one in doubted], occurred_at__in=[one.event_at for one in doubted]
    )
    robots = set(asked.filter(verdict=Verdict.ROBOT).values_list("pk", flat=True))
    Enrolment.objects.filter(pk__in=[one.pk for one in doubted]).update(is_doubted=False)
    return {one.pk: Reason.ROBOT for one in doubted if one.event in robots}


def _arrived(batch: Batch, people: Sequence[Enrolment]) -> dict[int, str]:
    goal = batch.version.flow["goal"]
    if not goal or not people:
        return {}
    held = interpreter.for_batch(batch.workspace, {"goal": goal}, {one.contact_id for one in people}, now=batch.now)
    return {one.pk: Reason.GOAL for one in people if held.get(one.contact_id)}


@transaction.atomic
def leave(automation: Automation, contact_ids: Iterable[int], *, reason: str, now: datetime) -> int:
    """Takes these people out; returns how many walks ended."""
    return _end_all(automation, inside(automation).filter(contact__in=list(contact_ids)), reason, now)


@transaction.atomic
def leave_one(walk: Enrolment, *, reason: str, now: datetime) -> bool:
    """Ends this walk alone; False where it was over."""
    return bool(_end_all(walk.automation, inside(walk.automation).filter(pk=walk.pk), reason, now))


def leave_all(automation: Automation, *, reason: str, now: datetime) -> int:
    """Everybody, a thousand at a time."""
    total = 0
    while True:
        with transaction.atomic():
            ended = _end_all(automation, inside(automation), reason, now)
        if not ended:
            return total
        total += ended


def _end_all(automation: Automation, rows: QuerySet[Enrolment], reason: str, now: datetime) -> int:
    people = list(rows.select_for_update().order_by("pk")[:MANY])
    if people:
        end(automation, people, state=State.LEFT, reason=reason, now=now)
    return len(people)


def inside(automation: Automation) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(automation=automation, state__in=Enrolment.INSIDE)
