"""What a rule may look like.

    {"all": [{"field": "email", "op": "contains", "value": "@"}, {"none": [{"list": 3}]}]}

A group is `all`, `any` or `none` of nodes; a node is a group or a condition of a registered criterion. `{}` is everybody.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from crm.rules import criteria
from crm.rules.criteria import Node
from crm.rules.faults import RuleError, step
from crm.workspaces.models import Workspace

__all__ = [
    "GROUPS",
    "MAX_BYTES",
    "MAX_CONDITIONS",
    "MAX_DEPTH",
    "RuleError",
    "clean",
    "conditions",
    "group_of",
    "schema",
]

GROUPS = ("all", "any", "none")
MAX_DEPTH = 5
MAX_CONDITIONS = 50
MAX_BYTES = 20_000


def clean(rule: Any, workspace: Workspace) -> Node:
    """The rule, normalised; everybody is always `{}`. Raises RuleError with the path of the first fault.

    Costs a query for each list, tag or segment that the rule names.
    """
    if rule is None or rule == {}:
        return {}
    _measure(rule)
    cleaned = _clean_node(rule, workspace, "", 1)
    return {} if cleaned in ({"all": []}, {"none": []}) else cleaned


def group_of(node: Node) -> str | None:
    """Which group a node is; None for a condition."""
    return next((name for name in GROUPS if name in node), None)


def conditions(rule: Node) -> list[Node]:
    """The conditions of a clean rule, in reading order."""
    group = group_of(rule)
    if group is None:
        return [rule] if rule else []
    return [condition for node in rule[group] for condition in conditions(node)]


def _measure(rule: Any) -> None:
    """Refuses what is too deep, too long or not storable, before anything reads it."""
    _walk(rule, "", 0)
    if len(json.dumps(rule, ensure_ascii=False).encode()) > MAX_BYTES:
        raise RuleError("", _("These conditions are too long. Divide them between two segments."))


def _walk(value: Any, path: str, depth: int) -> None:
    if depth > 2 * MAX_DEPTH + 4:
        raise RuleError(path, _too_deep())
    if isinstance(value, dict):
        for name, inner in value.items():
            _walk(str(name), path, depth)
            _walk(inner, step(path, str(name)[:60]), depth + 1)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _walk(inner, step(path, position), depth + 1)
    elif isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise RuleError(path, _("This text has characters that cannot be kept."))


def _clean_node(node: Any, workspace: Workspace, path: str, depth: int) -> Node:
    if not isinstance(node, dict):
        raise RuleError(path, _("A condition is written as an object, such as {“list”: 3}."))
    group = group_of(node)
    if group is not None:
        return _clean_group(node, group, workspace, path, depth)
    criterion = criteria.of(node)
    if criterion is None:
        raise RuleError(path, _unknown(node))
    criterion.refuse_extras(node, path=path)
    return criterion.clean(node, workspace=workspace, path=path)


def _clean_group(node: Node, group: str, workspace: Workspace, path: str, depth: int) -> Node:
    for name in node:
        if name != group:
            raise RuleError(step(path, name), _("A group holds “%(group)s” and nothing beside it.") % {"group": group})
    members = node[group]
    if not isinstance(members, list):
        raise RuleError(step(path, group), _("A group holds a list of conditions."))
    if depth > MAX_DEPTH:
        raise RuleError(path, _too_deep())
    if not members and (path or group == "any"):
        raise RuleError(path, _("This group is empty. Add a condition or remove the group."))
    cleaned = {
        group: [
            _clean_node(member, workspace, step(path, group, position), depth + 1)
            for position, member in enumerate(members)
        ]
    }
    if len(conditions(cleaned)) > MAX_CONDITIONS:
        raise RuleError(path, _("There may be at most %(count)d conditions.") % {"count": MAX_CONDITIONS})
    return cleaned


def _too_deep() -> str:
    return _("Groups may lie at most %(depth)d deep in one another.") % {"depth": MAX_DEPTH}


def _unknown(node: Node) -> str:
    word = str(next(iter(node), ""))[:60]
    return _("“%(word)s” is not a condition that is known here.") % {"word": word} if word else _("Choose a condition.")


def schema() -> dict[str, Any]:
    """JSON schema of a rule, made of the registered criteria; for the documentation of REST."""
    words = {criterion.key: criterion.schema for criterion in criteria.every()}
    member = {"$ref": "#/$defs/node"}
    groups = [
        {
            "type": "object",
            "properties": {group: {"type": "array", "items": member, "maxItems": MAX_CONDITIONS}},
            "required": [group],
            "additionalProperties": False,
        }
        for group in GROUPS
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": [{"type": "object", "maxProperties": 0}, member],
        "$defs": {"node": {"anyOf": [*groups, *({"$ref": f"#/$defs/{key}"} for key in words)]}, **words},
    }
