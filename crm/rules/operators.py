"""The operators of a field, by the kind of value it holds. What one means in SQL is said by its name and its value alone, so
that a row of a batch is decided without asking what type a field has; the type is asked once, when a rule is cleaned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crm.rules import anniversaries, comparing
from crm.rules.comparing import Place
from crm.rules.criteria import Sql
from crm.rules.faults import Text


@dataclass(frozen=True, slots=True)
class Operator:
    """`takes` is the shape of its value: text, number(s), date(s), days, month, hebrew_month, options, yes_no, or nothing.

    `words` completes "People ..." with %(field)s and %(value)s; of days, with %(count)d."""

    name: str
    label: Text
    words: Text
    takes: str = ""


EMPTY = Operator("empty", _("is empty"), _("whose %(field)s is empty"))
FILLED = Operator("filled", _("is not empty"), _("whose %(field)s is not empty"))

TEXT = (
    Operator("contains", _("contains"), _("whose %(field)s contains %(value)s"), "text"),
    Operator("equals", _("equals"), _("whose %(field)s equals %(value)s"), "text"),
    Operator("starts", _("starts with"), _("whose %(field)s starts with %(value)s"), "text"),
    EMPTY,
    FILLED,
)
NUMBER = (
    Operator(">=", _("at least"), _("whose %(field)s is at least %(value)s"), "number"),
    Operator("<=", _("at most"), _("whose %(field)s is at most %(value)s"), "number"),
    Operator(">", _("more than"), _("whose %(field)s is more than %(value)s"), "number"),
    Operator("<", _("less than"), _("whose %(field)s is less than %(value)s"), "number"),
    Operator("=", _("exactly"), _("whose %(field)s is exactly %(value)s"), "number"),
    Operator("between", _("between"), _("whose %(field)s is between %(value)s"), "numbers"),
    EMPTY,
    FILLED,
)
DATE = (
    Operator(
        "last",
        _("in the last days"),
        ngettext_lazy("whose %(field)s was in the last day", "whose %(field)s was in the last %(count)d days", "count"),
        "days",
    ),
    Operator(
        "next",
        _("in the coming days"),
        ngettext_lazy(
            "whose %(field)s is within the coming day", "whose %(field)s is within the coming %(count)d days", "count"
        ),
        "days",
    ),
    Operator(
        "in",
        _("in exactly"),
        ngettext_lazy("whose %(field)s is in exactly one day", "whose %(field)s is in exactly %(count)d days", "count"),
        "days",
    ),
    Operator(
        "older",
        _("more than days ago"),
        ngettext_lazy(
            "whose %(field)s was more than one day ago", "whose %(field)s was more than %(count)d days ago", "count"
        ),
        "days",
    ),
    Operator("on", _("on the day"), _("whose %(field)s is %(value)s"), "date"),
    Operator("before", _("before"), _("whose %(field)s is before %(value)s"), "date"),
    Operator("after", _("after"), _("whose %(field)s is after %(value)s"), "date"),
    Operator("between", _("between"), _("whose %(field)s is between %(value)s"), "dates"),
    EMPTY,
    FILLED,
)
ANNUAL = (
    Operator("annual_today", _("every year: today"), _("whose day of %(field)s is today")),
    Operator(
        "annual_next",
        _("every year: in the coming days"),
        ngettext_lazy(
            "whose day of %(field)s is within the coming day",
            "whose day of %(field)s is within the coming %(count)d days",
            "count",
        ),
        "days",
    ),
    Operator("annual_month", _("every year: in the month"), _("whose day of %(field)s is in %(value)s"), "month"),
    Operator("hebrew_today", _("by the Hebrew date: today"), _("whose Hebrew day of %(field)s is today")),
    Operator(
        "hebrew_next",
        _("by the Hebrew date: in the coming days"),
        ngettext_lazy(
            "whose Hebrew day of %(field)s is within the coming day",
            "whose Hebrew day of %(field)s is within the coming %(count)d days",
            "count",
        ),
        "days",
    ),
    Operator(
        "hebrew_month",
        _("by the Hebrew date: in the month"),
        _("whose Hebrew day of %(field)s is in %(value)s"),
        "hebrew_month",
    ),
)
CHOICES = (Operator("one_of", _("is one of"), _("whose %(field)s is %(value)s"), "options"), EMPTY, FILLED)
YES_NO = (Operator("is", _("is"), _("whose %(field)s is %(value)s"), "yes_no"), EMPTY, FILLED)

BY_KIND: dict[str, tuple[Operator, ...]] = {
    "text": TEXT,
    "number": NUMBER,
    "date": (*DATE[:-2], *ANNUAL, EMPTY, FILLED),
    "moment": (*DATE[:-2], *ANNUAL),
    "choices": CHOICES,
    "yes_no": YES_NO,
}


def find(kind: str, name: Any) -> Operator | None:
    return next((operator for operator in BY_KIND[kind] if operator.name == name), None)


BY_THE_CLOCK = frozenset(
    {"last", "next", "in", "older", "annual_today", "annual_next", "hebrew_today", "hebrew_next"}
)  # their answer changes at midnight

TEXTS: dict[str, Callable[[Place, str], Sql]] = {
    "contains": comparing.contains,
    "equals": comparing.equals,
    "starts": comparing.starts,
}
BARE: dict[str, Callable[[Place], Sql]] = {"empty": comparing.empty, "filled": comparing.filled}
NUMERIC = frozenset({">=", "<=", ">", "<", "="})


def _annual(place: Place, days: int | None, today: date, zone: ZoneInfo) -> Sql:
    return comparing.days_of_year(place, anniversaries.civil(today, days or 0), zone)


def _hebrew(place: Place, days: int | None, today: date, zone: ZoneInfo) -> Sql:
    return comparing.one_of_days(place, anniversaries.hebrew(today, days or 0), zone)


def _annual_month(place: Place, month: int, today: date, zone: ZoneInfo) -> Sql:
    return comparing.days_of_year(place, [f"{month:02}-{day:02}" for day in range(1, 32)], zone)


def _hebrew_month(place: Place, month: int, today: date, zone: ZoneInfo) -> Sql:
    return comparing.one_of_days(place, anniversaries.hebrew_month(month), zone)


YEARLY: dict[str, Callable[[Place, Any, date, ZoneInfo], Sql]] = {
    "annual_today": _annual,
    "annual_next": _annual,
    "annual_month": _annual_month,
    "hebrew_today": _hebrew,
    "hebrew_next": _hebrew,
    "hebrew_month": _hebrew_month,
}


def sql(place: Place, name: str, value: Any, *, now: datetime, zone: ZoneInfo) -> Sql:
    """The comparison in SQL. `name` and `value` have passed cleaning."""
    if name in BARE:
        return BARE[name](place)
    if name in TEXTS:
        return TEXTS[name](place, value)
    if name in NUMERIC:
        return comparing.numbers(place, (name, value))
    if name == "one_of":
        return comparing.options(place, value)
    if name == "is":
        return comparing.truth(place, value)
    if name == "between" and not isinstance(value[0], str):
        return comparing.numbers(place, (">=", value[0]), ("<=", value[1]))
    if name in YEARLY:
        return YEARLY[name](place, value, now.astimezone(zone).date(), zone)
    return comparing.days(place, *span(name, value, now.astimezone(zone).date()), zone)


def span(name: str, value: Any, today: date) -> tuple[date | None, date | None]:
    """The first and the last day a date operator allows; None is open."""
    if name == "last":
        return today - timedelta(days=value), today
    if name == "older":
        return None, today - timedelta(days=value + 1)
    if name in ("next", "in"):
        last = today + timedelta(days=value)
        return (today if name == "next" else last), last
    if name == "between":
        return date.fromisoformat(value[0]), date.fromisoformat(value[1])
    day = date.fromisoformat(value)
    if name == "before":
        return None, day - timedelta(days=1)
    return (day + timedelta(days=1), None) if name == "after" else (day, day)
