"""What the clock's workers do: take the import that waits longest, and read, compare, apply or undo as far as time allows."""

from __future__ import annotations

import logging
import time

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.imports import applying, checking, leasing, staging, undoing
from crm.imports.models import Import

log = logging.getLogger(__name__)
Status = Import.Status


def work(*, until: float) -> bool:
    """Works until `until` on the clock of time.monotonic; says whether something was left for lack of time."""
    while time.monotonic() < until:
        importing = leasing.claim()
        if importing is None:
            return False
        try:
            with translation.override(importing.workspace.language):
                _turn(importing, until)
        except leasing.Lost:
            continue
        finally:
            leasing.release(importing)
    return Import.objects.waiting().exists()


def _turn(importing: Import, until: float) -> None:
    try:
        if importing.status == Status.CHECKING:
            if importing.read_at or staging.stage(importing, until=until):
                checking.check(importing)
        elif importing.status == Status.RUNNING:
            applying.run(importing, until=until)
        else:
            undoing.run(importing, until=until)
    except (leasing.Lost, OperationalError):
        raise  # the next tick of the clock tries again
    except ValidationError as error:
        _fail(importing, " ".join(error.messages))
    except Exception:
        log.exception("Import %s failed", importing.pk)
        _fail(importing, _("Something unexpected happened. Nothing is half done; try to go on, or undo."))


def _fail(importing: Import, words: str) -> None:
    with leasing.holding(importing) as fresh:
        fresh.status, fresh.fault, fresh.finished_at = Status.FAILED, words, timezone.now()
        fresh.save(update_fields=["status", "fault", "finished_at"])
