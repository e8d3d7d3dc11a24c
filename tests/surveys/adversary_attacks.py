"""What the adversary makes of the loot: every attack is a name and a guess for each voter.

Attacks are not told where to look: people, events and remarks of a group are put in the order of each column they have, and
what an answer changed is learnt column by column, so that a column somebody adds tomorrow is tried too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.surveys.adversary_watch import Group, Guess, Loot, Row

PROMISED = 5  # the smallest group that may ever be told apart


# -- how well they do ------------------------------------------------------------------------------------------------------
class Pool:
    """Many surveys: by attack, how many it guessed of those who were trusted and of those who kept silent."""

    def __init__(self) -> None:
        self.trusted: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()
        self.people = 0
        self.gains: list[float] = []  # of each survey alone, by the attack that was best on its trusted

    def add(self, loot: Loot) -> float:
        plain = baseline(loot)
        trusted, silent = Counter[str](), Counter[str]()
        for name, guess in [("best guess", plain), *attacks_of(loot)]:
            trusted[name], silent[name] = hits(loot, guess, loot.trusted), hits(loot, guess, loot.silent)
        self.trusted += trusted
        self.silent += silent
        self.people += len(loot.silent)
        self.gains.append((silent[_best(trusted)] - silent["best guess"]) / len(loot.silent))
        return self.gains[-1]

    @property
    def best(self) -> str:
        return _best(self.trusted)

    @property
    def gain(self) -> float:
        """Of the attack that did best on all who were trusted, over the best guess, in shares of all who kept silent."""
        return (self.silent[self.best] - self.silent["best guess"]) / self.people

    @property
    def worst_attack(self) -> tuple[str, float]:
        """Whichever did best on the silent themselves, which nobody can know beforehand: an upper bound."""
        name = max((name for name in self.silent if name != "best guess"), key=self.silent.__getitem__)
        return name, (self.silent[name] - self.silent["best guess"]) / self.people


def _best(trusted: Counter[str]) -> str:
    """Where an attack does no better than the best guess, it is the best guess."""
    return max(trusted, key=lambda name: (trusted[name], name == "best guess"))


def gain(loot: Loot) -> float:
    """How much better the best attack is than guessing from the published groups, in shares of the voters who kept silent."""
    return Pool().add(loot)


def hits(loot: Loot, guess: Guess, whom: Iterable[int]) -> int:
    return sum(guess.get(one) == loot.truth[one] for one in whom)


# -- the best guess --------------------------------------------------------------------------------------------------------
def baseline(loot: Loot) -> Guess:
    """The commonest answer of each group of five or more, less what the others of the group confessed."""
    guess: Guess = {}
    for who, moved in _promised(loot.groups):
        guess |= _by_moved(loot, who, moved)
    return guess


def _promised(groups: list[Group]) -> list[tuple[list[int], Counter[int]]]:
    """Groups as they were promised: what was told of fewer is joined to its neighbour."""
    joined: list[tuple[list[int], Counter[int]]] = []
    for group in groups:
        if joined and len(joined[-1][0]) < PROMISED:
            joined[-1] = (joined[-1][0] + group.who, joined[-1][1] + group.moved)
        else:
            joined.append((list(group.who), Counter(group.moved)))
    return joined


def _by_moved(loot: Loot, who: list[int], moved: Counter[int]) -> Guess:
    confessed = Counter(loot.truth[one] for one in who if one in loot.taught)
    guess: Guess = {}
    for one in who:
        known = confessed - Counter([loot.truth[one]]) if one in loot.taught else confessed
        guess[one] = _commonest(moved - known) or _commonest(moved)
    return guess


def _commonest(counts: Counter[int]) -> int:
    return counts.most_common(1)[0][0] if counts else 0


# -- the attacks -----------------------------------------------------------------------------------------------------------
def attacks_of(loot: Loot) -> Iterator[tuple[str, Guess]]:
    yield (
        "groups as told",
        {one: g for group in loot.groups for one, g in _by_moved(loot, group.who, group.moved).items()},
    )
    yield from _by_looks(loot)
    yield from _by_touch(loot)
    yield from _by_ranks(loot)
    yield "a value in common", _by_same_value(loot)
    yield from _by_polls(loot)


def _learnt(loot: Loot, seen: dict[int, Any]) -> Guess:
    """What was seen of confessors, looked for in what was seen of the others."""
    learnt: dict[Any, Counter[int]] = {}
    for one in loot.taught & seen.keys():
        learnt.setdefault(seen[one], Counter())[loot.truth[one]] += 1
    return {one: _commonest(learnt.get(look, Counter())) for one, look in seen.items()}


LOOKS: dict[str, Callable[[Row], Any]] = {
    "length": lambda row: len(_bytes(row["sealed"])),
    "blocks": lambda row: len(_bytes(row["sealed"])) // 16,
    "first byte": lambda row: _bytes(row["sealed"])[:1],
    "token": lambda row: _bytes(row["token"])[:1],
    "first sealed byte": lambda row: _bytes(row["sealed"])[12:13],
}
VARIES = re.compile(r"[0-9a-f-]{36}|v\d+@|\d{2}:\d{2}:\d{2}")  # numbers of requests, addresses, times
LISTENED: dict[str, Callable[[Loot, int], Any]] = {
    "heard, length": lambda loot, one: len(loot.heard.get(one, "")),
    "heard, words": lambda loot, one: VARIES.sub("", loot.heard.get(one, "")),
    "heard, lines": lambda loot, one: loot.heard.get(one, "").count("\n"),
    "written, lengths": lambda loot, one: tuple(map(len, loot.written.get(one, []))),
    "written, words": lambda loot, one: VARIES.sub("", "".join(loot.written.get(one, []))[-400:]),
}


def _bytes(cell: str) -> bytes:
    return bytes.fromhex(cell.removeprefix("\\x"))


def _by_looks(loot: Loot) -> Iterator[tuple[str, Guess]]:
    for name, look in LOOKS.items():
        yield f"envelope, {name}", _learnt(loot, {one: look(row) for one, row in loot.sealed_of.items()})
    for name, listen in LISTENED.items():
        yield name, _learnt(loot, {one: listen(loot, one) for one in loot.truth})


def _by_touch(loot: Loot) -> Iterator[tuple[str, Guess]]:
    """What one answer wrote anywhere, column by column."""
    seen: dict[str, dict[int, Any]] = defaultdict(dict)
    for one, tables in loot.touched.items():
        for table, rows in tables.items():
            for column in rows[0]:
                seen[f"touched {table}.{column}"][one] = repr(sorted(repr(row[column]) for row in rows))
    for name, looks in seen.items():
        yield name, _learnt(loot, looks)


def _by_ranks(loot: Loot) -> Iterator[tuple[str, Guess]]:
    """The n-th person of a group wrote its n-th remark, or gave its n-th rating."""
    orders = {"log": _in_log_order(loot)}
    orders |= {f"people.{name}": _in_order("people", name) for name in _columns(loot, "people")}
    orders |= {f"events.{name}": _in_order("events", name) for name in _columns(loot, "events")}
    marks = _columns(loot, "remarks")
    for place, order in orders.items():
        placed = [order(group) for group in loot.groups]
        yield f"{place} by rating", _ranked(placed, [sorted(group.moved.elements()) for group in loot.groups])
        yield f"{place} by rating, down", _ranked(placed, [sorted(g.moved.elements())[::-1] for g in loot.groups])
        for mark in marks:
            written = [[int(row["text"][0]) for row in _sorted(group.remarks, mark)] for group in loot.groups]
            yield f"{place} by {mark}", _ranked(placed, written)
            yield f"{place} by {mark}, down", _ranked(placed, [ratings[::-1] for ratings in written])


def _ranked(placed: list[list[int]], ratings: list[list[int]]) -> Guess:
    return {
        one: rating for who, said in zip(placed, ratings, strict=True) for one, rating in zip(who, said, strict=False)
    }


def _in_log_order(loot: Loot) -> Callable[[Group], list[int]]:
    order = {one: place for place, one in enumerate(loot.truth)}
    return lambda group: sorted(group.who, key=lambda one: order.get(one, -1))


def _in_order(part: str, column: str) -> Callable[[Group], list[int]]:
    return lambda group: [row["contact_id"] for row in _sorted(getattr(group, part), column)]


def _columns(loot: Loot, part: str) -> list[str]:
    """Those whose cells differ within a group, so that they can put it in an order."""
    found: dict[str, None] = {}
    for group in loot.groups:
        for first, second in pairwise(getattr(group, part)):
            found |= {name: None for name, cell in first.items() if cell != second[name]}
    return list(found)


def _sorted(rows: list[Row], column: str) -> list[Row]:
    return sorted(rows, key=lambda row: _comparable(column, row[column]))


def _comparable(column: str, cell: Any) -> Any:
    if column == "ctid":
        return tuple(int(part) for part in cell.strip("()").split(","))
    if column == "text":
        return len(cell)
    return (0, cell, "") if isinstance(cell, int | float) else (1, 0, str(cell).removesuffix("+00:00").ljust(40, "0"))


def _by_same_value(loot: Loot) -> Guess:
    """A number or a moment that stands on one person's row of a group and on one remark of it, and on no other."""
    guess: Guess = {}
    for group in loot.groups:
        told = [(row, _own(row, group.remarks)) for row in group.remarks]
        for person in [*group.people, *group.events]:
            mine = {_plain(cell) for cell in person.values()}
            found = [row for row, own in told if mine & own]
            if len(found) == 1:
                guess[person["contact_id"]] = int(found[0]["text"][0])
    return guess


SHARED = ("survey_id", "question_id", "text", "ctid")


def _own(row: Row, rows: list[Row]) -> set[str]:
    """Cells of this row that not all the others have too."""
    return {
        _plain(cell)
        for name, cell in row.items()
        if name not in SHARED and (len(rows) == 1 or any(other[name] != cell for other in rows))
    }


def _plain(cell: Any) -> str:
    try:
        return str(UUID(cell).int)
    except (ValueError, AttributeError, TypeError):
        return str(cell)


def _by_polls(loot: Loot) -> Iterator[tuple[str, Guess]]:
    """What the screens said right after somebody answered, and in which groups they said it."""
    moved = {poll.voter: tuple(sorted(poll.moved.elements())) for poll in loot.polls}
    yield "screens moved", {one: _commonest(Counter(ratings)) for one, ratings in moved.items()}
    yield "screens moved, learnt", _learnt(loot, moved)
    looks: dict[str, dict[int, Any]] = defaultdict(dict)
    for poll in loot.polls:
        for name, places in poll.changed.items():
            looks[name][poll.voter] = places
    for name, seen in looks.items():
        yield f"screen of {name}", _learnt(loot, seen)
    told: Guess = {}
    since: Counter[int] = Counter()
    for poll in loot.polls:
        since += poll.moved
        if poll.who:
            told |= _by_moved(loot, [one for one in poll.who if one in loot.truth], since)
            since = Counter()
    yield "screens in groups", told
