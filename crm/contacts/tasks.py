"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm.contacts import erasing, suggesting


@shared_task
def empty_bin() -> int:
    """Erases who lay in the bin for 30 days; the clock rings once a night."""
    return erasing.empty_bin(timezone.now())


@shared_task
def search_duplicates() -> int:
    """Looks in every business for pairs who may be one person; the clock rings once a night."""
    return suggesting.search_due()
