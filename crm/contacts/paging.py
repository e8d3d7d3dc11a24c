"""Pages of people by place, not by number: the next page begins after the last row of this one, so the thousandth page costs
what the first does, and a row that is added meanwhile moves nobody. The place stands in the address; back and reload work.

A place is the last row's values of the order and how many rows were before, which is only for the words "51 to 100 of 1,000".
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from crm.contacts.models import Contact, ContactQuerySet

PAGE_SIZE = 50


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
    """Columns of one index, all in one direction, as `order_by` takes them; the last is "id", so that no two rows are equal."""

    columns: tuple[str, ...]
    descending: bool

    @classmethod
    def of(cls, people: ContactQuerySet) -> Order:
        names = [str(name) for name in people.query.order_by]
        return cls(tuple(name.removeprefix("-") for name in names), names[0].startswith("-"))

    def beyond(self, people: ContactQuerySet, place: Place, *, back: bool = False) -> ContactQuerySet:
        """Those after a place, or before it: one comparison of rows, at which the index begins."""
        test = TupleLessThan if self.descending != back else TupleGreaterThan
        found: ContactQuerySet = people.filter(test(Tuple(*self.columns), place.values))
        return found

    def reversed(self) -> list[str]:
        return [name if self.descending else f"-{name}" for name in self.columns]


@dataclass(frozen=True, slots=True)
class Place:
    values: tuple[Any, ...]
    rows: int

    def __str__(self) -> str:
        said = [self.rows, *(one.isoformat() if isinstance(one, datetime) else one for one in self.values)]
        return (
            urlsafe_b64encode(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).decode().rstrip("=")
        )

    @classmethod
    def read(cls, text: str, order: Order) -> Place:
        """Raises BadRequest (400) for what `__str__` never wrote, and for a place in another order."""
        try:
            rows, *values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if not (isinstance(rows, int) and 0 <= rows < 10**9) or len(values) != len(order.columns):
                raise ValueError
            return cls(tuple(map(_cleaned, order.columns, values)), rows)
        except (ValueError, TypeError, RecursionError) as error:
            raise BadRequest("not a place in the list") from error


def _cleaned(column: str, value: Any) -> Any:
    """Raises ValueError for what cannot stand in the column."""
    if column == "id":
        if isinstance(value, int) and 0 <= value < 2**63:
            return value
    elif column.endswith("_at"):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    elif isinstance(value, str) and "\0" not in value:
        value.encode()  # half of a character is a ValueError
        return value
    raise ValueError


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
    """`people` in an order that `Order` knows; `asked` has `after` or `before`, or neither for the first page."""
    order = Order.of(people)
    if asked.get("before"):
        found = _before(people, Place.read(asked["before"], order), order, count)
        if found is not None:
            return found
    place = Place.read(asked["after"], order) if asked.get("after") else None
    rows = list((order.beyond(people, place) if place else people)[: PAGE_SIZE + 1])
    return _slice(rows[:PAGE_SIZE], place.rows if place else 0, len(rows) > PAGE_SIZE, order, count)


def _before(people: ContactQuerySet, place: Place, order: Order, count: Count) -> Slice | None:
    """The page that ends before a place; None when that is the beginning, which is then shown whole."""
    rows = list(order.beyond(people, place, back=True).order_by(*order.reversed())[:PAGE_SIZE])[::-1]
    if len(rows) < PAGE_SIZE or place.rows <= PAGE_SIZE:
        return None
    return _slice(rows, place.rows - PAGE_SIZE, True, order, count)


def _slice(rows: Sequence[Contact], before: int, has_next: bool, order: Order, count: Count) -> Slice:
    back = {"before": _place(rows[0], before, order)} if rows and before else {}
    onwards = {"after": _place(rows[-1], before + len(rows), order)} if rows and has_next else {}
    return Slice(list(rows), count, before, back, onwards)


def _place(contact: Contact, rows: int, order: Order) -> str:
    return str(Place(tuple(getattr(contact, column) for column in order.columns), rows))
