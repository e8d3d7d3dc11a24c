"""The words this room adds to the rule language: who brought friends, and whom a friend brought."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.rules.controls import Choice, Control, Parts
from crm.rules.criteria import Criterion, Node, Sql, register
from crm.rules.faults import RuleError, Text, step
from crm.timeline import criteria as happened
from crm.workspaces.models import Workspace

KINDS = {"brought": "referral.credited", "was_brought": "referral.joined"}
LABELS: dict[str, Text] = {
    "brought": gettext_lazy("Brought friends"),
    "was_brought": gettext_lazy("Was brought by a friend"),
}
ICONS = {"brought": "user-heart", "was_brought": "heart-handshake"}


class ReferralCriterion(Criterion):
    """Says of referrals what the activity behind them says; only how often and when may be asked beside."""

    key: ClassVar = "referral"
    label: ClassVar = gettext_lazy("Friends")
    icon: ClassVar = "user-heart"
    rank: ClassVar = 45
    extras: ClassVar = frozenset({"within_days", "times"})
    never_null: ClassVar = True

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        which = node["referral"]
        if not isinstance(which, str) or which not in KINDS:
            known = ", ".join(KINDS)
            raise RuleError(step(path, "referral"), _("“referral” is one of: %(known)s.") % {"known": known})
        cleaned = happened.CRITERION.clean(self._event(node), workspace=workspace, path=path)
        return {"referral": which} | {key: value for key, value in cleaned.items() if key != "event"}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return happened.CRITERION.sql(self._event(node), workspace=workspace, now=now)

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return happened.CRITERION.mentions(self._event(node), workspace=workspace)

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        return happened.CRITERION.found(self._event(node), workspace=workspace, now=now)

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        return happened.CRITERION.found_words(self._event(node), value, workspace=workspace)

    def words(self, node: Node, *, workspace: Workspace) -> str:
        said = _("whom a friend brought") if node["referral"] == "was_brought" else _("who brought friends")
        return said + happened.how_often(node)

    @property
    def schema(self) -> dict[str, Any]:
        shared = happened.CRITERION.schema["properties"]
        return {
            "type": "object",
            "properties": {"referral": {"enum": list(KINDS)}, **{key: shared[key] for key in sorted(self.extras)}},
            "required": ["referral"],
            "additionalProperties": False,
        }

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        for which, label in LABELS.items():
            yield Choice(f"referral:{which}", label, ICONS[which], _("What they did"))

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        return str(LABELS.get(str(node["referral"]), _("(removed)")))

    def what(self, node: Node) -> str:
        return f"referral:{node['referral']}"

    def icon_of(self, node: Node, *, workspace: Workspace) -> str:
        return ICONS.get(str(node["referral"]), self.icon)

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        if not isinstance(node["referral"], str) or node["referral"] not in KINDS:
            return []
        asked = happened.CRITERION.controls(self._event(node), workspace=workspace)
        shown = ("period", "times_op", "times") if node["referral"] == "brought" else ("period",)
        return [control for control in asked if control.name in shown]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        drafted = happened.CRITERION.draft("", parts, workspace=workspace)
        return {"referral": argument} | {key: value for key, value in drafted.items() if key in self.extras}

    def _event(self, node: Node) -> Node:
        return {"event": KINDS[node["referral"]]} | {key: node[key] for key in self.extras & node.keys()}


register(ReferralCriterion())
