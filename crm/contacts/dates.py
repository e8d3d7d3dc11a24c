"""Reading a date as people here write it: day first, with Hebrew, English or no names of months."""

from __future__ import annotations

import re
from datetime import date

from django.utils import timezone

EARLIEST, LATEST = 1850, 2200
ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ].*)?")
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\s?[./\-\s]\s?(?P<month>\d{1,2})\s?[./\-\s]\s?(?P<year>\d{4}|\d{2})")
NAMED = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.]+(?P<name>[^\W\d]+['׳.]?)[\s.,]+(?P<year>\d{4}|\d{2})")
NAMED_FIRST = re.compile(r"(?P<name>[^\W\d]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})")
HEBREW = ["ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר"]
ENGLISH = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SPELLINGS = {"מרס": 3, "אפר": 4, "אוג": 8, "ספט": 9, "אוק": 10, "נוב": 11, "דצמ": 12, "ינו": 1, "פבר": 2}


def parse_date(text: str) -> date | None:
    """The date, or None for what is no date (31/02/2020) or too far to be meant. Two digits of a year mean one not over
    ten years ahead: in 2026, 36 is 2036 and 37 is 1937."""
    for pattern in (ISO, DAY_FIRST, NAMED, NAMED_FIRST):
        match = pattern.fullmatch(text)
        if match:
            return _made(**match.groupdict())
    return None


def _made(*, year: str, day: str, month: str = "", name: str = "") -> date | None:
    number = int(month) if month else _month(name)
    try:
        found = date(_full_year(year), number, int(day))
    except ValueError:
        return None
    return found if EARLIEST <= found.year <= LATEST else None


def _full_year(year: str) -> int:
    if len(year) == 4:
        return int(year)
    ahead = timezone.localdate().year + 10
    candidate = ahead - ahead % 100 + int(year)
    return candidate if candidate <= ahead else candidate - 100


def _month(name: str) -> int:
    """1-12, or 0 for no month. "במרץ" is "in March"."""
    word = name.casefold().rstrip("'׳.")
    for spelling in (word, word.removeprefix("ב")):
        if spelling in HEBREW:
            return HEBREW.index(spelling) + 1
        if spelling in SPELLINGS:
            return SPELLINGS[spelling]
    return ENGLISH.index(word[:3]) + 1 if word[:3] in ENGLISH and word.isascii() else 0
