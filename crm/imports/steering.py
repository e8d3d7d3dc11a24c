"""What an owner may do with an import besides planning it. Each verb writes what is wanted; the clock's workers see to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.imports.locking import locked
from crm.imports.models import Import
from crm.workspaces.models import User

Status = Import.Status


def _refuse(words: str) -> ValidationError:
    return ValidationError({"status": [words]}, code="status")


@transaction.atomic
def describe(importing: Import, *, shape: Mapping[str, Any], headers: Sequence[str]) -> Import:
    """How the file is to be read, as found or as overruled; a plan made for another reading is dropped with its rows."""
    importing = locked(importing)
    if not importing.can_be_planned:
        raise _refuse(_("This import was already started."))
    importing.shape, importing.headers, importing.plan = dict(shape), list(headers), {}
    importing.status, importing.tallies, importing.fault = Status.UPLOADED, {}, ""
    importing.rows_read, importing.rows_checked, importing.share_read, importing.read_at = 0, 0, 0, None
    importing.save()
    importing.rows.all().delete()
    return importing


@transaction.atomic
def start(importing: Import, *, by: User | None) -> Import:
    """After the check: `running`. Raises ValidationError {"status"} where there is nothing checked."""
    importing = locked(importing)
    if not importing.can_be_started:
        raise _refuse(_("This import was already started, or it was not checked yet."))
    now = timezone.now()
    importing.status, importing.asked_at, importing.started_at = Status.RUNNING, now, now
    importing.created_by = by or importing.created_by
    importing.save()
    return importing


@transaction.atomic
def stop(importing: Import, *, by: User | None) -> Import:
    """Ends the work after the chunk at hand. A check goes back to the choices; a run can be resumed, or undone."""
    importing = locked(importing)
    if not importing.can_be_stopped:
        raise _refuse(_("There is nothing to stop."))
    if importing.status == Status.CHECKING:
        importing.status = Status.UPLOADED
    else:
        importing.status, importing.finished_at = Status.STOPPED, timezone.now()
    importing.save()
    return importing


@transaction.atomic
def resume(importing: Import, *, by: User | None) -> Import:
    """Goes on where it stopped or failed: no row is read, or applied, twice."""
    importing = locked(importing)
    if not importing.can_be_resumed:
        raise _refuse(_("There is nothing to go on with."))
    importing.status = Status.RUNNING if importing.started_at else Status.CHECKING
    importing.asked_at, importing.finished_at, importing.fault = timezone.now(), None, ""
    importing.save()
    return importing


@transaction.atomic
def undo(importing: Import, *, by: User | None) -> Import:
    """Asks for all of it to be undone: `undoing`, then `undone`. Raises ValidationError {"status"} after 30 days."""
    importing = locked(importing)
    if not importing.can_be_undone:
        raise _refuse(_("This import cannot be undone any more."))
    importing.status, importing.asked_at = Status.UNDOING, timezone.now()
    importing.tallies["undone"] = {}
    importing.save()
    return importing


@transaction.atomic
def discard(importing: Import, *, by: User | None) -> None:
    """Forgets a file that changed nothing. Raises ValidationError {"status"} for one that did."""
    importing = locked(importing)
    if importing.started_at:
        raise _refuse(_("This import was already started."))
    importing.rows.all().delete()
    importing.parts.all().delete()
    importing.delete()
