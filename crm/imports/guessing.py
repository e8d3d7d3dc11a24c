"""What a column holds, judged by its cells alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from crm.contacts.dates import parse_date
from crm.contacts.field_types import NO, NUMBER, YES
from crm.contacts.identity import one_line
from crm.contacts.models import FieldType

MOST = 0.9  # so many of the filled cells must look alike
FEW, MANY_ROWS, SHORT = 12, 20, 40
MOST_OPTIONS = 200
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
PHONE = re.compile(r"[+(]?\d[\d\s().\-/]{6,18}\d")
LINK = re.compile(r"https?://\S+|www\.\S+")


def looks_like(cells: Sequence[str]) -> str:
    """ "email", "phone", or "" """
    filled = _filled(cells)
    if _share(filled, lambda cell: EMAIL.fullmatch(cell) is not None) >= MOST:
        return "email"
    return "phone" if _share(filled, _is_phone) >= MOST else ""


def field_type(cells: Sequence[str]) -> str:
    """The type of a new field that would hold these cells."""
    filled = _filled(cells)
    for kind, fits in TESTS.items():
        if _share(filled, fits) == 1:
            return kind
    if any(len(cell) > 255 or "\n" in cell for cell in cells):
        return FieldType.LONG_TEXT
    return FieldType.CHOICE if _is_choice(filled) else FieldType.TEXT


def _filled(cells: Iterable[str]) -> list[str]:
    return [text for text in map(one_line, cells) if text]


def _share(cells: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, cells)) / len(cells) if cells else 0


def _is_phone(cell: str) -> bool:
    """A number of the length of a phone: 0501234567, 501234567, +972-50-123-4567; not a date."""
    digits = re.sub(r"\D", "", cell)
    return PHONE.fullmatch(cell) is not None and 8 <= len(digits) <= 15 and parse_date(cell) is None


def _is_number(cell: str) -> bool:
    """Not a code: 007 and 0501234567 lose their zeros as numbers."""
    return NUMBER.fullmatch(cell) is not None and not re.match(r"0\d", cell)


def _is_choice(cells: Sequence[str]) -> bool:
    counts = Counter(cell.casefold() for cell in cells)
    return len(cells) >= MANY_ROWS and 1 < len(counts) <= FEW and max(map(len, counts)) <= SHORT


TESTS: dict[str, Callable[[str], bool]] = {
    FieldType.YES_NO: lambda cell: cell.casefold() in YES | NO,
    FieldType.NUMBER: _is_number,
    FieldType.DATE: lambda cell: parse_date(cell) is not None,
    FieldType.URL: lambda cell: LINK.fullmatch(cell) is not None,
}


def options_of(cells: Iterable[str]) -> list[str]:
    """The different values in the order they come, each in its first spelling; stops after one more than a field may have."""
    found: dict[str, str] = {}
    for cell in cells:
        text = one_line(cell)
        if text and text.casefold() not in found:
            found[text.casefold()] = text
            if len(found) > MOST_OPTIONS:
                break
    return list(found.values())
