"""Choosing something that happens, step by step: which kind of activity, of which thing, which part of it.

Drawn by `_happening.html`; each choice gives the next its menu. A subject chosen for another kind does not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.automations import triggers
from crm.timeline import kinds
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

Said = dict[str, Any]
GROUPS = {
    "form": _("Forms and pages"),
    "web": _("Pages and the site"),
    "mail": _("Mails"),
    "survey": _("Surveys"),
    "money": _("Purchases"),
    "share": _("Sharing"),
    "card": _("Card, lists and segments"),
    "note": _("Notes and tasks"),
}


class Happening:
    """`typed` is what a form sent: "event", "subject", "part", and "was-event", the kind the other two were offered for."""

    def __init__(self, workspace: Workspace, kept: Mapping[str, Any], typed: Mapping[str, Any] | None = None) -> None:
        self.workspace = workspace
        self.event = str(kept.get("event") or "")
        self.subject, self.part = kept.get("subject"), kept.get("part")
        if typed is not None and "event" in typed:
            self._read(typed)

    def _read(self, typed: Mapping[str, Any]) -> None:
        self.event = typed["event"]
        same_kind = typed.get("was-event") in (None, self.event)
        self.subject = whole(typed.get("subject")) if same_kind else None
        same_subject = typed.get("was-subject") in (None, typed.get("subject"))
        self.part = whole(typed.get("part")) if same_kind and same_subject and self.subject is not None else None

    @property
    def kind(self) -> kinds.Kind | None:
        return kinds.get(self.event) if kinds.known(self.event) else None

    def said(self) -> Said:
        found: Said = {"event": self.event, "subject": self.subject, "part": self.part}
        return {key: value for key, value in found.items() if value not in (None, "")}

    @property
    def menu(self) -> list[tuple[Any, list[kinds.Kind]]]:
        order = list(GROUPS)
        offered = sorted(
            triggers.offered(self.workspace),
            key=lambda kind: (order.index(kind.group) if kind.group in order else len(order), str(kind.label)),
        )
        return [(GROUPS.get(key, ""), list(group)) for key, group in groupby(offered, key=lambda kind: kind.group)]

    @property
    def subjects(self) -> list[tuple[int, str]]:
        return list(self.kind.subjects(self.workspace)) if self.kind and self.kind.subjects else []

    @property
    def parts(self) -> list[tuple[int, str]]:
        if not self.kind or not self.kind.parts or self.subject is None:
            return []
        return list(self.kind.parts(self.workspace, self.subject))

    @property
    def part_label(self) -> Any:
        return self.kind.part_label if self.kind else ""
