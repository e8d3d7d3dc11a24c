"""When businesses in Israel rest: Shabbat and the holidays on which no work is done.

Rest begins before sunset on the eve, as candles are lit, and ends when three stars are out. Reckoned for Jerusalem by the sun
itself, so the times need no table; the holidays are those kept in Israel.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import dusk, sunset
from pyluach.dates import GregorianDate

JERUSALEM = Observer(31.778, 35.235)
ISRAEL = ZoneInfo("Asia/Jerusalem")
CANDLES = timedelta(minutes=18)  # before sunset
STARS = 8.5  # degrees of the sun below the horizon
SATURDAY = 5


@lru_cache(maxsize=1024)
def is_rest(day: date) -> bool:
    """Whether the daylight of that day is Shabbat's or a holiday's."""
    hebrew = GregorianDate.from_pydate(day).to_heb()
    return day.weekday() == SATURDAY or bool(hebrew.festival(israel=True, include_working_days=False))


@lru_cache(maxsize=1024)
def begins(day: date) -> datetime:
    """When the rest of a day begins: on the evening before."""
    return sunset(JERUSALEM, day - timedelta(days=1), tzinfo=ISRAEL) - CANDLES


@lru_cache(maxsize=1024)
def ends(day: date) -> datetime:
    return dusk(JERUSALEM, day, depression=STARS, tzinfo=ISRAEL)


def ends_after(moment: datetime) -> datetime | None:
    """The end of the rest in which the moment lies, over days of rest that follow one another; None outside of any."""
    day, over = moment.astimezone(ISRAEL).date(), None
    for ahead in range(8):
        one = day + timedelta(days=ahead)
        if is_rest(one) and begins(one) <= (over or moment) < ends(one):
            over = ends(one)
    return over
