"""Every operator with every odd word, alone: what a random walk meets too seldom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from crm.models import Workspace
from crm.rules import grammar, interpreter
from tests.crm.rules.oracle import Person, holds
from tests.crm.rules.worlds import DAYS, NOW, NUMBERS, WORDS, Crowd


def conditions(crowd: Crowd) -> Iterator[dict[str, Any]]:
    key = {kind: field.storage_key for kind, field in crowd.fields.items()}
    for name, op, word in product(
        ["email", "source", key["text"], key["url"]], ["contains", "equals", "starts"], WORDS
    ):
        yield {"field": name, "op": op, "value": word}
    for name, op, number in product([key["number"], key["rating"]], [">=", "<=", ">", "<", "="], NUMBERS):
        yield {"field": name, "op": op, "value": number}
    for name, op, day in product(["created_at", key["date"]], ["on", "before", "after"], DAYS):
        yield {"field": name, "op": op, "value": day.isoformat()}
    for name, op, days in product(
        ["created_at", key["date"]], ["last", "next", "in", "older", "annual_next", "hebrew_next"], [0, 1, 2, 7, 30, 31]
    ):
        yield {"field": name, "op": op, "value": days}
    for name, op, month in product(["created_at", key["date"]], ["annual_month", "hebrew_month"], range(1, 13)):
        yield {"field": name, "op": op, "value": month}
    for name, op in product(["created_at", key["date"]], ["annual_today", "hebrew_today"]):
        yield {"field": name, "op": op}
    for name, options in product([key["choice"], key["choices"]], [["o1"], ["o2", "o3"], ["o1", "o2", "o3"]]):
        yield {"field": name, "op": "one_of", "value": options}
    for name, op in product(["email", "phone", "first_name", *key.values()], ["empty", "filled"]):
        yield {"field": name, "op": op}
    yield from ({"field": key["yes_no"], "op": "is", "value": value} for value in (True, False))


def test_every_condition_alone_agrees_with_the_oracle_on_each_row_source(workspace: Workspace) -> None:
    crowd = Crowd(workspace, size=150)
    rules = {str(n): grammar.clean(rule, workspace) for n, rule in enumerate(conditions(crowd))}
    batch = interpreter.for_batch(workspace, rules, crowd.people, now=NOW)
    for pk, person in crowd.people.items():
        expected = {name for name, rule in rules.items() if holds(rule, person, crowd.world)}
        assert {n: rules[n] for n in batch[pk] ^ expected} == {}, (person.columns, person.values)
    for _ in range(40):
        stranger = Person(values=crowd.values())
        held = interpreter.for_values(workspace, rules, stranger.values, now=NOW)
        expected = {name for name, rule in rules.items() if holds(rule, stranger, crowd.world)}
        assert {n: rules[n] for n in held ^ expected} == {}, stranger.values
