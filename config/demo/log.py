"""Writing many rows at once: events and other narrow tables by COPY."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from crm.timeline import kinds
from crm.workspaces.models import Workspace

EVENT = (
    "workspace_id", "contact_id", "visitor_id", "kind", "subject_type", "subject_id", "subject_label", "occurred_at", "source",
    "medium", "campaign", "value", "currency", "properties", "actor", "verdict", "verdict_reason",
)  # fmt: skip


class Log:
    """Collects what happened and writes it in order of time, so that ids grow with it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.rows = workspace, list[tuple[Any, ...]]()

    def add(
        self,
        kind: str,
        at: datetime,
        *,
        contact: int | None = None,
        visitor: int | None = None,
        subject: Any = None,
        source: str = "",
        medium: str = "",
        value: Decimal | None = None,
        actor: str = "contact",
        robot: str = "",
        **properties: Any,
    ) -> None:
        """`subject` is an object with pk, or (id, label); `robot` is why it is one."""
        pk, label = subject if isinstance(subject, tuple) else (subject.pk, str(subject)) if subject else (None, "")
        self.rows.append((
            self.workspace.pk, contact, visitor, kind, kinds.get(kind).subject_type, pk, label[:200], at, source, medium, "",
            value, self.workspace.currency if value is not None else "", json.dumps(properties, ensure_ascii=False), actor,
            "robot" if robot else "human", robot,
        ))  # fmt: skip

    def write(self) -> int:
        when = EVENT.index("occurred_at")
        copy_rows("crm_event", EVENT, sorted(self.rows, key=lambda row: row[when]))
        return len(self.rows)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
