"""What an act needs to know beside whom it is about: a tag, a list, a field and its value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.bulk import describing
from crm.bulk.models import BulkAct
from crm.bulk.selecting import Whom
from crm.contacts.fields import form_field
from crm.contacts.models import CustomField, List
from crm.contacts.subscribing import TAG_LENGTH
from crm.workspaces.http import whole

Kind = BulkAct.Kind


class ActForm(forms.Form):
    """`asked` is judged when it was posted; otherwise it fills the form in."""

    def __init__(self, whom: Whom, kind: str, asked: QueryDict, *, is_posted: bool) -> None:
        initial = {name: asked.get(name) for name in ("tag", "list", "field") if asked.get(name)}
        super().__init__(asked if is_posted else None, initial=initial)
        self.whom, self.kind, self.asked = whom, kind, asked
        self.custom: CustomField | None = None
        if kind in (Kind.TAG, Kind.UNTAG):
            self._ask_tag()
        elif kind in (Kind.JOIN, Kind.LEAVE):
            self._ask_list()
        elif kind in (Kind.SET, Kind.CLEAR):
            self._ask_field()

    def _ask_tag(self) -> None:
        if self.kind == Kind.TAG:
            widget = forms.TextInput({"dir": "auto", "autocomplete": "off", "list": "act-tags", "autofocus": True})
            self.fields["tag"] = forms.CharField(label=_("Tag"), max_length=TAG_LENGTH, widget=widget)
            return
        names = self.whom.workspace.tags.values_list("name", flat=True)
        choices = [("", _("Choose a tag")), *((name, name) for name in names)]
        self.fields["tag"] = forms.ChoiceField(label=_("Tag"), choices=choices)

    def _ask_list(self) -> None:
        lists = List.objects.filter(workspace=self.whom.workspace, deleted_at=None)
        self.fields["list"] = forms.ModelChoiceField(lists, label=_("List"), empty_label=_("Choose a list"))

    def _ask_field(self) -> None:
        fields = self.whom.workspace.custom_fields.active()
        self.fields["field"] = forms.ModelChoiceField(fields, label=_("Field"), empty_label=_("Choose a field"))
        chosen = whole(self.asked.get("field"))
        self.custom = fields.filter(pk=chosen).first() if chosen else None
        if self.kind == Kind.SET and self.custom:
            self.fields["value"] = form_field(self.custom, label=_("Value"), required=True)

    @property
    def redraws(self) -> bool:
        """Whether choosing a field asks for the form again, with an input that fits it."""
        return self.kind == Kind.SET

    @property
    def is_ready(self) -> bool:
        return not self.redraws or self.custom is not None

    @property
    def tags(self) -> Any:
        return self.whom.workspace.tags.values_list("name", flat=True)[:500]

    @property
    def params(self) -> dict[str, Any]:
        """What `starting.start` takes."""
        said = {name: self.cleaned_data[name] for name in ("tag", "value") if name in self.cleaned_data}
        chosen = {name: self.cleaned_data[name].pk for name in ("list", "field") if self.cleaned_data.get(name)}
        return said | chosen

    @property
    def title(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def button(self) -> str:
        return describing.button_of(self.kind, self.whom.count)

    def take_errors(self, error: ValidationError) -> None:
        for key, messages in error.message_dict.items():
            self.add_error(key if key in self.fields else None, messages)
