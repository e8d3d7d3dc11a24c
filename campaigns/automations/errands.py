"""What steps ask to be done outside of the database: written with the step itself, done afterwards by `doing`.

An errand is unique by walk and step, so a step that is done once is told once; whoever receives it twice after a crash in the
very instant knows it by its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from campaigns.automations.models import Automation, Errand


def write(workspace_id: int, step: str, kind: str, payloads: Mapping[int, dict[str, Any]], *, now: datetime) -> None:
    """`payloads` by enrolment. Call in the engine's transaction."""
    Errand.objects.bulk_create(
        (
            Errand(
                workspace_id=workspace_id, enrolment_id=pk, step=step, kind=kind, payload=payload,
                next_try_at=now, created_at=now,
            )
            for pk, payload in payloads.items()
        ),
        ignore_conflicts=True,
        batch_size=500,
    )  # fmt: skip


def again(automation: Automation, *, now: datetime) -> int:
    """The owner mended what held them up: those that gave up are tried anew. Returns how many."""
    return parked(automation).update(state=Errand.State.WAITING, tries=0, next_try_at=now, answer="")


def parked(automation: Automation) -> QuerySet[Errand]:
    """Those that gave up, the oldest first."""
    rows = Errand.objects.filter(enrolment__automation=automation, state=Errand.State.PARKED)
    return rows.select_related("enrolment__contact").order_by("created_at", "pk")
