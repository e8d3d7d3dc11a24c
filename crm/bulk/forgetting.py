"""What people were before an act is kept as long as it may be undone; then only the act and its counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.bulk.models import UNDO_DAYS, BulkAct, BulkRow


def forget(now: datetime, *, limit: int = 200_000) -> int:
    """Deletes rows of acts that can be undone no more; returns how many. The next night goes on."""
    old = BulkAct.objects.filter(created_at__lt=now - timedelta(days=UNDO_DAYS)).exclude(status__in=BulkAct.MOVING)
    ids = BulkRow.objects.filter(act__in=old).order_by("pk").values_list("pk", flat=True)[:limit]
    return BulkRow.objects.filter(pk__in=list(ids)).delete()[0]
