"""Where a custom field is used. Rooms above say so, and this room warns before a field is archived or its type is changed.

`register_usage("segments", function)`: `function(field)` yields a Use for each thing of the business that names the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise

from crm.contacts.models import CustomField

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Use:
    """`what` is the kind of thing ("Segment"), `name` its own name, `url` where it is changed; `conditions` are the rule's
    conditions that ask about the field, which a change of type must leave valid."""

    what: Text
    name: str
    url: str
    conditions: tuple[dict[str, Any], ...] = ()


Uses = Callable[[CustomField], Iterable[Use]]
_usages: dict[str, Uses] = {}


def register_usage(name: str, uses: Uses) -> None:
    _usages[name] = uses


def uses_of(field: CustomField) -> list[Use]:
    return [use for uses in _usages.values() for use in uses(field)]


def conditions_in(data: Any, field: CustomField) -> tuple[dict[str, Any], ...]:
    """The conditions about the field in a rule, or anywhere in JSON that holds rules, such as the blocks of a page."""
    return tuple(_walk(data, field.storage_key))


def _walk(data: Any, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if data.get("field") == key and "op" in data:
            yield data
        else:
            for value in data.values():
                yield from _walk(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _walk(value, key)


def naming(rows: QuerySet[Any], column: str, field: CustomField) -> QuerySet[Any]:
    """Those of `rows` whose JSON in `column` has the field's key as a word: a rule, a question or a personal detail."""
    return rows.annotate(told=Cast(column, TextField())).filter(told__regex=rf"\m{field.storage_key}\M")
