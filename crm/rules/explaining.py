"""Why a person fits a rule or not: the tree of the rule with a mark at each condition, and what the person has instead.

One statement by the same interpreter over the one row: each condition's answer, what `found` finds, and the whole rule's.
A group follows from its members as the grammar says (an unknown answer is a no), and the whole is asked of the database too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.rules import criteria, interpreter, reading
from crm.rules.criteria import Node
from crm.rules.grammar import group_of
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

ROW = "SELECT {} FROM crm_contact c WHERE c.workspace_id = %s AND c.id = %s"


@dataclass(slots=True)
class Mark:
    """A condition or a group. `holds` is the answer; `group` all, any, none or nothing; `words` and `found` of a condition;
    `inside` what a condition stands for, such as the conditions of a segment that it names."""

    holds: bool
    group: str = ""
    words: SafeString | str = ""
    found: str = ""
    icon: str = ""
    members: list[Mark] = field(default_factory=list)
    inside: Mark | None = None


@dataclass(slots=True)
class _Asked:
    """One node with the columns of its answer and of what is found; None where nothing is looked for."""

    node: Node
    answer: int | None = None
    found: int | None = None
    members: list[_Asked] = field(default_factory=list)
    inside: _Asked | None = None


class _Columns:
    def __init__(self) -> None:
        self.sql: list[str] = []
        self.params: list[Any] = []

    def add(self, sql: str, params: list[Any]) -> int:
        self.sql.append(sql)
        self.params += params
        return len(self.sql) - 1


def explain(rule: Node, workspace: Workspace, contact_id: int, *, now: datetime | None = None) -> Mark | None:
    """The marked tree of a clean rule; None where the business has no such contact."""
    now, columns = now or timezone.now(), _Columns()
    with remembering():
        whole, params = interpreter.where(rule, workspace, now=now)
        columns.add(f"({whole}) IS TRUE", params)
        asked = _ask(rule or {"all": []}, workspace, now, columns)
        with connection.cursor() as cursor:
            cursor.execute(ROW.format(", ".join(columns.sql)), [*columns.params, workspace.pk, contact_id])
            row = cursor.fetchone()
        if row is None:
            return None
        mark = _mark(asked, row, workspace)
    if mark.holds != row[0]:
        raise AssertionError("the marks of a rule and the rule disagree")
    return mark


def _ask(node: Node, workspace: Workspace, now: datetime, columns: _Columns) -> _Asked:
    group = group_of(node)
    if group is not None:
        return _Asked(node, members=[_ask(member, workspace, now, columns) for member in node[group]])
    criterion = criteria.of(node)
    sql, params = interpreter.where(node, workspace, now=now)
    asked = _Asked(node, answer=columns.add(f"({sql}) IS TRUE", params))
    looked = criterion.found(node, workspace=workspace, now=now) if criterion else None
    if looked is not None:
        asked.found = columns.add(*looked)
    rule = criterion.stands_for(node, workspace=workspace) if criterion else None
    if rule:
        asked.inside = _ask(rule, workspace, now, columns)
    return asked


def _mark(asked: _Asked, row: tuple[Any, ...], workspace: Workspace) -> Mark:
    group = group_of(asked.node)
    if group is not None:
        members = [_mark(member, row, workspace) for member in asked.members]
        holding = [member.holds for member in members]
        holds = {"all": all(holding), "any": any(holding), "none": not any(holding)}[group]
        return Mark(holds, group, members=members)
    criterion = criteria.of(asked.node)
    if criterion is None:
        return Mark(False)
    words = reading.marked(criterion.words(asked.node, workspace=workspace))
    mark = Mark(bool(row[asked.answer or 0]), words=words)
    mark.icon = criterion.icon_of(asked.node, workspace=workspace)
    if asked.found is not None:
        mark.found = criterion.found_words(asked.node, _loaded(row[asked.found]), workspace=workspace)
    if asked.inside is not None:
        mark.inside = _mark(asked.inside, row, workspace)
    return mark


def _loaded(value: Any) -> Any:
    """jsonb as a raw cursor gives it."""
    return json.loads(value) if isinstance(value, str) else value
