"""Doors for the clock. Everything is found in the database, so a bell that was not heard costs seconds."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from surveys import opening, settling


@shared_task(expires=30)
def count_waiting() -> int:
    """Anonymous answers are counted by the clock and never by the request that brought them."""
    return opening.count_waiting()


@shared_task(expires=60)
def keep_time() -> int:
    return opening.keep_time(timezone.now())


@shared_task(expires=60)
def count_scores_anew() -> int:
    return settling.work_due()
