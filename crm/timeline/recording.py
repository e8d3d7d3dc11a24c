"""Writing events: the only way in. Call inside the verb's transaction; the doorbell rings after commit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.dispatch import Signal
from django.utils import timezone

from crm.timeline import kinds
from crm.timeline.models import Event, Verdict
from crm.workspaces.models import Workspace
from crm.workspaces.pouring import pour

MANY = 50  # from here on COPY is worth its two statements
event_recorded = Signal()  # sent after commit with kinds=set[str], workspace_ids=set[int]; nothing may depend on it


@dataclass(frozen=True, slots=True)
class Told:
    """One event of many; `properties` hold what JSON can."""

    kind: str
    contact_id: int
    subject_id: int | None = None
    subject_label: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


def build(
    workspace: Workspace | int,
    kind: str,
    *,
    contact: Any = None,
    visitor: Any = None,
    subject: Any = None,
    subject_type: str = "",
    subject_id: int | None = None,
    subject_label: str = "",
    occurred_at: datetime | None = None,
    source: str = "",
    medium: str = "",
    campaign: str = "",
    value: Decimal | None = None,
    currency: str = "",
    actor: str = "",
    verdict: str = Verdict.HUMAN,
    verdict_reason: str = "",
    **properties: Any,
) -> Event:
    """An unsaved event. `contact` and `visitor` are objects or ids; `subject` an object (its pk and str are taken).

    Raises KeyError for a kind nobody registered.
    """
    registered = kinds.get(kind)
    if subject is not None:
        subject_id, subject_label = subject.pk, subject_label or str(subject)
    return Event(
        workspace_id=getattr(workspace, "pk", workspace),
        kind=kind,
        contact_id=getattr(contact, "pk", contact),
        visitor_id=getattr(visitor, "pk", visitor),
        subject_type=subject_type or registered.subject_type,
        subject_id=subject_id,
        subject_label=subject_label[:200],
        occurred_at=occurred_at or timezone.now(),
        source=source[:100],
        medium=medium[:100],
        campaign=campaign[:100],
        value=value,
        currency=currency,
        actor=actor[:40],
        verdict=verdict,
        verdict_reason=verdict_reason[:60],
        properties=properties,
    )


def record(workspace: Workspace | int, kind: str, **fields: Any) -> Event:
    """Saves one event in the caller's transaction and rings after commit. Arguments as `build`."""
    event = build(workspace, kind, **fields)
    event.save(force_insert=True)
    ring([event])
    return event


def record_many(events: Iterable[Event], *, batch_size: int = 1000) -> list[Event]:
    """Saves events made by `build` in as few statements as possible, and rings once."""
    listed = list(events)
    if len(listed) > MANY:
        pour(listed)
    else:
        Event.objects.bulk_create(listed, batch_size=batch_size)
    ring(listed)
    return listed


LOADED = (
    "workspace_id, kind, contact_id, subject_type, subject_id, subject_label, occurred_at, source, properties, actor"
)


def load(workspace_id: int, told: Iterable[Told], *, occurred_at: datetime, source: str, actor: str) -> None:
    """Saves many events of one act by COPY, and rings once. For acts over thousands of people; else use `record_many`.

    Raises KeyError for a kind nobody registered.
    """
    listed = list(told)
    types = {kind: kinds.get(kind).subject_type for kind in {one.kind for one in listed}}
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY crm_event ({LOADED}) FROM STDIN") as stream,
    ):
        for one in listed:
            said = json.dumps(one.properties, ensure_ascii=False).replace("\\u0000", "")
            about = (one.kind, one.contact_id, types[one.kind], one.subject_id, one.subject_label[:200])
            stream.write_row((workspace_id, *about, occurred_at, source[:100], said, actor[:40]))
    if types:
        announce(set(types), {workspace_id})


def ring(events: Iterable[Event]) -> None:
    """Announces after commit. Robust: a receiver that fails cannot undo or block what was recorded."""
    listed = list(events)
    if listed:
        announce({event.kind for event in listed}, {event.workspace_id for event in listed})


def announce(names: set[str], workspace_ids: set[int]) -> None:
    """Rings after commit for events that a statement of SQL wrote."""
    transaction.on_commit(
        lambda: event_recorded.send_robust(sender=Event, kinds=names, workspace_ids=workspace_ids), robust=True
    )
