"""Errands that are due: each is claimed by a statement of its own, done, and its answer kept.

Nothing is held open while another system is talked to. A worker that is killed meanwhile leaves a claim that runs out, and the
errand is tried again with the same key. After MINUTES it waits visibly for the owner.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from campaigns.automations import calling, notifying
from campaigns.automations.errand_answers import Failed, GaveUp
from campaigns.automations.models import Errand

log = logging.getLogger(__name__)
MINUTES = (1, 5, 30, 120, 360, 720)  # between tries: most of a day in all
CLAIM = timedelta(minutes=2)
TOGETHER = 100
State = Errand.State
DOERS: dict[str, Callable[[Errand], str]] = {Errand.Kind.NOTIFY: notifying.do, Errand.Kind.WEBHOOK: calling.do}


def work(*, until: float) -> bool:
    """Does what is due, until `until` on time.monotonic; says whether something was left for lack of time."""
    while ids := due(timezone.now()):
        for pk in ids:
            if time.monotonic() >= until:
                return True
            do(pk, timezone.now())
    return False


def due(now: datetime) -> list[int]:
    rows = Errand.objects.filter(state=State.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")
    return list(rows.values_list("pk", flat=True)[:TOGETHER])


def do(pk: int, now: datetime) -> None:
    """One errand, unless a colleague has it."""
    waiting = Errand.objects.filter(pk=pk, state=State.WAITING)
    if not waiting.filter(next_try_at__lte=now).update(tries=F("tries") + 1, next_try_at=now + CLAIM):
        return
    errand = Errand.objects.select_related("workspace", "enrolment__automation").get(pk=pk)
    try:
        answer = DOERS[errand.kind](errand)
    except GaveUp as error:
        waiting.update(state=State.PARKED, answer=str(error)[:200])
    except Exception as error:  # one that fails holds up no other
        if not isinstance(error, Failed):
            log.exception("Errand %s failed", pk)
        _put_off(errand, str(error) if isinstance(error, Failed) else type(error).__name__, now)
    else:
        waiting.update(state=State.DONE, done_at=now, answer=answer[:200], payload={})


def _put_off(errand: Errand, words: str, now: datetime) -> None:
    waiting = Errand.objects.filter(pk=errand.pk, state=State.WAITING)
    if errand.tries > len(MINUTES):
        waiting.update(state=State.PARKED, answer=words[:200])
    else:
        waiting.update(next_try_at=now + timedelta(minutes=MINUTES[errand.tries - 1]), answer=words[:200])
