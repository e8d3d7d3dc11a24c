"""Conditions that name one thing of the business: a list, a tag, a segment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from crm.rules.controls import Choice, Control, Option, Parts, first, number
from crm.rules.criteria import Criterion, Node
from crm.rules.faults import RuleError, Text, step
from crm.workspaces.models import Workspace


class Naming(Criterion):
    """`names` is the JSON type of the name; `missing` is said of a name that the business does not have."""

    names: ClassVar[str]
    missing: ClassVar[Text]
    never_null: ClassVar = True

    def offered(self, workspace: Workspace) -> dict[Any, str]:
        """What may be named -> its label."""
        raise NotImplementedError

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {self.key: {"type": self.names}},
            "required": [self.key],
            "additionalProperties": False,
        }

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        named = node[self.key]
        if not isinstance(named, (int, str)) or isinstance(named, bool) or named not in self.offered(workspace):
            raise RuleError(step(path, self.key), self.missing)
        return {self.key: named}

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        if self.offered(workspace):
            yield Choice(self.key, self.label, self.icon, _("Groups of people"))

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        offered = self.offered(workspace)
        options = [Option("", _("Choose")), *(Option(str(name), label) for name, label in offered.items())]
        chosen = "" if node[self.key] is None else str(node[self.key])
        if chosen and chosen not in map(str, offered):
            options.append(Option(chosen, _("(removed)")))
        return [Control("value", "select", self.label, chosen, tuple(options))]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        text = first(parts, "value")
        return {self.key: number(text) if self.names == "integer" else text or None}

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        return f"{self.label}: {self.label_of(node, workspace)}"

    def label_of(self, node: Node, workspace: Workspace) -> str:
        named = node[self.key]
        return self.offered(workspace).get(named if isinstance(named, (int, str)) else None, _("(removed)"))
