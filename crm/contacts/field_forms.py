"""The form of a custom field: its options are repeated inputs, so that each keeps its id while its words change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.contacts.defining import MOST_OPTIONS, RATINGS, WITH_OPTIONS, define
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.models import Workspace

BLANK_OPTIONS = 3


class FieldForm(forms.Form):
    label = forms.CharField(label=_("Title of the field"), max_length=100)
    type = forms.ChoiceField(label=_("Type of field"), choices=FieldType.choices, initial=FieldType.TEXT)
    help_text = forms.CharField(
        label=_("Explanation"), max_length=200, required=False, help_text=_("Shown under the field in forms.")
    )
    rating_max = forms.TypedChoiceField(
        label=_("Highest rating"),
        choices=[(n, n) for n in RATINGS],
        coerce=int,
        initial=5,
        required=False,
        empty_value=None,
    )
    low_label = forms.CharField(label=_("Words for the lowest rating"), max_length=60, required=False)
    high_label = forms.CharField(label=_("Words for the highest rating"), max_length=60, required=False)

    def __init__(
        self,
        workspace: Workspace,
        data: QueryDict | None = None,
        *,
        field: CustomField | None = None,
        redrawn: QueryDict | None = None,
    ) -> None:
        """`redrawn` is what was typed so far: the form is drawn again for another type, without judging it."""
        initial = {name: getattr(field, name) for name in self.base_fields} if field else {}
        if redrawn is not None:
            initial |= {name: redrawn.get(name, initial.get(name)) for name in self.base_fields if name in redrawn}
        super().__init__(data, initial=initial)
        self.workspace, self.field = workspace, field
        self.typed_options = _typed(data if data is not None else redrawn)
        self.wants_option = redrawn is not None and redrawn.get("redraw") == "option"
        self.fields["label"].widget.attrs |= {"dir": "auto", "autofocus": True}
        if field:
            self.fields["type"].disabled = True
            self.fields["type"].help_text = _("The type stays, so that answers already given keep their meaning.")

    @property
    def chosen_type(self) -> str:
        if self.field:
            return self.field.type
        return str(self.data.get("type") or self.initial.get("type") or FieldType.TEXT)

    @property
    def has_options(self) -> bool:
        return self.chosen_type in WITH_OPTIONS

    @property
    def has_rating(self) -> bool:
        return self.chosen_type == FieldType.RATING

    @property
    def rating_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("rating_max", "low_label", "high_label")]

    @property
    def options(self) -> list[dict[str, str]]:
        """The rows to draw: what was typed or is kept, and a few blank ones."""
        if self.wants_option:
            return [*self.typed_options, {"id": "", "label": ""}][:MOST_OPTIONS]
        known = self.typed_options or [dict(option) for option in (self.field.options if self.field else [])]
        filled = [option for option in known if option["label"] or option["id"]]
        blank = max(BLANK_OPTIONS - len(filled), 1) if not self.field else 1
        return [*filled, *({"id": "", "label": ""} for _row in range(blank))][:MOST_OPTIONS]

    @property
    def option_errors(self) -> list[str]:
        return getattr(self, "_option_errors", [])

    def save(self) -> CustomField | None:
        """The saved field; None when the form or the verb found a fault, which the form then shows."""
        if not self.is_valid():
            return None
        try:
            said = {name: value for name, value in self.cleaned_data.items() if value is not None}
            return define(self.workspace, field=self.field, said=said, options=self.typed_options)
        except ValidationError as error:
            for key, messages in error.message_dict.items():
                if key == "options":
                    self._option_errors = messages
                else:
                    self.add_error(key if key in self.fields else None, messages)
            return None


def _typed(data: Any) -> list[dict[str, str]]:
    if data is None:
        return []
    labels, ids = data.getlist("option_label"), data.getlist("option_id")
    ids += [""] * (len(labels) - len(ids))
    return [{"id": identifier, "label": label} for identifier, label in zip(ids, labels, strict=False)][
        : MOST_OPTIONS + 1
    ]
