"""Doors for the clock and the doorbell. All work is found in the database, so a bell that was not heard costs seconds."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from campaigns.mailings import due, ledger


@shared_task(name="campaigns.mailings.tasks.send_due", expires=30)
def send_due() -> None:
    """Prepares and sends what is due, for half a minute at most. Rings again while something is left."""
    if due.work(until=time.monotonic() + 30):
        send_due.delay()


@shared_task(name="campaigns.mailings.tasks.settle_lapsed", expires=30)
def settle_lapsed() -> None:
    ledger.settle_lapsed(now=timezone.now())
