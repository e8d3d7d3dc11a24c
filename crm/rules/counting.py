"""How many people each condition and the whole rule hold for, in one statement that gives up in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from crm.rules import interpreter
from crm.rules.criteria import Node, Sql
from crm.rules.faults import Text
from crm.rules.grammar import group_of
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

PATIENCE_MS = 4000
EVERYBODY = "FROM crm_contact c WHERE c.workspace_id = %s AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of the people a channel reaches. `words` is a sentence with %(count)s; `sql` a boolean over `c`."""

    name: str
    words: Text
    sql: Callable[[Workspace], Sql]


@dataclass(frozen=True, slots=True)
class Counts:
    """`each` follows the conditions asked about; `steps` says how many are left after each member of an `all`."""

    everybody: int
    total: int
    each: Sequence[int | None]
    steps: list[int] = field(default_factory=list)
    reached: list[tuple[Text, int]] = field(default_factory=list)


_reaches: dict[str, Reach] = {}


def register_reach(reach: Reach) -> None:
    """A room above says how it reaches people; the builder counts them beside the total."""
    if reach.name in _reaches:
        raise ValueError(f"two channels are called {reach.name}")
    _reaches[reach.name] = reach


def tally(workspace: Workspace, rule: Node, conditions: Sequence[Node] = ()) -> Counts | None:
    """Counts of a clean rule and of clean conditions, each alone; None when the database needs too long.

    The total comes first and alone, so that a huge business sees it even where the details take too long.
    """
    whole = interpreter.where(rule, workspace)
    everybody = _answer(f"SELECT count(*) {EVERYBODY}", [workspace.pk])
    total = _answer(f"SELECT count(*) {EVERYBODY} AND {whole[0]}", [workspace.pk, *whole[1]])
    if everybody is None or total is None:
        return None
    counts = Counts(everybody[0], total[0], [None] * len(conditions))
    return _detailed(counts, workspace, rule, conditions) or counts


def _detailed(counts: Counts, workspace: Workspace, rule: Node, conditions: Sequence[Node]) -> Counts | None:
    """Every condition is asked once of every person, in a subquery called `c`; counts combine the answers."""
    leaves = _Leaves(workspace)
    tests = [interpreter.compose(part, leaves) for part in [*conditions, *_prefixes(rule)]]
    whole, channels = interpreter.compose(rule, leaves), list(_reaches.values())
    tests += [_both(whole, channel.sql(workspace)) for channel in channels]
    found = _count(tests, leaves.source, [*leaves.params, workspace.pk])
    if found is None:
        return None
    end = len(found) - len(channels)
    said = [(channel.words, count) for channel, count in zip(channels, found[end:], strict=True)]
    each, steps = list(found[: len(conditions)]), list(found[len(conditions) : end])
    return Counts(counts.everybody, counts.total, each, steps, said)


class _Leaves:
    """A column b0, b1, ... for each different condition."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.now = workspace, timezone.now()
        self.columns: dict[str, Sql] = {}

    def __call__(self, node: Node) -> Sql:
        key = json.dumps(node, sort_keys=True)
        self.columns.setdefault(key, interpreter.where(node, self.workspace, now=self.now))
        return f"c.b{list(self.columns).index(key)}", []

    @property
    def source(self) -> str:
        answers = "".join(f", ({sql}) IS TRUE AS b{n}" for n, (sql, _) in enumerate(self.columns.values()))
        return f"FROM (SELECT c.id, c.workspace_id, c.email, c.phone{answers} {EVERYBODY} OFFSET 0) c"

    @property
    def params(self) -> list[Any]:
        return [value for _, values in self.columns.values() for value in values]


def count_each(workspace: Workspace, rules: Sequence[Node]) -> list[int | None]:
    """How many people each of the clean rules holds for, in one statement."""
    if not rules:
        return []
    now = timezone.now()
    with remembering():
        tests = [interpreter.where(rule, workspace, now=now) for rule in rules]
    found = _count(tests, EVERYBODY, [workspace.pk])
    return list(found) if found is not None else [None] * len(rules)


def narrowing(rule: Node) -> list[Node]:
    """The members of an `all` in the order in which people tell it: exceptions last."""
    members = rule["all"] if rule and group_of(rule) == "all" else []
    return sorted(members, key=lambda member: "none" in member)


def _prefixes(rule: Node) -> list[Node]:
    members = narrowing(rule)
    return [{"all": members[: position + 1]} for position in range(len(members))] if len(members) > 1 else []


def _both(left: Sql, right: Sql) -> Sql:
    return f"({left[0]} AND {right[0]})", [*left[1], *right[1]]


def _count(tests: list[Sql], source: str, params: list[Any]) -> tuple[int, ...] | None:
    if not tests:
        return ()
    columns = ", ".join(f"count(*) FILTER (WHERE {sql})" for sql, _ in tests)
    return _answer(f"SELECT {columns} {source}", [*(value for _, values in tests for value in values), *params])


def _answer(sql: str, params: list[Any]) -> tuple[int, ...] | None:
    """One row; None when the database needs too long. Compiling such statements costs more than it saves."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            cursor.execute(sql, params)
            row: tuple[int, ...] = cursor.fetchone()
            transaction.set_rollback(True)  # nothing was written; this puts the two settings back
    except OperationalError:
        return None
    return row
