"""The doorbell of the timeline wakes the task that reads it. Nothing depends on it: the clock comes by in any case."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.dispatch import receiver
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from campaigns.automations import tasks
from crm.timeline.recording import event_recorded

QUIET_SECONDS = 1  # one ring in a second, however much happens


@receiver(event_recorded, dispatch_uid="automations follow what happened")
def wake(**_news: Any) -> None:
    with suppress(RedisError, OperationalError):
        if cache.add("automations-doorbell", 1, QUIET_SECONDS):
            tasks.work.apply_async(retry=False)
