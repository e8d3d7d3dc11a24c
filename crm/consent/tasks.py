"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task

from crm.consent import asking, journaling


@shared_task
def send_confirmations() -> int:
    """Sends the confirmation mails that are due."""
    return asking.send_due()


@shared_task
def write_erasures() -> int:
    """Notes in the journal outside the database whom it does not name yet."""
    return journaling.write_due()
