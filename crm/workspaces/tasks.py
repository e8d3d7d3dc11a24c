"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm.workspaces import idempotency


@shared_task
def forget_answers() -> int:
    """Drops the answers kept for Idempotency-Keys of yesterday; the clock rings every hour."""
    return idempotency.forget(timezone.now())
