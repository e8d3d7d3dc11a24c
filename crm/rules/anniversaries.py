"""Days that come back every year, by the civil and by the Hebrew calendar, whatever year they began in.

* 29 February is kept on 28 February where a year has none: a greeting that comes a day early is kinder than a day late.
* A Hebrew day is kept as people keep birthdays (Reingold and Dershowitz, "Calendrical Calculations"): what began in Adar of a
  common year, or in Adar II, falls in the last month of every year; what began in Adar I falls in month 12, which a common year
  calls Adar; the 30th of a month that has 29 days this year falls on the 1st of the next.

A window becomes a set: of "MM-DD" for the civil calendar, of whole civil dates from 1900 to 2100 for the Hebrew one - about
200 for each day. A set is a parameter, so it works over every row source and needs no table that must be kept true. The Hebrew
day is taken to begin at midnight, as the dates of people are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from pyluach.dates import HebrewDate
from pyluach.hebrewcal import Month, Year

YEAR_DAYS = 366  # a window this long holds every day there is
FIRST_YEAR, LAST_YEAR = 5660, 5861  # 1899/1900 to 2100/2101
NISAN, ADAR, ADAR_TWO = 1, 12, 13
MONTHS: dict[int, Any] = {
    1: _("January"), 2: _("February"), 3: _("March"), 4: _("April"), 5: _("May"), 6: _("June"),
    7: _("July"), 8: _("August"), 9: _("September"), 10: _("October"), 11: _("November"), 12: _("December"),
}  # fmt: skip
HEBREW_MONTHS: dict[int, Any] = {
    7: _("Tishrei"), 8: _("Heshvan"), 9: _("Kislev"), 10: _("Tevet"), 11: _("Shevat"), 12: _("Adar"),
    1: _("Nisan"), 2: _("Iyar"), 3: _("Sivan"), 4: _("Tammuz"), 5: _("Av"), 6: _("Elul"),
}  # fmt: skip

Key = tuple[int, int]  # month and day of a beginning; month 13 is Adar of a common year, or Adar II


def civil(today: date, days: int) -> list[str]:
    """ "MM-DD" of the days kept from `today` on, `days` further days included."""
    kept = set()
    for day in _window(today, days):
        kept.add(f"{day:%m-%d}")
        if (day + timedelta(days=1)).strftime("%m-%d") == "03-01":
            kept.add("02-29")
    return sorted(kept)


def hebrew(today: date, days: int) -> list[str]:
    """ISO dates that began a Hebrew day kept from `today` on, `days` further days included."""
    window = set(_window(today, days))
    kept = {key for year in _years(today, days) for key, day in _kept_in(year).items() if day in window}
    return sorted(began for key in kept for began in _beginnings(key))


def hebrew_month(month: int) -> list[str]:
    """ISO dates that lie in a Hebrew month, as HEBREW_MONTHS counts them; Adar holds Adar I and Adar II."""
    months = (ADAR, ADAR_TWO) if month == ADAR else (month,)
    return sorted(began for m in months for day in range(1, 31) for began in _beginnings((m, day)))


def _window(today: date, days: int) -> Iterator[date]:
    return (today + timedelta(days=ahead) for ahead in range(min(days, YEAR_DAYS) + 1))


def _years(today: date, days: int) -> range:
    first, last = (HebrewDate.from_pydate(day).year for day in (today, today + timedelta(days=min(days, YEAR_DAYS))))
    return range(first, last + 1)


@lru_cache(maxsize=8)
def _kept_in(year: int) -> dict[Key, date]:
    """The civil day of a Hebrew year on which each beginning is kept."""
    return {(month, day): _kept(year, month, day) for month in range(1, 14) for day in range(1, 31)}


def _kept(year: int, month: int, day: int) -> date:
    month = _last_month(year) if month == ADAR_TWO else month
    first: date = HebrewDate(year, month, 1).to_pydate()
    return first + timedelta(days=day - 1)


@lru_cache(maxsize=400)
def _beginnings(key: Key) -> tuple[str, ...]:
    month, day = key
    found = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        real = _month_of(year, month)
        if real is not None and day <= _length(year, real):
            found.append((HebrewDate(year, real, day)).to_pydate().isoformat())
    return tuple(found)


def _month_of(year: int, month: int) -> int | None:
    """Where beginnings of a key's month lie in a year: Adar I (12) only in a leap year, 13 in the last month of any."""
    if month == ADAR_TWO:
        return _last_month(year)
    return None if month == ADAR and not Year(year).leap else month


@lru_cache(maxsize=4000)
def _length(year: int, month: int) -> int:
    return len(Month(year, month))


def _last_month(year: int) -> int:
    return ADAR_TWO if Year(year).leap else ADAR
