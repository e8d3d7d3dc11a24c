"""Doors for Celery."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from crm.contacts.erasing import BIN_DAYS
from crm.notes import planning, reminding, writing


@shared_task
def remind() -> int:
    """Reminds of the tasks that are due; the clock rings every minute."""
    return reminding.remind(timezone.now())


@shared_task
def empty_bin() -> int:
    """Deletes for good what was deleted 30 days ago; the clock rings once a night."""
    before = timezone.now() - timedelta(days=BIN_DAYS)
    return writing.empty_bin(before) + planning.empty_bin(before)
