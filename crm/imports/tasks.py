"""Doors for the clock and the doorbell. All work is found in the database, so a bell that was not heard costs seconds."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from crm.imports import purging, working


@shared_task(name="crm.imports.tasks.work", expires=30)
def work() -> None:
    """Works on imports for half a minute at most. Rings again while something is left."""
    if working.work(until=time.monotonic() + 30):
        work.delay()


@shared_task(name="crm.imports.tasks.purge")
def purge() -> None:
    purging.purge(now=timezone.now())
