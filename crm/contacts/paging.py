"""Pages of people by place, not by number: the next page begins after the last row of this one, so the thousandth page costs
what the first does, and a row that is added meanwhile moves nobody. The place stands in the address; back and reload work.

A place is "<moment>_<id>_<rows before>"; the last part is only for the words "51 to 100 of 1,000".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils import timezone

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
class Place:
    moment: datetime
    pk: int
    rows: int

    def __str__(self) -> str:
        return f"{self.moment.isoformat()}_{self.pk}_{self.rows}"

    @classmethod
    def read(cls, text: str) -> Place:
        """Raises BadRequest (400) for what `__str__` never wrote."""
        parts = text.split("_")
        try:
            place = cls(datetime.fromisoformat(parts[0]), int(parts[1]), int(parts[2]))
        except (ValueError, IndexError) as error:
            raise BadRequest("not a place in the list") from error
        if timezone.is_naive(place.moment) or not (0 <= place.pk < 2**63 and 0 <= place.rows < 10**9):
            raise BadRequest("not a place in the list")
        return place


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

    def start_index(self) -> int:
        return self.rows_before + 1 if self.object_list else 0

    def end_index(self) -> int:
        return self.rows_before + len(self.object_list)


def page_of(people: ContactQuerySet, asked: Mapping[str, str], count: Count) -> Slice:
    """`people` in the order "-<moment>", "-id"; `asked` has `after` or `before`, or neither for the first page."""
    column = str(people.query.order_by[0]).removeprefix("-")
    if asked.get("before"):
        found = _before(people, Place.read(asked["before"]), column, count)
        if found is not None:
            return found
    place = Place.read(asked["after"]) if asked.get("after") else None
    rows = list((_beyond(people, place, column) if place else people)[: PAGE_SIZE + 1])
    return _slice(rows[:PAGE_SIZE], place.rows if place else 0, len(rows) > PAGE_SIZE, column, count)


def _before(people: ContactQuerySet, place: Place, column: str, count: Count) -> Slice | None:
    """The page that ends before a place; None when that is the beginning, which is then shown whole."""
    earlier = _beyond(people, place, column, back=True).order_by(column, "id")[:PAGE_SIZE]
    rows = list(earlier)[::-1]
    if len(rows) < PAGE_SIZE or place.rows <= PAGE_SIZE:
        return None
    return _slice(rows, place.rows - PAGE_SIZE, True, column, count)


def _beyond(people: ContactQuerySet, place: Place, column: str, *, back: bool = False) -> ContactQuerySet:
    """The first comparison is for the index, which then starts at the place; the second settles who joined at one moment."""
    word, name = ("gt", f"{column}__gte") if back else ("lt", f"{column}__lte")
    strictly = Q(**{f"{column}__{word}": place.moment}) | Q(**{column: place.moment, f"id__{word}": place.pk})
    return people.filter(**{name: place.moment}).filter(strictly)


def _slice(rows: list[Contact], before: int, has_next: bool, column: str, count: Count) -> Slice:
    first, last = (rows[0], rows[-1]) if rows else (None, None)
    back = {"before": str(Place(getattr(first, column), first.pk, before))} if first and before else {}
    onwards = {"after": str(Place(getattr(last, column), last.pk, before + len(rows)))} if last and has_next else {}
    return Slice(rows, count, before, back, onwards)
