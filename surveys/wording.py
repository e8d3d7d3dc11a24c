"""Words of a survey as they are kept: one line, not too long, and those of the second language beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.contacts.identity import one_line

LIMITS = {"label": 200, "help_text": 200, "section": 100, "low_label": 60, "high_label": 60}
OPTION_LENGTH, MOST_OPTIONS = 100, 50
Option = Mapping[str, Any]


def line(text: Any, limit: int) -> str:
    """Raises ValidationError."""
    words = one_line(text if isinstance(text, str) else "")
    if len(words) > limit:
        raise ValidationError(_("At most %(limit)s characters.") % {"limit": limit})
    return words


def options(said: Sequence[Option], had: Sequence[Option]) -> list[dict[str, str]]:
    """[{"id", "label"}] in their order; an empty line is left out, a new option gets an id that none of `had` has.

    Raises ValidationError.
    """
    known = {str(option["id"]) for option in had}
    kept = [{"id": str(row.get("id") or ""), "label": line(row.get("label"), OPTION_LENGTH)} for row in said]
    kept = [row for row in kept if row["label"]]
    labels, ids = [row["label"].casefold() for row in kept], [row["id"] for row in kept if row["id"]]
    if not 2 <= len(kept) <= MOST_OPTIONS:
        raise ValidationError(_("Write at least two options, and at most %(limit)s.") % {"limit": MOST_OPTIONS})
    if len(set(labels)) < len(labels):
        raise ValidationError(_("Two options have the same words."))
    if len(set(ids)) < len(ids) or not set(ids) <= known:
        raise ValidationError(_("There is no such option."))
    free = (name for name in (f"o{number}" for number in range(1, 1000)) if name not in known)
    return [row if row["id"] else row | {"id": next(free)} for row in kept]


def second(said: Mapping[str, Any]) -> dict[str, Any]:
    """The words of the second language: those of LIMITS that are not empty. Raises ValidationError."""
    return {name: text for name, limit in LIMITS.items() if (text := line(said.get(name), limit))}
