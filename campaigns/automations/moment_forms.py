"""The settings of waits for a moment: days of the week, a date, a date of the contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from campaigns.automations import triggers
from campaigns.automations.start_forms import WHEN
from campaigns.automations.step_forms import Said, StepForm

FROM_SUNDAY = (6, 0, 1, 2, 3, 4, 5)


class ClockForm(StepForm):
    def ask_hour(self) -> None:
        clock = forms.TimeInput({"type": "time", "dir": "ltr"})
        self.fields["at"] = forms.CharField(label=_("At what hour"), initial=self.step.get("at", "09:00"), widget=clock)


class WeekdayForm(ClockForm):
    def build(self) -> None:
        days = [(str(day), WEEKDAYS[day]) for day in FROM_SUNDAY]
        self.fields["weekdays"] = forms.MultipleChoiceField(
            label=_("Days of the week"),
            choices=days,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            initial=[str(day) for day in self.step.get("weekdays", [])],
        )
        self.ask_hour()

    def said(self) -> Said:
        return {"weekdays": [int(day) for day in self.cleaned_data["weekdays"]], "at": self.cleaned_data["at"][:5]}


class DateForm(ClockForm):
    def build(self) -> None:
        widget = forms.DateInput({"type": "date"})
        self.fields["date"] = forms.CharField(
            label=_("Date"), required=False, initial=self.step.get("date", ""), widget=widget
        )
        self.ask_hour()


class FieldDateForm(ClockForm):
    def build(self) -> None:
        days: int = self.step.get("days", 0)
        choices: list[tuple[str, Any]] = [("", _("Choose a field")), *triggers.date_fields(self.workspace)]
        self.fields["field"] = forms.ChoiceField(
            label=_("Date field"), choices=choices, required=False, initial=self.step.get("field") or ""
        )
        self.fields["yearly"] = forms.BooleanField(
            label=_("Every year, as a birthday is kept"), required=False, initial=self.step.get("yearly")
        )
        when = "before" if days < 0 else "after" if days else "on"
        self.fields["when"] = forms.ChoiceField(label=_("When"), choices=WHEN, initial=when)
        self.fields["days"] = forms.IntegerField(
            label=_("Days before or after"), min_value=0, max_value=triggers.MAX_DAYS, required=False, initial=abs(days)
        )
        self.ask_hour()

    def said(self) -> Said:
        cleaned = self.cleaned_data
        days = {"on": 0, "before": -1, "after": 1}[cleaned["when"]] * (cleaned["days"] or 0)
        found = {"field": cleaned["field"] or None, "yearly": cleaned["yearly"]}
        return found | {"days": days, "at": cleaned["at"][:5]}
