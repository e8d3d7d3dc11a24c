"""Doors for the clock and the doorbell. All work is found in the database, so a bell that was not heard costs seconds."""

from __future__ import annotations

import time

from celery import shared_task

from campaigns.automations import doing, working


@shared_task(name="campaigns.automations.tasks.work", expires=30)
def work() -> None:
    """Goes on with all automations for half a minute at most. Rings again while something is left."""
    if working.work(until=time.monotonic() + 30):
        work.delay()


@shared_task(name="campaigns.automations.tasks.run_errands", expires=30)
def run_errands() -> None:
    """Mails to members and calls to other systems, for half a minute at most. Rings again while something is left."""
    if doing.work(until=time.monotonic() + 30):
        run_errands.delay()
