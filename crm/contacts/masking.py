"""Sensitive fields: their answers are hidden until a member who may edit asks to see one, which the audit log keeps.

What leaves no trace shows no answer: lists, leads, the timeline, personal details in mails and pages, previews.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from crm.contacts.fields import display
from crm.contacts.models import CustomField
from crm.workspaces.models import Workspace

MASK = "•••••"
FORGET = """
UPDATE crm_event SET properties = (properties - 'old' - 'new' - 'shown') || '{"hidden": true}'
WHERE workspace_id = %s AND kind = 'field.changed' AND subject_type = 'field' AND subject_id = %s
"""


def shown(field: CustomField, value: Any) -> str:
    """As `fields.display`; an answer of a sensitive field only says that there is one."""
    return MASK if field.is_sensitive and value is not None else display(field, value)


def sensitive_keys(workspace: Workspace) -> frozenset[str]:
    """{"f12"}: archived ones too, for their answers are still kept."""
    pks = workspace.custom_fields.filter(is_sensitive=True).values_list("pk", flat=True)
    return frozenset(f"f{pk}" for pk in pks)


def without(values: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


def forget_told(field: CustomField) -> None:
    """A field that becomes sensitive: what the timeline told of its answers is taken out of it. The changes stay, untold."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [field.workspace_id, field.pk])
