"""The fields every new business begins with, labelled in its language."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.contacts.models import CustomField, FieldType
from crm.workspaces import founding
from crm.workspaces.models import Workspace

MALE, FEMALE, OTHER = "o1", "o2", "o3"
GENDERS = [gettext_noop("Male"), gettext_noop("Female"), gettext_noop("Other")]
AREAS = [
    gettext_noop("North"),
    gettext_noop("Haifa"),
    gettext_noop("Sharon"),
    gettext_noop("Centre"),
    gettext_noop("Jerusalem"),
    gettext_noop("South"),
]
EDUCATION = [gettext_noop("High school"), gettext_noop("Vocational"), gettext_noop("Academic")]
STATUSES = [
    gettext_noop("Lead"),
    gettext_noop("In talks"),
    gettext_noop("Met"),
    gettext_noop("Quoted"),
    gettext_noop("Customer"),
]
FIELDS: list[tuple[str, str, str, list[str]]] = [
    ("status", gettext_noop("Status"), FieldType.CHOICE, STATUSES),
    ("gender", gettext_noop("Gender"), FieldType.CHOICE, GENDERS),
    ("birth_date", gettext_noop("Birth date"), FieldType.DATE, []),
    ("area", gettext_noop("Area"), FieldType.CHOICE, AREAS),
    ("education", gettext_noop("Education"), FieldType.CHOICE, EDUCATION),
    ("hobbies", gettext_noop("Hobbies"), FieldType.TEXT, []),
]


def make_starter_fields(workspace: Workspace) -> list[CustomField]:
    """Makes those of the six that are missing; returns all of them, by `key`: status, gender, birth_date, area, education,
    hobbies. Options are o1, o2... in the order above; gender: o1 male, o2 female, o3 other."""
    had = {field.key: field for field in workspace.custom_fields.exclude(key=None)}
    with translation.override(workspace.language):
        made = [
            CustomField(
                workspace=workspace, key=key, label=_(label), type=type, options=_options(labels), position=place
            )
            for place, (key, label, type, labels) in enumerate(FIELDS)
            if key not in had
        ]
        CustomField.objects.bulk_create(made)
    return sorted([*had.values(), *made], key=lambda field: field.position)


def _options(labels: list[str]) -> list[dict[str, str]]:
    return [{"id": f"o{number}", "label": _(label)} for number, label in enumerate(labels, start=1)]


founding.register("starter fields", make_starter_fields)
