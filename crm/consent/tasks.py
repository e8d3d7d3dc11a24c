"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task

from crm.consent import asking


@shared_task
def send_confirmations() -> int:
    """Sends the confirmation mails that are due."""
    return asking.send_due()
