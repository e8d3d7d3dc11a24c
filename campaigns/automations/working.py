"""One round after another: move who is due, read what happened, look at the day, let in who waits at the door.

Whoever is due goes first, so that somebody whose journey is over by now may begin it again with what is read next.
"""

from __future__ import annotations

import time
from datetime import datetime

from django.utils import timezone

from campaigns.automations import days, gathering, moving, triggering


def work(*, until: float) -> bool:
    """Works until `until` on time.monotonic; says whether something was left for lack of time."""
    while round(timezone.now(), until=until):
        if time.monotonic() >= until:
            return True
    return False


def round(now: datetime, *, until: float) -> int:
    """How many events, people and steps were dealt with; 0 when there is nothing to do."""
    moved = moving.move(now, until=until)
    return moved + triggering.follow() + days.let_in(now) + gathering.gather(now)
