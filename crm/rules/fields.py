"""The form field that a rule is edited with. Its value is a clean rule; its data is what the builder's controls say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.rules import drafting
from crm.rules.builder import Builder
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.workspaces.models import Workspace


class RuleWidget(forms.Widget):
    """Draws the builder. Without a browser's controls, the JSON under the field's own name is the rule."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options  # of Builder: live_count, compact
        self.workspace: Workspace
        self.error: RuleError | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Node:
        return drafting.chosen(drafting.read_form(data, name, self.workspace))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string("crm/rules/_builder.html", {"builder": self.builder(name, value)})

    def builder(self, name: str, value: Any) -> Builder:
        return Builder(self.workspace, value, name=name, error=self.error, **self.options)

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class RuleField(forms.Field):
    """`RuleField(workspace)`; options as Builder. Cleans to a rule, `{}` for everybody; a fault is drawn at its condition."""

    widget: RuleWidget

    def __init__(self, workspace: Workspace, *, live_count: bool = True, compact: bool = False, **kwargs: Any) -> None:
        widget = RuleWidget(live_count=live_count, compact=compact)
        widget.workspace = self.workspace = workspace
        super().__init__(required=False, widget=widget, **kwargs)
        self.widget.workspace = workspace

    def clean(self, value: Any) -> Node:
        try:
            return clean(value, self.workspace)
        except RuleError as error:
            self.widget.error = error
            raise

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or {}) != (data or {})
