"""After 30 days an import cannot be undone, and what it read of people is dropped; its figures stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from crm.imports.models import UNDO_DAYS, Import


def purge(*, now: datetime) -> int:
    """Drops file, rows and effects of what ended, or was left lying, more than 30 days ago; returns how many imports."""
    old = now - timedelta(days=UNDO_DAYS)
    ended = Q(finished_at__lt=old) | Q(finished_at=None, asked_at__lt=old)
    settled = Import.objects.exclude(status__in=Import.WORKING).filter(ended, purged_at=None)
    return sum(_purge(pk, now) for pk in settled.values_list("pk", flat=True))


@transaction.atomic
def _purge(pk: int, now: datetime) -> bool:
    settled = Import.objects.exclude(status__in=Import.WORKING).filter(pk=pk, purged_at=None)
    importing = settled.select_for_update(skip_locked=True).first()
    if importing is None:
        return False
    for rows in (importing.parts, importing.rows, importing.effects):
        rows.all()._raw_delete(rows.db)  # type: ignore[attr-defined]
    importing.purged_at = now
    importing.save(update_fields=["purged_at"])
    return True
