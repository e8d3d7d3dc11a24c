"""A word of the rule language: a share of everybody, drawn by lot once and for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.rules.controls import Choice, Control, Parts, first, number
from crm.rules.criteria import Criterion, Node, Sql, register
from crm.rules.faults import RuleError, step
from crm.rules.values import isolated
from crm.workspaces.models import Workspace

MAX_SALT = 40
SHARES = 10_000  # hundredths of a per cent


class PercentCriterion(Criterion):
    """The lot is a hash of the contact's number and the name of the draw: the same draw always falls the same, another draw
    falls otherwise, and 10 % of a draw lie within its 20 %."""

    key: ClassVar = "percent"
    label: ClassVar = gettext_lazy("A random share")
    icon: ClassVar = "arrows-split-2"
    rank: ClassVar = 60
    extras: ClassVar = frozenset({"salt"})
    schema: ClassVar = {  # type: ignore[assignment]
        "type": "object",
        "properties": {
            "percent": {"type": "number", "minimum": 0.01, "maximum": 100},
            "salt": {"type": "string", "minLength": 1, "maxLength": MAX_SALT},
        },
        "required": ["percent", "salt"],
        "additionalProperties": False,
    }

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        share = node["percent"]
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0.01 <= share <= 100:
            raise RuleError(step(path, "percent"), _("Write a share from 0.01 to 100 per cent."))
        salt = node.get("salt")
        if not isinstance(salt, str) or not salt.strip() or len(salt) > MAX_SALT:
            raise RuleError(
                step(path, "salt"), _("Give the draw a short name, at most %(count)d characters.") % {"count": MAX_SALT}
            )
        share = round(share, 2)
        return {"percent": int(share) if float(share).is_integer() else share, "salt": salt.strip()}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        lot = "mod(('x' || substr(md5(c.id::text || ':' || %s), 1, 8))::bit(32)::bigint, 10000)"
        return f"({lot} < %s)", [node["salt"], round(node["percent"] * 100)]

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return []

    def words(self, node: Node, *, workspace: Workspace) -> str:
        share = isolated(f"{number_format(node['percent'])}%")
        return _("who are among the %(share)s of the draw %(name)s") % {"share": share, "name": isolated(node["salt"])}

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        share = node["percent"]
        return f"{self.label}: {number_format(share)}%" if isinstance(share, (int, float)) else str(self.label)

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        yield Choice("percent", self.label, self.icon, _("Contact details"))

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        share = "" if node["percent"] is None else str(node["percent"])
        attrs = {"min": "0.01", "max": "100", "step": "any", "inputmode": "decimal"}
        named = {"maxlength": str(MAX_SALT), "dir": "auto", "placeholder": _("Name of the draw")}
        return [
            Control("share", "number", _("Per cent"), share, suffix="%", attrs=attrs),
            Control("salt", "text", _("Name of the draw"), str(node.get("salt") or ""), attrs=named),
        ]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        return {"percent": number(first(parts, "share", "10")), "salt": first(parts, "salt", "1")}


register(PercentCriterion())
