"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm.contacts import counting, erasing, indexing, suggesting


@shared_task
def empty_bin() -> int:
    """Erases who lay in the bin for 30 days; the clock rings once a night."""
    return erasing.empty_bin(timezone.now())


@shared_task(name="crm.contacts.tasks.settle_indexes", expires=300)
def settle_indexes() -> None:
    """Indexes of filterable fields are built and dropped as the fields say."""
    indexing.settle()


@shared_task
def add_up_counts() -> int:
    """Keeps the rows of the counts of people few; the clock rings once a minute."""
    return counting.add_up(timezone.now())


@shared_task
def search_duplicates() -> int:
    """Looks in every business for pairs who may be one person; the clock rings once a night."""
    return suggesting.search_due()
