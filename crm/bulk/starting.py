"""Starting, stopping, undoing and resuming an act: the verbs that screens and REST share. The clock does the rest."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.bulk.models import BulkAct, BulkRow
from crm.bulk.selecting import Whom, last_contact
from crm.contacts.fields import clean_value
from crm.contacts.models import CustomField, List, Tag
from crm.contacts.subscribing import tag_named
from crm.workspaces.models import User, Workspace

Kind, Status = BulkAct.Kind, BulkAct.Status


@transaction.atomic
def start(whom: Whom, kind: str, params: dict[str, Any], *, actor: str, by: User | None = None) -> BulkAct:
    """Writes the act down; a selection becomes its rows here, a search is gathered by the clock.

    `params`: {"tag": name}, {"list": id}, {"field": id, "value": raw}. Raises ValidationError with a dict.
    """
    if whom.are_binned != (kind == Kind.RESTORE):
        raise ValidationError({"kind": [_("People in the bin can only be restored.")]})
    meant = _meant(whom.workspace, kind, params)
    act = BulkAct(workspace=whom.workspace, kind=kind, params=meant, whom=whom.memo, actor=actor, created_by=by)
    if whom.state is None:
        act.status, act.total, act.expected = Status.RUNNING, len(whom.ids), len(whom.ids)
    else:
        act.frozen_until = last_contact(whom.workspace)
        act.expected = whom.count
    act.save()
    rows = (BulkRow(workspace=whom.workspace, act=act, contact_id=pk) for pk in whom.ids)
    BulkRow.objects.bulk_create(rows, batch_size=2000)
    return act


def _meant(workspace: Workspace, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    if kind == Kind.TAG:
        return _tag(_named("tag", lambda: tag_named(workspace, params.get("tag") or "")))
    if kind == Kind.UNTAG:
        return _tag(_found("tag", workspace.tags.filter(name__iexact=str(params.get("tag") or ""))))
    if kind in (Kind.JOIN, Kind.LEAVE):
        row: List = _found("list", workspace.lists.filter(deleted_at=None, pk=params.get("list") or 0))
        return {"list": row.pk, "label": row.name}
    if kind in (Kind.SET, Kind.CLEAR):
        return _field(workspace, kind, params)
    return {}


def _tag(tag: Tag) -> dict[str, Any]:
    return {"tag": tag.pk, "label": tag.name}


def _field(workspace: Workspace, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    field: CustomField = _found("field", workspace.custom_fields.active().filter(pk=params.get("field") or 0))
    said = {"field": field.pk, "label": field.label}
    if kind == Kind.CLEAR:
        return said
    value = _named("value", lambda: clean_value(field, params.get("value")))
    if value is None:
        raise ValidationError({"value": [_("Write a value, or choose to empty the field.")]})
    return said | {"value": value}


def _named(key: str, clean: Any) -> Any:
    try:
        return clean()
    except ValidationError as error:
        raise ValidationError({key: error.messages}) from error


def _found(key: str, rows: Any) -> Any:
    found = rows.first()
    if found is None:
        words = {"tag": _("There is no such tag."), "list": _("There is no such list.")}
        raise ValidationError({key: [words.get(key, _("There is no such field."))]})
    return found


def stop(act: BulkAct) -> bool:
    """What was done stays, and may be undone; returns whether it was still going."""
    going = BulkAct.objects.filter(pk=act.pk, status__in=(Status.WAITING, Status.RUNNING))
    return bool(going.update(status=Status.STOPPED, finished_at=timezone.now()))


def undo(act: BulkAct) -> bool:
    """Has the clock take back what the act changed; returns whether it may be undone, which is so once and for 30 days."""
    if not act.may_undo:
        return False
    over = BulkAct.objects.filter(pk=act.pk, status=act.status, undo_asked_at=None)
    return bool(
        over.update(status=Status.UNDOING, undo_asked_at=timezone.now(), finished_at=None, failures=0, trouble="")
    )


def resume(act: BulkAct) -> bool:
    """Another try of an act that failed, from where it stood."""
    going = Status.UNDOING if act.is_undo else Status.RUNNING if _is_gathered(act) else Status.WAITING
    failed = BulkAct.objects.filter(pk=act.pk, status=Status.FAILED)
    return bool(failed.update(status=going, failures=0, trouble="", finished_at=None))


def _is_gathered(act: BulkAct) -> bool:
    return "state" not in act.whom or bool(act.settled)
