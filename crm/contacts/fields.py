"""Custom fields for everyone who asks: clean a value, ask for it in a form, show it, describe it to a machine.

A value as stored: text str; number int or float; date "YYYY-MM-DD"; yes/no bool; single choice the id of an option ("o1");
multiple choice a sorted list of ids; rating int; link str. None means not filled in and is not stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.contacts.field_types import DEFINITIONS
from crm.contacts.identity import one_line
from crm.contacts.models import CustomField
from crm.workspaces.models import Workspace


def clean_value(field: CustomField, raw: Any) -> Any:
    """The value as stored, or None. Raises ValidationError that says what to write."""
    return None if raw is None else DEFINITIONS[field.type].clean(field, raw)


Fields = Mapping[str, CustomField]  # active ones by storage key


def clean_values(workspace: Workspace, raw: Mapping[Any, Any], *, fields: Fields | None = None) -> dict[str, Any]:
    """{"f12": value or None} from a mapping keyed 12, "12" or "f12".

    Raises ValidationError with a dict: {"f12": [what to write], ...}; unknown, foreign and archived fields are refused.
    `fields` spares whoever cleans many the question which there are.
    """
    if not raw:
        return {}
    if fields is None:
        fields = fields_of(workspace)
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for given, value in raw.items():
        key = f"f{given}" if str(given).isdecimal() else one_line(given)[:40]
        try:
            values[key] = clean_value(_known(fields, key), value)
        except ValidationError as error:
            errors[key] = error.messages
    if errors:
        raise ValidationError(errors)
    return values


def fields_of(workspace: Workspace) -> dict[str, CustomField]:
    return {field.storage_key: field for field in workspace.custom_fields.active()}


def defaults_of(workspace: Workspace) -> dict[str, Any]:
    """{"f12": value as stored}: what a new contact gets where nothing was said."""
    given = workspace.custom_fields.active().filter(default__isnull=False).values_list("pk", "default")
    return {f"f{pk}": value for pk, value in given if value is not None}


def _known(fields: Fields, key: str) -> CustomField:
    if key not in fields:
        raise ValidationError(_("There is no such field."), code="unknown")
    return fields[key]


def display(field: CustomField, value: Any) -> str:
    """The value in words of the active language; "" for None."""
    return "" if value is None else DEFINITIONS[field.type].display(field, value)


def serializer_schema(field: CustomField) -> dict[str, Any]:
    """JSON schema of a stored value."""
    return DEFINITIONS[field.type].schema(field) | {"title": field.label}


class ValueField(forms.Field):
    """A form field whose cleaned value is the stored one, whatever the type."""

    def __init__(self, field: CustomField, *, required: bool = False, **kwargs: Any) -> None:
        definition = DEFINITIONS[field.type]
        explained = escape(field.help_text)  # templates take a help text as markup
        options: dict[str, Any] = {
            "label": field.label,
            "help_text": explained,
            "widget": definition.widget(field),
        } | kwargs
        super().__init__(required=required, **options)
        self.custom_field = field

    def clean(self, value: Any) -> Any:
        cleaned = clean_value(self.custom_field, value)
        if cleaned is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return cleaned

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(clean_value(self.custom_field, data) != initial)
        except ValidationError:
            return True

    def prepare_value(self, value: Any) -> Any:
        return DEFINITIONS[self.custom_field.type].prepare(self.custom_field, value)


def form_field(field: CustomField, *, required: bool = False, **kwargs: Any) -> ValueField:
    """A form field under the field's own label; `kwargs` go to forms.Field, for instance another label."""
    return ValueField(field, required=required, **kwargs)
