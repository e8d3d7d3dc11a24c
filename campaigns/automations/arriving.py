"""Coming to a step: when may each go on? Writes it down; the step itself is done when the time has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from campaigns.automations import flow
from campaigns.automations.models import Automation, Enrolment, Version
from campaigns.automations.steps import base
from campaigns.automations.steps.base import Batch

MOVE = """
UPDATE campaigns_enrolment e SET step = said.step, due_at = said.due_at, arrived_at = %s, woken = NULL, tries = 0, trouble = ''
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS said(id, step, due_at) WHERE e.id = said.id
"""


def dues(batch: Batch, step_id: str) -> Mapping[int, datetime]:
    """When each of the people may go on from that step, by enrolment id."""
    step = flow.find(batch.version.flow, step_id)
    if step is None:
        return {}
    return base.get(step["type"]).arrive(step, batch)


def move(batch: Batch, to: Mapping[str, Sequence[Enrolment]]) -> None:
    """Puts people at their next steps, by step id."""
    rows = []
    for step_id, people in to.items():
        group = Batch(batch.automation, batch.version, people, batch.now, batch.is_rehearsal)
        told = dues(group, step_id)
        rows += [(one.pk, step_id, max(told.get(one.pk, batch.now), batch.now)) for one in people]
    if rows:
        ids, steps, times = (list(column) for column in zip(*rows, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(MOVE, [batch.now, ids, steps, times])


def settle(automation: Automation, version: Version, ids: Sequence[int], *, now: datetime) -> None:
    """The first step of people who entered: it may be a wait."""
    people = list(Enrolment.objects.filter(pk__in=ids)) if ids else []
    told = dues(Batch(automation, version, people, now), flow.first(version.flow)) if people else {}
    for one in people:
        one.due_at = max(told.get(one.pk, now), one.due_at or now)
    Enrolment.objects.bulk_update([one for one in people if one.pk in told], ["due_at"], batch_size=500)
