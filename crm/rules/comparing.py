"""Comparing one value of a row with what a condition asks: SQL over a place, which never raises whatever lies there.

Text and dates in JSON are compared first and their type is asked of what remains; every expression extracts by `->` or `->>`
alone, so an index on that extraction serves it. A number is taken out by `number`, exactly, and NULL for whatever is none: its
index is half as large as one on jsonb and read more than twice as fast.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.rules.criteria import Sql

DATE_SHAPE = r"^\d{4}-\d\d-\d\d$"
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lies: `text` is SQL giving text, or a moment when `is_moment`; `json` SQL giving jsonb, or nothing."""

    text: str
    json: str = ""
    is_moment: bool = False


def column(name: str, *, is_moment: bool = False) -> Place:
    """A real column of `c`; `name` is one of ours, never a user's."""
    return Place(f"c.{name}", is_moment=is_moment)


def answer(field_id: int) -> Place:
    """The value of a custom field."""
    return Place(f"(c.\"values\"->>'f{int(field_id)}')", f"(c.\"values\"->'f{int(field_id)}')")


def like(place: Place, pattern: str) -> Sql:
    """Without regard to case. A pattern that has no case, such as Hebrew, takes the cheaper LIKE."""
    word = "LIKE" if pattern.lower() == pattern.upper() else "ILIKE"
    return f"({place.text} {word} %s{_is(place, 'string')})", [pattern]


def escaped(text: str) -> str:
    """The text with LIKE's own signs made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(place: Place, text: str) -> Sql:
    return like(place, f"%{escaped(text)}%")


def starts(place: Place, text: str) -> Sql:
    return like(place, f"{escaped(text)}%")


def equals(place: Place, text: str) -> Sql:
    return f"(lower({place.text}) = lower(%s){_is(place, 'string')})", [text]


def number(json: str) -> str:
    """SQL of the number in a jsonb, exact; NULL where there is none."""
    return f"(CASE WHEN jsonb_typeof({json}) = 'number' THEN {json}::numeric END)"


def numbers(place: Place, *bounds: tuple[str, int | float]) -> Sql:
    """`bounds` are (operator, number), all of which must hold; operators come from a fixed list."""
    tests = " AND ".join(f"{number(place.json)} {operator} %s::numeric" for operator, _ in bounds)
    return f"({tests})", [json.dumps(bound) for _, bound in bounds]


def days(place: Place, start: date | None, end: date | None, zone: ZoneInfo) -> Sql:
    """From `start` to `end`, both included; None is open. A moment is the day it was in `zone`."""
    if place.is_moment:
        return _moments(place, start, end, zone)
    first, last = start.isoformat() if start else FIRST_DAY, end.isoformat() if end else LAST_DAY
    text = f'{place.text} COLLATE "C"'
    return f"({text} >= %s AND {text} <= %s AND {place.text} ~ '{DATE_SHAPE}')", [first, last]


def _moments(place: Place, start: date | None, end: date | None, zone: ZoneInfo) -> Sql:
    tests, params = [f"{place.text} IS NOT NULL"], []
    if start:
        tests.append(f"{place.text} >= %s")
        params.append(midnight(start, zone))
    if end:
        tests.append(f"{place.text} < %s")
        params.append(midnight(end + timedelta(days=1), zone))
    return f"({' AND '.join(tests)})", params


def days_of_year(place: Place, days: list[str], zone: ZoneInfo) -> Sql:
    """On one of the days "MM-DD", in any year."""
    if place.is_moment:
        return f"(to_char({place.text} AT TIME ZONE %s, 'MM-DD') = ANY(%s::text[]))", [zone.key, days]
    return f"(substr({place.text}, 6) = ANY(%s::text[]) AND {place.text} ~ '{DATE_SHAPE}')", [days]


def one_of_days(place: Place, days: list[str], zone: ZoneInfo) -> Sql:
    """On one of these whole dates."""
    if place.is_moment:
        return f"(to_char({place.text} AT TIME ZONE %s, 'YYYY-MM-DD') = ANY(%s::text[]))", [zone.key, days]
    return f'({place.text} COLLATE "C" = ANY(%s::text[]){_is(place, "string")})', [days]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def options(place: Place, ids: list[str]) -> Sql:
    """A single choice that is one of `ids`, or a multiple choice that has one of them."""
    return f"({place.json} ?| %s::text[] AND jsonb_typeof({place.json}) IN ('string', 'array'))", [ids]


def truth(place: Place, value: bool) -> Sql:
    return f"{place.json} = %s::jsonb", [json.dumps(value)]


def empty(place: Place) -> Sql:
    """The one question that is true of a missing value."""
    if place.is_moment:
        return f"{place.text} IS NULL", []
    if not place.json:
        return f"({place.text} IS NULL OR {place.text} = '')", []
    return f"({place.json} IS NULL OR {place.json} IN ('null', '\"\"', '[]'))", []


def filled(place: Place) -> Sql:
    if place.is_moment:
        return f"{place.text} IS NOT NULL", []
    if not place.json:
        return f"{place.text} <> ''", []
    return f"{place.json} NOT IN ('null', '\"\"', '[]')", []


def _is(place: Place, kind: str) -> str:
    return f" AND jsonb_typeof({place.json}) = '{kind}'" if place.json else ""
