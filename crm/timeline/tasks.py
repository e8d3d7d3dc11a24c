"""Doors for Celery."""

from __future__ import annotations

from celery import shared_task

from crm.timeline import partitions


@shared_task
def prepare_partitions() -> int:
    return partitions.prepare_ahead()
