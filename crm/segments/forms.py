from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.rules.builder import Builder
from crm.rules.faults import RuleError
from crm.rules.fields import RuleField
from crm.segments import nesting, saving
from crm.segments.models import Segment
from crm.workspaces.models import Workspace


class SegmentForm(forms.Form):
    """A name and a rule; of a fixed segment the name alone."""

    name = forms.CharField(
        label=_("Name of the segment"), max_length=100, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, *args: Any, workspace: Workspace, segment: Segment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace, self.segment = workspace, segment
        if segment is None or not segment.is_fixed:
            self.fields["rule"] = RuleField(workspace, label=_("Conditions"))

    def clean_name(self) -> str:
        return _first_error(lambda: saving.clean_name(self.workspace, self.cleaned_data["name"], segment=self.segment))

    def clean_rule(self) -> Any:
        rule = self.cleaned_data["rule"]
        try:
            nesting.check(rule, self.workspace, segment=self.segment)
        except RuleError as error:
            self.fields["rule"].widget.error = error  # type: ignore[attr-defined]
            raise
        return rule

    def builder(self) -> Builder | None:
        """What the screen draws; after a refusal, with the faults at their conditions."""
        if "rule" not in self.fields:
            return None
        bound = self["rule"]
        builder: Builder = self.fields["rule"].widget.builder("rule", bound.value())  # type: ignore[attr-defined]
        return builder


def _first_error(verb: Any) -> Any:
    """A field's own error out of the dictionary that a verb raises."""
    try:
        return verb()
    except ValidationError as error:
        raise ValidationError(error.messages) from error
