"""How many people each condition and the whole rule hold for, in one statement that gives up in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
    each: list[int]
    steps: list[int] = field(default_factory=list)
    reached: list[tuple[Text, int]] = field(default_factory=list)


_reaches: dict[str, Reach] = {}


def register_reach(reach: Reach) -> None:
    """A room above says how it reaches people; the builder counts them beside the total."""
    if reach.name in _reaches:
        raise ValueError(f"two channels are called {reach.name}")
    _reaches[reach.name] = reach


def tally(workspace: Workspace, rule: Node, conditions: Sequence[Node] = ()) -> Counts | None:
    """Counts of a clean rule and of clean conditions, each alone; None when the database needs too long."""
    now = timezone.now()
    with remembering():
        whole = interpreter.where(rule, workspace, now=now)
        alone = [interpreter.where(condition, workspace, now=now) for condition in conditions]
        steps = [interpreter.where(part, workspace, now=now) for part in _prefixes(rule)]
    channels = list(_reaches.values())
    reached = [_both(whole, channel.sql(workspace)) for channel in channels]
    found = _count([("TRUE", []), whole, *alone, *steps, *reached], workspace)
    if found is None:
        return None
    ends = 2 + len(alone), 2 + len(alone) + len(steps)
    said = [(channel.words, count) for channel, count in zip(channels, found[ends[1] :], strict=True)]
    return Counts(found[0], found[1], found[2 : ends[0]], found[ends[0] : ends[1]], said)


def count_each(workspace: Workspace, rules: Sequence[Node]) -> list[int | None]:
    """How many people each of the clean rules holds for, in one statement."""
    if not rules:
        return []
    now = timezone.now()
    with remembering():
        tests = [interpreter.where(rule, workspace, now=now) for rule in rules]
    found = _count(tests, workspace)
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


def _count(tests: list[Sql], workspace: Workspace) -> list[int] | None:
    columns = ", ".join(f"count(*) FILTER (WHERE {sql})" for sql, _ in tests)
    params = [value for _, values in tests for value in values]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            cursor.execute(f"SELECT {columns} {EVERYBODY}", [*params, workspace.pk])
            row = cursor.fetchone()
            transaction.set_rollback(True)  # nothing was written; this puts the two settings back
    except OperationalError:
        return None
    return list(row)
