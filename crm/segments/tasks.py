"""Doors for the clock and the doorbell. All work is found in the database, so a bell that was not heard costs seconds."""

from __future__ import annotations

import time

from celery import shared_task

from crm.segments import following, refreshing, sizes

FOLLOW_SECONDS, REFRESH_SECONDS = 5, 20


@shared_task(name="crm.segments.tasks.follow", expires=10)
def follow() -> None:
    """What happened reaches the segments."""
    following.follow_all(until=time.monotonic() + FOLLOW_SECONDS, clock=time.monotonic)


@shared_task(name="crm.segments.tasks.refresh_due", expires=10)
def refresh_due() -> None:
    """Segments whose time has come are worked out anew."""
    refreshing.refresh_due(until=time.monotonic() + REFRESH_SECONDS, clock=time.monotonic)


@shared_task(name="crm.segments.tasks.note_sizes", expires=600)
def note_sizes() -> None:
    sizes.note_all()
