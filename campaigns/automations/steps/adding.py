"""Adds to a field: an amount to a number, which may be less than nothing, or a choice to those chosen already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import causes
from campaigns.automations.models import Passage
from campaigns.automations.steps.acting import field_of
from campaigns.automations.steps.base import Batch, Impossible, Outcome, Said, Step, register
from crm.contacts.changing import Change, event_of
from crm.contacts.fields import clean_value, display
from crm.contacts.locking import hold_fields
from crm.contacts.models import Contact, CustomField, FieldType
from crm.rules.values import isolated
from crm.timeline.recording import record_many
from crm.workspaces.models import Workspace

DONE, SAME, REFUSED = Passage.Outcome.DONE, Passage.Outcome.SAME, Passage.Outcome.REFUSED
TYPES = (FieldType.NUMBER, FieldType.CHOICES)
WRITE = """
UPDATE crm_contact c SET "values" = c."values" || jsonb_build_object(%s::text, said.value), updated_at = %s
FROM unnest(%s::bigint[], %s::jsonb[]) AS said(id, value) WHERE c.id = said.id
"""


class AddStep(Step):
    """{"field": "f12", "value": -3}, or {"field": "f14", "value": "o2"} for a choice. An empty number counts as nothing."""

    name: ClassVar = "add"
    label: ClassVar = gettext_lazy("Add to a field")
    icon: ClassVar = "circle-plus"
    group: ClassVar = "contact"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        field = fitting(said.get("field"), workspace)
        if field is None:
            if said.get("field") is not None:
                raise ValidationError({"field": [_("Choose a field of numbers or of several choices.")]})
            return {"field": None, "value": None}
        raw = said.get("value")
        return {"field": field.storage_key, "value": None if raw in (None, "", []) else clean_part(field, raw)}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        field = fitting(step["field"], workspace)
        if field is None:
            return _("Choose a field of numbers or of several choices.")
        if step["value"] is None or not fits(field, step["value"]):
            return _("Say what to add to the field.")
        return ""

    def words(self, step: Said, workspace: Workspace) -> str:
        field = fitting(step["field"], workspace)
        if field is None:
            return str(self.label)
        shown = shown_part(field, step["value"]) if fits(field, step["value"]) else "…"
        return _("Add %(value)s to %(field)s") % {"field": isolated(field.label), "value": isolated(shown)}

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        hold_fields(batch.workspace)
        field = fitting(step["field"], batch.workspace)
        if field is None or not fits(field, step["value"]):
            raise Impossible(_("The field was archived or changed meanwhile."))
        changes: list[tuple[int, Change, str]] = []
        now, told = _values(field, batch), {}
        for one in batch.people:  # the same person may walk it twice at once, and gets both
            old = now.get(one.contact_id)
            new = _sum(field, old, step["value"])
            told[one.pk] = Outcome(REFUSED if new is None else SAME if new == old else DONE)
            if told[one.pk].kind == DONE:
                now[one.contact_id] = new
                actor = causes.actor_of(batch.automation.pk, one.depth)
                changes.append((one.contact_id, Change(field.storage_key, old, new), actor))
        _write(field, batch, {pk: now[pk] for pk, _change, _actor in changes})
        _record(field, batch, changes)
        return told


def fitting(key: Any, workspace: Workspace) -> CustomField | None:
    field = field_of(key, workspace)
    return field if field and field.type in TYPES else None


def clean_part(field: CustomField, raw: Any) -> Any:
    """A number, or the id of one choice."""
    try:
        cleaned = clean_value(field, [raw] if field.type == FieldType.CHOICES else raw)
    except ValidationError as error:
        raise ValidationError({"value": error.messages}) from None
    if field.type != FieldType.CHOICES:
        return cleaned
    return cleaned[0] if cleaned else None


def fits(field: CustomField, part: Any) -> bool:
    try:
        return part is not None and clean_part(field, part) == part
    except ValidationError:
        return False


def shown_part(field: CustomField, part: Any) -> str:
    return display(field, [part] if field.type == FieldType.CHOICES else part)


def _values(field: CustomField, batch: Batch) -> dict[int, Any]:
    """What each has now, kept from others until the end of the transaction."""
    rows = Contact.objects.filter(workspace=batch.workspace, pk__in=batch.contact_ids, merged_into=None).order_by("pk")
    return dict(rows.select_for_update(no_key=True).values_list("pk", f"values__{field.storage_key}"))


def _sum(field: CustomField, old: Any, part: Any) -> Any:
    """The new value; None where the field cannot hold it."""
    new = sorted({*(old or []), part}) if field.type == FieldType.CHOICES else round((old or 0) + part, 10)
    try:
        return clean_value(field, new)
    except ValidationError:
        return None


def _write(field: CustomField, batch: Batch, values: Mapping[int, Any]) -> None:
    if values:
        with connection.cursor() as cursor:
            written = [json.dumps(value, ensure_ascii=False) for value in values.values()]
            cursor.execute(WRITE, [field.storage_key, batch.now, list(values), written])


def _record(field: CustomField, batch: Batch, changes: list[tuple[int, Change, str]]) -> None:
    with translation.override(batch.workspace.language):
        record_many(
            event_of(
                Contact(pk=pk, workspace=batch.workspace), change, field, {"actor": actor, "occurred_at": batch.now}
            )
            for pk, change, actor in changes
        )


register(AddStep())
