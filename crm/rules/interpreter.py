"""The one interpreter: a rule becomes a boolean of SQL over a row called `c`, and there are three sources of such rows.

All contacts of a business (`where`, which segments.matching puts into a queryset), a batch of contacts (`for_batch`, all
rules in one statement), one row of values (`for_values`: a stranger, or a stranger with answers). NULL counts as false:
`all` and `any` pass it on, `none` asks IS NOT TRUE. User's strings are parameters, never part of the text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from crm.rules import criteria
from crm.rules.criteria import Node, Sql
from crm.rules.grammar import group_of
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

Leaf = Callable[[Node], Sql]
COLUMNS = ("email", "phone", "first_name", "last_name", "source")
BATCH = (
    "SELECT c.id, array_remove(ARRAY[{}]::int[], NULL) FROM crm_contact c "
    "WHERE c.workspace_id = %s AND c.id = ANY(%s::bigint[])"
)
VALUES = (
    "SELECT array_remove(ARRAY[{}]::int[], NULL) FROM (SELECT NULL::bigint AS id, NULL::bigint AS workspace_id, "
    "%s::text AS email, %s::text AS phone, %s::text AS first_name, %s::text AS last_name, %s::text AS source, "
    '%s::jsonb AS "values", NULL::timestamptz AS created_at) c'
)


def where(rule: Node | None, workspace: Workspace, *, now: datetime | None = None) -> Sql:
    """(boolean SQL over alias `c`, parameters) of a clean rule. It may be NULL, which means no."""
    with remembering():
        return compose(rule or {}, _leaf(workspace, now or timezone.now()))


def for_batch(
    workspace: Workspace, rules: Mapping[str, Node], contact_ids: Iterable[int], *, now: datetime | None = None
) -> dict[int, set[str]]:
    """Which of the rules hold for each contact, in one statement. Ids of other businesses are left out of the answer."""
    ids = list(contact_ids)
    if not rules or not ids:
        return {contact_id: set() for contact_id in ids}
    names, cases, params = _cases(rules, workspace, now)
    with connection.cursor() as cursor:
        cursor.execute(BATCH.format(cases), [*params, workspace.pk, ids])
        return {contact_id: {names[position] for position in held} for contact_id, held in cursor.fetchall()}


def for_values(
    workspace: Workspace,
    rules: Mapping[str, Node],
    values: Mapping[str, Any] | None = None,
    *,
    now: datetime | None = None,
) -> set[str]:
    """Which of the rules hold for somebody who is no contact: a stranger (None), or one who gave `values` ("f12", "email")."""
    if not rules:
        return set()
    names, cases, params = _cases(rules, workspace, now)
    given = _storable(values or {})
    columns = [given.pop(name, None) or None for name in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(VALUES.format(cases), [*params, *columns, json.dumps(given)])
        (held,) = cursor.fetchone()
    return {names[position] for position in held}


def _cases(rules: Mapping[str, Node], workspace: Workspace, now: datetime | None) -> tuple[list[str], str, list[Any]]:
    """Each rule as its position when it holds, else NULL."""
    leaf, names = _leaf(workspace, now or timezone.now()), list(rules)
    cases: list[str] = []
    params: list[Any] = []
    with remembering():
        for position, name in enumerate(names):
            sql, values = compose(rules[name] or {}, leaf)
            cases.append(f"CASE WHEN {sql} THEN {position} END")
            params += values
    return names, ", ".join(cases), params


def compose(node: Node, leaf: Leaf) -> Sql:
    """A rule in SQL, its conditions as `leaf` says them."""
    if not node:
        return "TRUE", []
    group = group_of(node)
    return _group(group, node[group], leaf) if group is not None else leaf(node)


def _leaf(workspace: Workspace, now: datetime) -> Leaf:
    def sql(node: Node) -> Sql:
        criterion = criteria.of(node)
        return criterion.sql(node, workspace=workspace, now=now) if criterion else ("FALSE", [])

    return sql


def _group(group: str, members: list[Node], leaf: Leaf) -> Sql:
    """`none` is written member by member: NOT of what is never NULL is an anti-join to the planner, IS NOT TRUE is not."""
    if not members:
        return ("FALSE" if group == "any" else "TRUE"), []
    parts: list[str] = []
    params: list[Any] = []
    for member in members:
        sql, values = compose(member, leaf)
        parts.append(sql if group != "none" else _denied(member, sql))
        params += values
    return "(" + (" OR " if group == "any" else " AND ").join(parts) + ")", params


def _denied(member: Node, sql: str) -> str:
    criterion = criteria.of(member) if group_of(member) is None else None
    return f"NOT {sql}" if criterion and criterion.never_null else f"({sql}) IS NOT TRUE"


def _storable(value: Any) -> Any:
    """Without what PostgreSQL cannot keep in text: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, Mapping):
        return {str(_storable(key)): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, (list, tuple, set)) else value
