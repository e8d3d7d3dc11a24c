"""The rule language once more, read naively in Python: what the interpreter is measured against. Lives only here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyluach.dates import HebrewDate
from pyluach.hebrewcal import Year


@dataclass
class Happened:
    kind: str
    subject: int | None
    at: datetime
    robot: bool
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class Person:
    """A contact or, without an id, a stranger."""

    id: int | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    lists: set[int] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    consents: set[str] = field(default_factory=set)
    frozen: set[int] = field(default_factory=set)
    events: list[Happened] = field(default_factory=list)


@dataclass
class World:
    zone: ZoneInfo
    now: datetime
    rules: dict[int, dict[str, Any]]  # of segments that are not fixed


def holds(rule: dict[str, Any], person: Person, world: World) -> bool:
    if not rule:
        return True
    if "all" in rule:
        return all([holds(node, person, world) for node in rule["all"]])
    if "any" in rule:
        return any([holds(node, person, world) for node in rule["any"]])
    if "none" in rule:
        return not any([holds(node, person, world) for node in rule["none"]])
    if "known" in rule:
        return person.id is not None
    if "list" in rule:
        return rule["list"] in person.lists
    if "tag" in rule:
        return lowered(rule["tag"]) in {lowered(tag) for tag in person.tags}
    if "consent" in rule:
        return rule["consent"] in person.consents
    if "percent" in rule:
        if person.id is None:
            return False
        digest = hashlib.md5(f"{person.id}:{rule['salt']}".encode(), usedforsecurity=False).hexdigest()
        return int(digest[:8], 16) % 10000 < round(rule["percent"] * 100)
    if "referral" in rule:
        kind = {"brought": "referral.credited", "was_brought": "referral.joined"}[rule["referral"]]
        rest = {key: value for key, value in rule.items() if key != "referral"}
        return _happened({"event": kind, **rest}, person, world)
    if "segment" in rule:
        if rule["segment"] in world.rules:
            return holds(world.rules[rule["segment"]], person, world)
        return rule["segment"] in person.frozen
    if "event" in rule:
        return _happened(rule, person, world)
    return _field(rule, person, world)


def lowered(text: str) -> str:
    """Letter by letter, as PostgreSQL does; Python also looks at neighbours and may make one letter two."""
    return "".join("i" if letter == "İ" else letter.lower() for letter in text)


def _happened(rule: dict[str, Any], person: Person, world: World) -> bool:
    first_day = None
    if "within_days" in rule:
        first_day = world.now.astimezone(world.zone).date() - timedelta(days=rule["within_days"])
    count = 0
    for event in person.events:
        if event.robot or event.kind != rule["event"]:
            continue
        if "subject" in rule and event.subject != rule["subject"]:
            continue
        if "part" in rule and event.properties.get("position") != rule["part"]:
            continue
        if first_day and not (first_day <= event.at.astimezone(world.zone).date() and event.at <= world.now):
            continue
        count += 1
    operator, wanted = rule.get("times", [">=", 1])
    return count > 0 and _compare(count, operator, wanted)


def _compare(left: Any, operator: str, right: Any) -> bool:
    return {">=": left >= right, "<=": left <= right, ">": left > right, "<": left < right, "=": left == right}[
        operator
    ]


def _field(rule: dict[str, Any], person: Person, world: World) -> bool:
    name, operator, asked = rule["field"], rule["op"], rule.get("value")
    value = person.values.get(name) if name[0] == "f" and name[1:].isdigit() else person.columns.get(name)
    missing = value is None or value == "" or value == []
    if operator == "empty":
        return missing
    if missing:
        return False
    if operator == "filled":
        return True
    if operator in ("contains", "equals", "starts"):
        return isinstance(value, str) and _text(lowered(value), operator, lowered(asked))
    if operator in (">=", "<=", ">", "<", "=") or (operator == "between" and not isinstance(asked[0], str)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return asked[0] <= value <= asked[1] if operator == "between" else _compare(value, operator, asked)
    if operator == "one_of":
        held = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return any(option in held for option in asked)
    if operator == "is":
        return value is asked
    return _day(value, operator, asked, world)


def _text(value: str, operator: str, asked: str) -> bool:
    return {"contains": asked in value, "equals": asked == value, "starts": value.startswith(asked)}[operator]


def _day(value: Any, operator: str, asked: Any, world: World) -> bool:
    if isinstance(value, datetime):
        day = value.astimezone(world.zone).date()
    elif isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        day = date.fromisoformat(value)
    else:
        return False
    today = world.now.astimezone(world.zone).date()
    if operator == "last":
        return today - timedelta(days=asked) <= day <= today
    if operator == "next":
        return today <= day <= today + timedelta(days=asked)
    if operator == "in":
        return day == today + timedelta(days=asked)
    if operator == "older":
        return day < today - timedelta(days=asked)
    if operator.startswith(("annual", "hebrew")):
        return _yearly(day, operator, asked, today)
    if operator == "between":
        return date.fromisoformat(asked[0]) <= day <= date.fromisoformat(asked[1])
    when = date.fromisoformat(asked)
    return {"on": day == when, "before": day < when, "after": day > when}[operator]


def _yearly(day: date, operator: str, asked: Any, today: date) -> bool:
    """Year by year: on which day of this year and the next is this day kept?"""
    if operator == "annual_month":
        return day.month == asked
    if operator == "hebrew_month":
        return min(HebrewDate.from_pydate(day).month, 12) == asked
    kept = _civil_birthday if operator.startswith("annual") else _hebrew_birthday
    days = [kept(day, today.year + ahead) for ahead in (-1, 0, 1, 2)]
    return any(today <= each <= today + timedelta(days=asked or 0) for each in days)


def _civil_birthday(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _hebrew_birthday(day: date, civil_year: int) -> date:
    """In the Hebrew year that begins in the autumn of `civil_year`; the rules of the book, read once more."""
    born, year = HebrewDate.from_pydate(day), civil_year + 3761
    month = born.month
    if month >= 12 and (month == 13 or not Year(born.year).leap):
        month = 13 if Year(year).leap else 12
    try:
        return HebrewDate(year, month, born.day).to_pydate()
    except ValueError:
        assert born.day == 30
        return HebrewDate(year, month, 29).to_pydate() + timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
