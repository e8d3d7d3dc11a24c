"""The forms of the beginning: what starts it, who may enter, when the journey has reached its goal, and whether twice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from campaigns.automations import flow, triggers
from campaigns.automations.happening import Happening
from campaigns.automations.models import Automation
from crm.rules import drafting, grammar
from crm.rules.builder import Builder
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.workspaces.models import Workspace

Said = dict[str, Any]
ON = [("event", _("Something happens")), ("date", _("A date on the card comes"))]
WHEN = [("on", _("On the day itself")), ("before", _("Before the day")), ("after", _("After the day"))]
AGAIN = [
    (flow.AFTER, _("Yes, once they have finished the last time")),
    (flow.ONCE, _("No, once in a lifetime")),
    (flow.ALWAYS, _("Yes, every time it happens, even while they are inside")),
]


class TriggerForm(forms.Form):
    """`data` with "redraw" is what was chosen so far. `on` decides which of the two halves there is."""

    def __init__(self, workspace: Workspace, kept: Said, data: QueryDict | None = None) -> None:
        self.workspace, self.kept, self.typed = workspace, kept, data
        self.is_redrawn = data is not None and "redraw" in data
        self.fault = ""
        super().__init__(None if self.is_redrawn else data, auto_id="trigger-%s")
        asked = (data.get("on") if data is not None else None) or kept.get("on") or "event"
        self.on = asked if asked in ("event", "date") else "event"
        self.happening = Happening(workspace, kept, data) if self.on == "event" else None
        if self.on == "date":
            self._ask_date()

    def _ask_date(self) -> None:
        days = self.kept.get("days", 0)
        when = "before" if days < 0 else "after" if days else "on"
        dates = [("", _("Choose a field")), *triggers.date_fields(self.workspace)]
        kept = self.kept if self.kept.get("on") == "date" else {"yearly": True}
        self.fields["field"] = forms.ChoiceField(label=_("Date field"), choices=dates, initial=kept.get("field", ""))
        self.fields["yearly"] = forms.BooleanField(
            label=_("Every year, as a birthday is kept"), required=False, initial=kept.get("yearly")
        )
        self.fields["hebrew"] = forms.BooleanField(
            label=_("By the Hebrew calendar"), required=False, initial=kept.get("hebrew")
        )
        self.fields["when"] = forms.ChoiceField(label=_("When"), choices=WHEN, initial=when)
        self.fields["days"] = forms.IntegerField(
            label=_("Days before or after"), min_value=0, max_value=triggers.MAX_DAYS, required=False, initial=abs(days)
        )
        self.fields["at"] = forms.CharField(
            label=_("At what hour"),
            initial=kept.get("at", "09:00"),
            widget=forms.TimeInput({"type": "time", "dir": "ltr"}),
        )

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return ON

    def said(self) -> Said:
        if self.happening:
            return {"on": "event"} | self.happening.said()
        cleaned = self.cleaned_data
        days = cleaned.get("days") or 0
        signed = {"on": 0, "before": -days, "after": days}[cleaned["when"]]
        found: Said = {name: cleaned[name] for name in ("field", "yearly", "hebrew")}
        return {"on": "date", "days": signed, "at": cleaned["at"][:5], **found}

    def take(self, faults: dict[str, list[str]]) -> None:
        for name, messages in faults.items():
            if name in self.fields:
                self.add_error(name, messages)
            else:
                self.fault = messages[0]


class RuleInput:
    """One rule of a form: the house's builder under that name, and what it says once it is sent."""

    def __init__(self, workspace: Workspace, name: str, kept: Node, data: QueryDict | None = None) -> None:
        self.workspace, self.name = workspace, name
        self.error: RuleError | None = None
        self.tree: Any = kept if data is None else drafting.read_form(data, name, workspace)
        self.rule: Node = {}
        if data is not None:
            self._judge()

    def _judge(self) -> None:
        try:
            self.rule = grammar.clean(drafting.chosen(self.tree), self.workspace)
        except RuleError as error:
            self.error = error

    @property
    def builder(self) -> Builder:
        return Builder(self.workspace, self.tree, name=self.name, compact=True, error=self.error)


class EntryForm(forms.Form):
    again = forms.ChoiceField(label=_("May somebody go through it again?"), choices=AGAIN, widget=forms.RadioSelect)

    def __init__(self, automation: Automation, data: QueryDict | None = None) -> None:
        draft = automation.draft
        super().__init__(data, initial={"again": draft["again"]}, auto_id="entry-%s")
        self.rule = RuleInput(automation.workspace, "entry", draft["rule"], data)
        self.goal = RuleInput(automation.workspace, "goal", draft["goal"], data)

    @property
    def is_whole(self) -> bool:
        return self.is_valid() and not self.rule.error and not self.goal.error


class PathForm(forms.Form):
    """The name of a path, and of a branch the conditions that lead into it."""

    name = forms.CharField(
        label=_("Name of the path"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
    )

    def __init__(self, workspace: Workspace, path: Said, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"name": path["name"]}, auto_id=f"p{path['id']}-%s")
        self.rule = RuleInput(workspace, "path", path["rule"], data) if "rule" in path else None

    @property
    def is_whole(self) -> bool:
        return self.is_valid() and not (self.rule and self.rule.error)
