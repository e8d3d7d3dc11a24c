"""The values that operators take: reading them from a rule, from the builder's controls, and saying them in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from crm.rules import anniversaries
from crm.rules.controls import Control, Option, Parts, first, number
from crm.rules.faults import RuleError, step

MAX_TEXT = 200
MAX_NUMBER = 10**15
MAX_DAYS = 3650
DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
OPEN, CLOSE = "\u2068", "\u2069"  # isolates: a user's word keeps its own direction inside a sentence
SIGNS = re.compile("[\u0000-\u001f\u202a-\u202e\u2066-\u2069]")

Labels = Mapping[str, str]  # option id -> label
MONTHS: dict[str, dict[int, Any]] = {"month": anniversaries.MONTHS, "hebrew_month": anniversaries.HEBREW_MONTHS}


def isolated(text: Any) -> str:
    """A user's word inside a sentence."""
    return f"{OPEN}{SIGNS.sub(' ', str(text))}{CLOSE}"


# -- cleaning ---------------------------------------------------------------------------------------------------------------
def clean(takes: str, value: Any, *, labels: Labels, path: str) -> Any:
    """The value, normalised for an operator that takes such. Raises RuleError at `path`."""
    if takes in ("numbers", "dates"):
        return _clean_pair(takes, value, path)
    if takes == "options":
        return _clean_options(value, labels, path)
    return _SINGLE[takes](value, path)


def clean_text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RuleError(path, _("Write what to look for."))
    if len(value) > MAX_TEXT:
        raise RuleError(path, _("At most %(count)d characters.") % {"count": MAX_TEXT})
    return value


def clean_number(value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # NaN
        raise RuleError(path, _("Write a number."))
    if abs(value) > MAX_NUMBER:
        raise RuleError(path, _("This number is too large."))
    return int(value) if float(value).is_integer() else value


def clean_days(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_DAYS:
        raise RuleError(path, _("Write a number of days from 0 to %(most)d.") % {"most": MAX_DAYS})
    return value


def clean_date(value: Any, path: str) -> str:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and DATE_SHAPE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not 1800 <= day.year <= 2300:
        raise RuleError(path, _("Write a date, such as 2026-05-31."))
    return day.isoformat()


def clean_yes_no(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise RuleError(path, _("Choose yes or no."))
    return value


def clean_month(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 12:
        raise RuleError(path, _("Choose a month."))
    return value


_SINGLE = {
    "month": clean_month,
    "hebrew_month": clean_month,
    "text": clean_text,
    "number": clean_number,
    "days": clean_days,
    "date": clean_date,
    "yes_no": clean_yes_no,
}


def _clean_pair(takes: str, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise RuleError(path, _("Write two values, from and to."))
    single = clean_number if takes == "numbers" else clean_date
    low, high = (single(part, step(path, position)) for position, part in enumerate(value))
    if low > high:  # type: ignore[operator]
        raise RuleError(step(path, 1), _("The second value must not be less than the first."))
    return [low, high]


def _clean_options(value: Any, labels: Labels, path: str) -> list[str]:
    if not isinstance(value, list) or not value:
        raise RuleError(path, _("Choose at least one option."))
    for position, option in enumerate(value):
        if not isinstance(option, str) or option not in labels:
            raise RuleError(step(path, position), _("This option does not exist."))
    return sorted(set(value))


# -- words ------------------------------------------------------------------------------------------------------------------
def words(takes: str, value: Any, *, labels: Labels) -> str:
    """The value in the active language."""
    if takes in ("numbers", "dates"):
        low, high = (_word(takes.removesuffix("s"), part) for part in value)
        return _("%(low)s and %(high)s") % {"low": low, "high": high}
    if takes == "options":
        return _(" or ").join(isolated(labels.get(option, _("(removed)"))) for option in value)
    return _word(takes, value)


def _word(takes: str, value: Any) -> str:
    if takes == "number":
        return isolated(number_format(value, force_grouping=True))
    if takes == "date":
        return isolated(date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT"))
    if takes in MONTHS:
        return isolated(MONTHS[takes].get(value, _("(removed)")))
    if takes == "yes_no":
        return isolated(_("Yes") if value else _("No"))
    return isolated(value)


def found_words(kind: str, value: Any, *, labels: Labels, zone: ZoneInfo) -> str:
    """What a person has in a field, shortly; anything may lie there."""
    if value in (None, "", []):
        return _("is empty")
    if kind == "moment" and isinstance(value, str):
        return date_format(datetime.fromisoformat(value).astimezone(zone), "SHORT_DATE_FORMAT")
    if kind == "choices":
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(option, _("(removed)")) for option in chosen if isinstance(option, str))
    if kind == "date" and isinstance(value, str) and DATE_SHAPE.fullmatch(value):
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, (int, float)):
        return str(number_format(value, force_grouping=True))
    return str(value)[:MAX_TEXT]


# -- the builder ------------------------------------------------------------------------------------------------------------
def controls(takes: str, value: Any, *, labels: Labels) -> list[Control]:
    """The controls that ask for such a value; `value` may be unfinished or wrong."""
    if takes in ("numbers", "dates"):
        kind = takes.removesuffix("s")
        pair = value if isinstance(value, list) and len(value) == 2 else [None, None]
        return [
            Control("value", kind, _("Lowest value"), _typed(pair[0]), attrs=_attrs(kind)),
            Control("value2", kind, _("Highest value"), _typed(pair[1]), attrs=_attrs(kind)),
        ]
    if takes == "options":
        offered = tuple(Option(option, label) for option, label in labels.items())
        chosen = [option for option in value if isinstance(option, str)] if isinstance(value, list) else []
        return [Control("value", "checks", _("Options"), chosen, offered)]
    if takes == "yes_no":
        return [Control("value", "select", _("Value"), "no" if value is False else "yes", _yes_no())]
    if takes in MONTHS:
        months = tuple(Option(str(number), name) for number, name in MONTHS[takes].items())
        return [Control("value", "select", _("Month"), _typed(value) or months[0].value, months)]
    if takes == "days":
        attrs = {"min": "0", "max": str(MAX_DAYS), "step": "1"}
        return [Control("value", "number", _("Days"), _typed(value), suffix=_("days"), attrs=attrs)]
    return [Control("value", takes, _("Value"), _typed(value), attrs=_attrs(takes))] if takes else []


def draft(takes: str, parts: Parts) -> Any:
    """The value that the controls say; None where nothing was typed."""
    if takes in ("numbers", "dates"):
        single = "number" if takes == "numbers" else "date"
        return [_draft(single, first(parts, "value")), _draft(single, first(parts, "value2"))]
    if takes == "options":
        return list(parts.get("value", []))
    if takes == "yes_no":
        return first(parts, "value", "yes") != "no"
    if takes in MONTHS:
        return number(first(parts, "value")) or next(iter(MONTHS[takes]))
    return _draft(takes, first(parts, "value"))


def _draft(takes: str, text: str) -> Any:
    return number(text) if takes in ("number", "days") else text or None


def _typed(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list, bool)) else str(value)


def _attrs(kind: str) -> dict[str, str]:
    if kind == "number":
        return {"step": "any", "inputmode": "decimal"}
    return {"maxlength": str(MAX_TEXT), "dir": "auto"} if kind == "text" else {"min": "1800-01-01", "max": "2300-12-31"}


def _yes_no() -> tuple[Option, ...]:
    return (Option("yes", _("Yes")), Option("no", _("No")))
