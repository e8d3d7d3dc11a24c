"""The word this room adds to the rule language: the person agreed to hear from the business by a channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.consent.mailable import granted_sql, suppressed_sql
from crm.consent.models import CONFIRMATION_DAYS, Channel, Consent
from crm.rules.controls import Choice, Control, Option, Parts, first
from crm.rules.counting import Reach, register_reach
from crm.rules.criteria import Criterion, Node, Sql, register
from crm.rules.faults import RuleError, step
from crm.rules.values import isolated
from crm.workspaces.models import Workspace


class ConsentCriterion(Criterion):
    key: ClassVar = "consent"
    label: ClassVar = gettext_lazy("Agreed to receive")
    icon: ClassVar = "shield-check"
    rank: ClassVar = 30
    never_null: ClassVar = True

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        if not isinstance(node["consent"], str) or node["consent"] not in Channel.values:
            known = ", ".join(Channel.values)
            raise RuleError(step(path, "consent"), _("Consent is one of: %(known)s.") % {"known": known})
        return {"consent": node["consent"]}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return (
            "EXISTS (SELECT 1 FROM crm_consent k WHERE k.contact_id = c.id AND k.workspace_id = %s "
            "AND k.channel = %s AND k.is_current AND k.state = 'granted')",
            [workspace.pk, node["consent"]],
        )

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return [f"consent:{node['consent']}"]

    def found(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql | None:
        return (
            "(SELECT to_jsonb(k.state) FROM crm_consent k WHERE k.contact_id = c.id AND k.workspace_id = %s "
            "AND k.channel = %s AND k.is_current LIMIT 1)",
            [workspace.pk, node["consent"]],
        )

    def found_words(self, node: Node, value: Any, *, workspace: Workspace) -> str:
        return str(dict(Consent.State.choices).get(value, _("was not asked yet")))

    def words(self, node: Node, *, workspace: Workspace) -> str:
        channel = isolated(Channel(node["consent"]).label)
        if node["consent"] == Channel.TRACKING:
            return _("who agreed that their visits are recorded")
        return _("who agreed to receive messages by %(channel)s") % {"channel": channel}

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"consent": {"enum": Channel.values}},
            "required": ["consent"],
            "additionalProperties": False,
        }

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        return f"{self.label}: {dict(Channel.choices).get(str(node['consent']), _('(removed)'))}"

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        yield Choice("consent", self.label, self.icon, _("Contact details"))

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        options = tuple(Option(value, label) for value, label in Channel.choices)
        return [Control("value", "select", self.label, str(node["consent"] or Channel.EMAIL), options)]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        return {"consent": first(parts, "value", Channel.EMAIL)}


class PendingCriterion(ConsentCriterion):
    """Agreed in a form, was asked by mail to confirm, and has not pressed yet."""

    key: ClassVar = "pending_consent"
    label: ClassVar = gettext_lazy("Waits for confirmation")
    icon: ClassVar = "hourglass"
    rank: ClassVar = 31

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        asked = node["pending_consent"]
        if not isinstance(asked, str) or asked not in Channel.values:
            known = ", ".join(Channel.values)
            raise RuleError(step(path, "pending_consent"), _("Consent is one of: %(known)s.") % {"known": known})
        return {"pending_consent": asked}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return (
            "EXISTS (SELECT 1 FROM crm_pendingconsent k WHERE k.contact_id = c.id AND k.workspace_id = %s "
            "AND k.closed_at IS NULL AND k.created_at > %s AND jsonb_exists(k.consents, %s))",
            [workspace.pk, now - timedelta(days=CONFIRMATION_DAYS), node["pending_consent"]],
        )

    def words(self, node: Node, *, workspace: Workspace) -> str:
        channel = isolated(Channel(node["pending_consent"]).label)
        return _("who were asked to confirm %(channel)s and did not press yet") % {"channel": channel}

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"pending_consent": {"enum": Channel.values}},
            "required": ["pending_consent"],
            "additionalProperties": False,
        }

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        channel = dict(Channel.choices).get(str(node["pending_consent"]), _("(removed)"))
        return f"{self.label}: {channel}"

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        yield Choice("pending_consent", self.label, self.icon, _("Contact details"))

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        options = tuple(Option(value, label) for value, label in Channel.choices)
        return [Control("value", "select", self.label, str(node["pending_consent"] or Channel.EMAIL), options)]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        return {"pending_consent": first(parts, "value", Channel.EMAIL)}


def _mailable(workspace: Workspace, channel: Channel, column: str) -> Sql:
    granted, granted_params = granted_sql(channel)
    suppressed, suppressed_params = suppressed_sql(workspace, channel)
    return f"(c.{column} IS NOT NULL AND {granted} AND NOT {suppressed})", [*granted_params, *suppressed_params]


register(ConsentCriterion())
register(PendingCriterion())
register_reach(
    Reach("email", gettext_lazy("%(count)s of them can be mailed"), lambda w: _mailable(w, Channel.EMAIL, "email"))
)
register_reach(
    Reach("sms", gettext_lazy("%(count)s of them can get an SMS"), lambda w: _mailable(w, Channel.SMS, "phone"))
)
