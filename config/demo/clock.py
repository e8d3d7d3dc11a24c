"""The demo's half year: when things happened, as people behave, ending now."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from config.demo.story import DAYS

HOURS = (6, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 22, 23)
ZONE = ZoneInfo("Asia/Jerusalem")


class Clock:
    def __init__(self, random: Random, now: datetime) -> None:
        self.random, self.now = random, now
        self.start = now - timedelta(days=DAYS)

    def moment(self, *, after: datetime | None = None, before: datetime | None = None) -> datetime:
        """A waking hour on a day between the two, a little oftener towards the end; never in the future."""
        first, last = after or self.start, before or self.now
        whole = (last - first).total_seconds()
        day = (first + timedelta(seconds=whole * self.random.random() ** 0.9)).astimezone(ZONE)
        at = day.replace(
            hour=self.random.choice(HOURS), minute=self.random.randrange(60), second=self.random.randrange(60)
        )
        return min(max(at, first), last - timedelta(seconds=self.random.randrange(1, 600)))

    def soon(self, at: datetime, *, hours: float) -> datetime:
        """After `at`, usually well within the hours, never in the future."""
        later = at + timedelta(hours=self.random.expovariate(3 / hours))
        return min(later, self.now - timedelta(seconds=self.random.randrange(1, 60)))

    def evening(self, *, weekday: int, hour: int, minute: int, days_ago: int) -> datetime:
        """The latest such weekday (Monday is 0) at least `days_ago` days ago."""
        day = (self.now - timedelta(days=days_ago)).astimezone(ZONE)
        day -= timedelta(days=(day.weekday() - weekday) % 7)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
