"""The form of a custom field: its options are repeated inputs, so that each keeps its id while its words change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.contacts.defining import MOST_OPTIONS, RATINGS, WITH_OPTIONS, define
from crm.contacts.fields import form_field
from crm.contacts.models import CustomField, FieldGroup, FieldType
from crm.workspaces.models import Workspace

BLANK_OPTIONS = 3


class FieldForm(forms.Form):
    label = forms.CharField(label=_("Title of the field"), max_length=100)
    type = forms.ChoiceField(label=_("Type of field"), choices=FieldType.choices, initial=FieldType.TEXT)
    group = forms.CharField(
        label=_("Group of fields"),
        max_length=60,
        required=False,
        help_text=_(
            "A heading on the card and in forms by hand, such as “Personal details”. Choose one, or write a new name."
        ),
        widget=forms.TextInput(attrs={"list": "group-names", "dir": "auto", "autocomplete": "off"}),
    )
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
    required = forms.BooleanField(
        label=_("Must be filled in"),
        required=False,
        help_text=_(
            "In every form, and when a contact is made by hand. An import and the API may still bring people without it."
        ),
    )
    is_sensitive = forms.BooleanField(
        label=_("Sensitive"),
        required=False,
        help_text=_(
            "Hidden everywhere. Whoever may edit can show one answer at a time, and the audit log says who did. It is never a"
            " personal detail in mails and pages."
        ),
    )
    is_filterable = forms.BooleanField(
        label=_("Fast to filter"),
        required=False,
        help_text=_(
            "For fields that many segments ask about. Up to 20,000 contacts it changes nothing, for filtering is quick anyway;"
            " above that an index is built in the background, which makes saving a little slower."
        ),
    )
    own_inputs = ("label", "type", "group", "help_text", "rating_max", "low_label", "high_label")
    traits = ("required", "is_sensitive", "is_filterable")

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
        if field:
            initial |= {"group": field.group.name if field.group else "", "default": field.default}
        if redrawn is not None:
            initial |= {name: redrawn.get(name, initial.get(name)) for name in self.own_inputs if name in redrawn}
            initial |= {name: bool(redrawn.get(name)) for name in self.traits}
            initial |= {"default": redrawn.get("default", "")}
        super().__init__(data, initial=initial)
        self.workspace, self.field = workspace, field
        self.typed_options = _typed(data if data is not None else redrawn)
        self.wants_option = redrawn is not None and redrawn.get("redraw") == "option"
        self.fields["label"].widget.attrs |= {"dir": "auto", "autofocus": True}
        if field:
            self.fields["type"].disabled = True
        if field and field.key == "status":
            del self.fields["is_sensitive"]
        self.fields["default"] = self._default_input()

    def _default_input(self) -> forms.Field:
        """Asked as the field itself would be asked; an option that has no id yet goes by its words."""
        options = [option | {"id": option["id"] or option["label"]} for option in self.options if option["label"]]
        highest = self.data.get("rating_max") or self.initial.get("rating_max") or 5
        imagined = CustomField(
            type=self.chosen_type, options=options, rating_max=int(highest) if str(highest).isdigit() else 5
        )
        words: dict[str, Any] = {
            "label": _now("What a new contact gets"),
            "help_text": _now("When nothing else was said. May stay empty."),
        }
        return form_field(imagined, **words)

    @property
    def groups(self) -> list[FieldGroup]:
        return list(self.workspace.field_groups.all())

    @property
    def chosen_type(self) -> str:
        if self.field:
            return self.field.type
        asked = str(self.data.get("type") or self.initial.get("type") or FieldType.TEXT)
        return asked if asked in FieldType.values else FieldType.TEXT

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
    def checks(self) -> list[forms.BoundField]:
        return [self[name] for name in self.traits if name in self.fields]

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
            said["default"] = self.cleaned_data["default"]
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


class GroupForm(forms.Form):
    """The name of a group; the verb judges it."""

    name = forms.CharField(label=_("Name of the group"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"dir": "auto", "autofocus": True}


class TypeForm(forms.Form):
    """To which type."""

    type = forms.ChoiceField(label=_("The new type"))

    def __init__(self, field: CustomField, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [choice for choice in FieldType.choices if choice[0] != field.type]  # type: ignore[attr-defined]
