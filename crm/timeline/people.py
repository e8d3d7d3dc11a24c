"""How somebody outside names a person: by an address in any spelling. Contacts, upstairs, says how one is spelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Cleaner = Callable[[Any], str | None]
_cleaners: dict[str, Cleaner] = {}


def register_cleaner(column: str, clean: Cleaner) -> None:
    """`clean` gives the one spelling that is stored in the contact's column; it raises Django's ValidationError."""
    _cleaners[column] = clean


def cleaned(column: str, raw: Any) -> Any:
    clean = _cleaners.get(column)
    return clean(raw) if clean else raw
