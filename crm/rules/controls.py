"""What the builder draws for a condition, said without HTML: choices of the menu and the controls beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.rules.faults import Text

Parts = Mapping[str, list[str]]  # what a row's controls sent, by the control's name


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the menu "what": `value` such as "field:f12", under a heading."""

    value: str
    label: Text
    icon: str
    group: Text


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a row. `kind` is select, text, number, date or checks; `value` a string, for checks a list of strings.

    `redraws` marks a control whose change gives the row other controls. `attrs` go to the input as they are."""

    name: str
    kind: str
    label: Text
    value: Any = ""
    options: tuple[Option, ...] = ()
    suffix: Text = ""
    redraws: bool = False
    attrs: dict[str, str] = field(default_factory=dict)


def first(parts: Parts, name: str, default: str = "") -> str:
    """The single value of a part, trimmed."""
    values = parts.get(name) or [default]
    return values[0].strip()


def number(text: str) -> int | float | str | None:
    """The number that was typed; the text itself when it is none, so that cleaning can point at it; None when empty."""
    text = text.replace(",", "").replace("−", "-").strip()
    if not text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except (ValueError, OverflowError):
            continue
    return text
