"""One custom field of many: filled in with one value, or emptied."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from crm.bulk import kinds
from crm.bulk.kinds import Done, Impossible, Kind
from crm.bulk.models import BulkAct
from crm.contacts.changing import Change, event_of
from crm.contacts.models import Contact, CustomField
from crm.timeline.recording import record_many

FILL = 'UPDATE crm_contact SET "values" = "values" || %s::jsonb, updated_at = %s WHERE id = ANY(%s)'
EMPTY = 'UPDATE crm_contact SET "values" = "values" - %s::text, updated_at = %s WHERE id = ANY(%s)'


def field_of(act: BulkAct) -> CustomField:
    fields = CustomField.objects.active().filter(workspace_id=act.workspace_id, pk=act.params["field"])
    field = fields.first()
    if field is None:
        raise Impossible(_("The field was archived meanwhile."))
    return field


def apply(act: BulkAct, ids: list[int], now: datetime) -> Done:
    """The value was cleaned by the field's definition at the start; None empties."""
    field, new = field_of(act), act.params.get("value")
    old = {pk: was for pk, was in _values(act, field, ids).items() if not _equal(was, new)}
    _write(field.storage_key, dict.fromkeys(old, new), now)
    _record(act, field, [(pk, was, new) for pk, was in old.items()], now)
    return Done({pk: {"old": was} for pk, was in old.items()})


def undo(act: BulkAct, before: dict[int, Any], now: datetime) -> set[int]:
    """Only where the field still holds what the act wrote."""
    field, new = field_of(act), act.params.get("value")
    still = {pk: before[pk]["old"] for pk, was in _values(act, field, list(before)).items() if _equal(was, new)}
    _write(field.storage_key, still, now)
    _record(act, field, [(pk, new, old) for pk, old in still.items()], now)
    return set(still)


def _values(act: BulkAct, field: CustomField, ids: list[int]) -> dict[int, Any]:
    """What each has now, kept from others until the chunk is over."""
    rows = Contact.objects.filter(workspace_id=act.workspace_id, pk__in=ids, merged_into=None).order_by("pk")
    return dict(rows.select_for_update(no_key=True).values_list("pk", f"values__{field.storage_key}"))


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, type(other))


def _write(key: str, values: dict[int, Any], now: datetime) -> None:
    """One statement for each different value; an act writes one, an undo as many as there were."""
    groups: dict[str, list[int]] = {}
    for pk, value in values.items():
        groups.setdefault(json.dumps(value, ensure_ascii=False), []).append(pk)
    with connection.cursor() as cursor:
        for value, ids in groups.items():
            if value == "null":
                cursor.execute(EMPTY, [key, now, ids])
            else:
                cursor.execute(FILL, [f'{{"{key}": {value}}}', now, ids])


def _record(act: BulkAct, field: CustomField, changes: Iterable[tuple[int, Any, Any]], now: datetime) -> None:
    about = {"actor": act.actor, "occurred_at": now}
    with translation.override(act.workspace.language):
        record_many(
            event_of(Contact(pk=pk, workspace=act.workspace), Change(field.storage_key, old, new), field, about)
            for pk, old, new in changes
        )


kinds.register(BulkAct.Kind.SET, Kind(apply, undo))
kinds.register(BulkAct.Kind.CLEAR, Kind(apply, undo))
