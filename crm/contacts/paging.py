"""Pages of people by place, not by number: the next page begins after the last row of this one, so the thousandth page costs
what the first does, and a row that is added meanwhile moves nobody. The place stands in the address; back and reload work.

A place is JSON: the row's values in the columns of the order, its id, and how many rows stand before; the last is only for the
words "51 to 100 of 1,000". An order is the columns of one index and the id, all in one direction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils import timezone

from crm.contacts.models import Contact, ContactQuerySet

PAGE_SIZE = 50
MOMENTS = ("created_at", "updated_at", "deleted_at")


@dataclass(frozen=True, slots=True)
class Count:
    """`number` of people, or the least there are when `is_exact` is false: "1,000+"."""

    number: int
    is_exact: bool = True

    @property
    def count(self) -> int:
        return self.number


@dataclass(frozen=True, slots=True)
class Order:
    """`columns` without the id, which settles between equals; `falls` says that the largest comes first."""

    columns: tuple[str, ...]
    falls: bool

    @classmethod
    def of(cls, people: ContactQuerySet) -> Order:
        names = [str(name) for name in people.query.order_by]
        return cls(tuple(name.lstrip("-") for name in names[:-1]), names[0].startswith("-"))

    @property
    def against(self) -> list[str]:
        """The same order read backwards, for `order_by`."""
        return [name if self.falls else f"-{name}" for name in (*self.columns, "id")]


@dataclass(frozen=True, slots=True)
class Place:
    values: tuple[Any, ...]
    pk: int
    rows: int

    def __str__(self) -> str:
        told = [value.isoformat() if isinstance(value, datetime) else value for value in self.values]
        return json.dumps([*told, self.pk, self.rows], ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def at(cls, row: Contact, order: Order, rows: int) -> Place:
        return cls(tuple(getattr(row, name) for name in order.columns), row.pk, rows)

    @classmethod
    def read(cls, text: str, order: Order) -> Place:
        """Raises BadRequest (400) for what `__str__` never wrote, or wrote for another order."""
        try:
            *values, pk, rows = json.loads(text)
            read = tuple(_read(name, value) for name, value in zip(order.columns, values, strict=True))
            if not all(type(number) is int for number in (pk, rows)) or not (0 <= pk < 2**63 and 0 <= rows < 10**9):
                raise ValueError("not numbers of ours")
        except (ValueError, TypeError, RecursionError) as error:
            raise BadRequest("not a place in the list") from error
        return cls(read, pk, rows)


def _read(column: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError("a place holds texts")
    if column in MOMENTS:
        moment = datetime.fromisoformat(value)
        if timezone.is_naive(moment):
            raise ValueError("a moment without its zone")
        return moment
    value.encode()  # half of a character is no text
    if "\0" in value:
        raise ValueError("no text of ours")
    return value


@dataclass(frozen=True, slots=True)
class Slice:
    """A page for the templates: rows, where they stand, and the queries of its neighbours ({} where there is none)."""

    object_list: list[Contact]
    paginator: Count
    rows_before: int
    previous: Mapping[str, str]
    next: Mapping[str, str]

    def __iter__(self) -> Iterator[Contact]:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)

    @property
    def has_other_pages(self) -> bool:
        return bool(self.previous or self.next)

    def start_index(self) -> int:
        return self.rows_before + 1 if self.object_list else 0

    def end_index(self) -> int:
        return self.rows_before + len(self.object_list)


def page_of(people: ContactQuerySet, asked: Mapping[str, str], count: Count) -> Slice:
    """`people` in an order that ends with the id; `asked` has `after` or `before`, or neither for the first page."""
    order = Order.of(people)
    if asked.get("before"):
        found = _before(people, Place.read(asked["before"], order), order, count)
        if found is not None:
            return found
    place = Place.read(asked["after"], order) if asked.get("after") else None
    rows = list((_beyond(people, place, order, falls=order.falls) if place else people)[: PAGE_SIZE + 1])
    return _slice(rows[:PAGE_SIZE], place.rows if place else 0, len(rows) > PAGE_SIZE, order, count)


def _before(people: ContactQuerySet, place: Place, order: Order, count: Count) -> Slice | None:
    """The page that ends before a place; None when that is the beginning, which is then shown whole."""
    earlier = _beyond(people, place, order, falls=not order.falls).order_by(*order.against)[:PAGE_SIZE]
    rows = list(earlier)[::-1]
    if len(rows) < PAGE_SIZE or place.rows <= PAGE_SIZE:
        return None
    return _slice(rows, place.rows - PAGE_SIZE, True, order, count)


def _beyond(people: ContactQuerySet, place: Place, order: Order, *, falls: bool) -> ContactQuerySet:
    """The first comparison is for the index, which then starts at the place; the second settles between equals."""
    word = "lt" if falls else "gt"
    strictly, same = Q(), Q()
    for column, value in zip((*order.columns, "id"), (*place.values, place.pk), strict=True):
        strictly |= same & Q(**{f"{column}__{word}": value})
        same &= Q(**{column: value})
    return people.filter(**{f"{order.columns[0]}__{word}e": place.values[0]}).filter(strictly)


def _slice(rows: list[Contact], before: int, has_next: bool, order: Order, count: Count) -> Slice:
    first, last = (rows[0], rows[-1]) if rows else (None, None)
    back = {"before": str(Place.at(first, order, before))} if first and before else {}
    onwards = {"after": str(Place.at(last, order, before + len(rows)))} if last and has_next else {}
    return Slice(rows, count, before, back, onwards)
