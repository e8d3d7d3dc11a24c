"""Pages by a place in an order: the next page begins after the last row of this one, found in the index however deep it lies.

The order is a column and the id, so that rows of one moment (an import writes thousands) have their places too. A cursor is
opaque to callers and belongs to the order it was made for.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers

LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Page:
    """`next` and `previous` are cursors, None at the ends."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None


class Beyond(Func):
    """(column, id) > (value, id) or <, as one comparison of rows, which an index over both answers by itself."""

    output_field = BooleanField()

    def __init__(self, column: str, value: datetime | int, pk: int, *, is_after: bool) -> None:
        given = [Value(value), Value(pk)]
        super().__init__(*(given[1:] if column == "id" else given), *([] if column == "id" else [F(column)]), F("id"))
        self.sign = ">" if is_after else "<"

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        parts = [compiler.compile(part) for part in self.source_expressions]
        half = len(parts) // 2
        given, columns = parts[:half], parts[half:]
        sides = [", ".join(sql for sql, _params in side) for side in (columns, given)]
        params = [value for _sql, values in (*columns, *given) for value in values]
        return f"(({sides[0]}) {self.sign} ({sides[1]}))", params


def page_of(rows: QuerySet[Any], *, ordering: str, size: int, cursor: str = "") -> Page:
    """`ordering` is "id" or a column of moments, with "-" before it for the newest first; it must be one that an index serves.

    Raises a ValidationError about `cursor`.
    """
    column, is_down = ordering.removeprefix("-"), ordering.startswith("-")
    value, pk, is_back = _read(cursor, ordering) if cursor else (None, 0, False)
    if cursor:
        rows = rows.filter(Beyond(column, value or pk, pk, is_after=is_down == is_back))
    sign = "-" if is_down != is_back else ""
    names = [column] if column == "id" else [column, "id"]
    found = list(rows.order_by(*(sign + name for name in names))[: size + 1])
    more, found = len(found) > size, found[:size]
    if is_back:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    onward = _write(last, ordering, column, is_back=False) if last and (more or is_back) else None
    backward = _write(first, ordering, column, is_back=True) if first and cursor and (more or not is_back) else None
    return Page(found, onward, backward)


def _write(row: Any, ordering: str, column: str, *, is_back: bool) -> str:
    moment = None if column == "id" else getattr(row, column).isoformat()
    return urlsafe_b64encode(json.dumps([ordering, moment, row.pk, is_back]).encode()).decode().rstrip("=")


def _read(cursor: str, ordering: str) -> tuple[datetime | None, int, bool]:
    try:
        made_for, moment, pk, is_back = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = parse_datetime(moment) if moment else None
        is_whole = type(pk) is int and 0 <= pk < LARGEST and type(is_back) is bool
        if made_for == ordering and is_whole and (ordering.endswith("id") or (value and value.tzinfo)):
            return value, pk, is_back
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise serializers.ValidationError({"cursor": [_("This place is not known. Begin from the first page.")]})
