"""The form of a step's settings, one class for each kind that has settings; the kind's own `clean` judges what was chosen.

form = form_of(step, workspace, request.POST)      form.said() -> the settings; form.take(error) shows what was wrong
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.automations.happening import Happening
from campaigns.automations.steps.acting import field_of
from campaigns.automations.steps.adding import TYPES, fitting
from crm.contacts.fields import form_field
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.models import Workspace

Said = dict[str, Any]
UNITS = [("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days")), ("weeks", _("weeks"))]


class StepForm(forms.Form):
    """`data` with "redraw" is what was chosen so far: the form is drawn again to fit it, and nothing is judged."""

    redraws: tuple[str, ...] = ()  # fields whose change gives the form others
    optional: tuple[str, ...] = ()  # a draft may lack any setting; a step is ready without these only
    happening: Happening | None = None

    def __init__(self, step: Said, workspace: Workspace, data: QueryDict | None = None) -> None:
        self.step, self.workspace, self.typed = step, workspace, data
        self.is_redrawn = data is not None and "redraw" in data
        super().__init__(None if self.is_redrawn else data, auto_id=f"s{step['id']}-%s")
        self.build()
        for name, field in self.fields.items():
            field.is_needed = name not in self.optional  # type: ignore[attr-defined]
        for name in self.redraws:
            if name in self.fields:
                self.fields[name].widget.attrs["data-redraws"] = ""

    def build(self) -> None:
        """Adds the fields."""

    def said(self) -> Said:
        """The settings, once the form is valid."""
        return dict(self.cleaned_data)

    def chosen(self, name: str) -> Any:
        """What was chosen so far, or is kept."""
        return self.typed.get(name) if self.typed is not None and name in self.typed else self.step.get(name)

    def take(self, faults: dict[str, list[str]]) -> None:
        for name, messages in faults.items():
            self.add_error(name if name in self.fields else None, messages)


class TagForm(StepForm):
    def build(self) -> None:
        widget = forms.TextInput({"dir": "auto", "autocomplete": "off", "list": "tags-known"})
        initial = self.chosen("tag") or ""
        self.fields["tag"] = forms.CharField(
            label=_("Tag"), max_length=100, required=False, initial=initial, widget=widget
        )

    @property
    def known_tags(self) -> Iterable[str]:
        return self.workspace.tags.values_list("name", flat=True)[:200]


class ListForm(StepForm):
    def build(self) -> None:
        lists = self.workspace.lists.filter(deleted_at=None).values_list("pk", "name")
        self.fields["list"] = choice(_("List"), lists, self.chosen("list"), empty=_("Choose a list"))

    def said(self) -> Said:
        return {"list": whole_or_none(self.cleaned_data["list"])}


class FieldForm(StepForm):
    def build(self) -> None:
        fields = self.workspace.custom_fields.active()
        choices = [(field.storage_key, field.label) for field in fields]
        self.fields["field"] = choice(_("Field"), choices, self.chosen("field"), empty=_("Choose a field"))

    def said(self) -> Said:
        return {"field": self.cleaned_data["field"] or None}


class SetForm(FieldForm):
    redraws = ("field",)

    def build(self) -> None:
        super().build()
        self.custom = field_of(self.chosen("field"), self.workspace)
        if self.custom:
            kept = self.step.get("value") if self.step.get("field") == self.custom.storage_key else None
            self.fields["value"] = form_field(self.custom, label=gettext("Value"), required=False)
            self.fields["value"].initial = kept

    def said(self) -> Said:
        return super().said() | {"value": self.cleaned_data.get("value")}


class AddForm(StepForm):
    """A number to add, or one choice."""

    redraws = ("field",)

    def build(self) -> None:
        fields = self.workspace.custom_fields.active().filter(type__in=TYPES)
        choices = [(field.storage_key, field.label) for field in fields]
        self.fields["field"] = choice(_("Field"), choices, self.chosen("field"), empty=_("Choose a field"))
        self.custom = fitting(self.chosen("field"), self.workspace)
        if self.custom:
            kept = self.step.get("value") if self.step.get("field") == self.custom.storage_key else None
            self.fields["value"] = self._value(self.custom, kept)

    def _value(self, custom: CustomField, kept: Any) -> forms.Field:
        if custom.type == FieldType.CHOICES:
            options = [(row["id"], row["label"]) for row in custom.options]
            return choice(_("What to add"), options, kept, empty=_("Choose"))
        return forms.FloatField(label=_("What to add"), required=False, initial=kept)

    def said(self) -> Said:
        return {"field": self.cleaned_data["field"] or None, "value": self.cleaned_data.get("value")}


class SpanForm(StepForm):
    def build(self) -> None:
        self.fields["amount"] = forms.IntegerField(label=_("How long"), min_value=1, initial=self.chosen("amount") or 1)
        self.fields["unit"] = choice(_("Unit of time"), UNITS, self.chosen("unit") or "days")


class HopeForm(SpanForm):
    """What is waited for, and how long at most."""

    def build(self) -> None:
        self.happening = Happening(self.workspace, self.step, self.typed)
        super().build()
        self.fields["amount"].label = _("Wait at most")

    def said(self) -> Said:
        asked = self.happening.said() if self.happening else {}
        return {"event": "", "subject": None, "part": None} | asked | super().said()


class SplitForm(StepForm):
    def build(self) -> None:
        for number, path in enumerate(self.step["paths"], 1):
            label = path["name"] or gettext("Path %(number)s") % {"number": number}
            field = forms.IntegerField(label=label, min_value=0, max_value=100, initial=path["percent"])
            self.fields[f"percent-{path['id']}"] = field

    def said(self) -> Said:
        paths = [path | {"percent": self.cleaned_data[f"percent-{path['id']}"]} for path in self.step["paths"]]
        return {"paths": paths}


def faults_of(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"": list(error.messages)}


def choice(label: Any, choices: Iterable[tuple[Any, Any]], chosen: Any, *, empty: Any = None) -> forms.ChoiceField:
    """A menu; what is chosen and not offered any more is not chosen."""
    offered = [(str(value), words) for value, words in choices]
    blank = [("", empty)] if empty is not None else []
    return forms.ChoiceField(
        label=label, choices=[*blank, *offered], required=empty is None, initial="" if chosen is None else str(chosen)
    )


def whole_or_none(text: str) -> int | None:
    return int(text) if text else None
