"""A rule while it is being built: a tree whose conditions may be unfinished, read from the builder's controls.

The hidden input `<name>` holds the tree as last drawn; every control is called `<name>-<place>-<part>` and wins over it. A
place is "r" for the root and "r0_2" for the third member of its first. An empty object is a condition not chosen yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from crm.rules import criteria
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import GROUPS, MAX_CONDITIONS, MAX_DEPTH, clean, group_of
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

NOWHERE = 10**9  # no group has so many members
HALF_LETTERS = re.compile("[\ud800-\udfff]")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}", re.ASCII)
ROOT = "r"
Form = Mapping[str, list[str]]


def opened(rule: Any) -> Node:
    """Any rule, even a broken one, as a tree whose root is a group."""
    tree = _shaped(rule, MAX_DEPTH + 1)
    if HALF_LETTERS.search(json.dumps(tree, ensure_ascii=False)):  # only an escape in JSON can say them; no screen can
        tree = {}
    return tree if group_of(tree) else {"all": [tree] if tree else []}


def read_form(form: QueryDict | Mapping[str, Any], name: str, workspace: Workspace) -> Node:
    """The tree that the builder called `name` says."""
    lists: Any = dict(form.lists()) if isinstance(form, QueryDict) else {key: [value] for key, value in form.items()}
    try:
        tree = opened(json.loads((lists.get(name) or ["{}"])[-1] or "{}"))
    except (ValueError, RecursionError):
        tree = {"all": []}
    return _overlaid(tree, ROOT, _controls(lists, name), workspace)


def act(tree: Node, action: str) -> Node:
    """The tree after "add:r", "group:r0", "except:r" or "remove:r0_1"; what cannot be done changes nothing."""
    verb, _, place = action.partition(":")
    added: dict[str, Node] = {"add": {}, "group": {"any": [{}]}, "except": {"none": [{}]}}
    if verb == "remove":
        return _without(tree, place)
    group = _find(tree, place)
    if verb not in added or group is None or group_of(group) is None:
        return tree
    if _depth(place) + (verb != "add") <= MAX_DEPTH and len(leaves(tree)) < MAX_CONDITIONS:
        group[str(group_of(group))].append(added[verb])
    return tree


def leaves(node: Node, place: str = ROOT) -> list[tuple[str, Node]]:
    """(place, condition) of the tree, in reading order; a condition not chosen yet is `{}`."""
    group = group_of(node)
    if group is None:
        return [(place, node)]
    return [leaf for position, member in enumerate(node[group]) for leaf in leaves(member, inner(place, position))]


def finished(tree: Node, workspace: Workspace) -> Node:
    """The tree of the conditions that are finished; the others, and groups that then hold nothing, are left out."""
    return _pruned(tree, lambda leaf: fault(leaf, workspace) is None) or {}


def chosen(tree: Node) -> Node:
    """Without conditions that were never chosen and groups that hold nothing: what saving has to judge."""
    return _pruned(tree, bool) or {}


def fault(leaf: Node, workspace: Workspace) -> RuleError | None:
    """What is wrong with a condition, if anything."""
    try:
        clean({"all": [leaf]}, workspace)
    except RuleError as error:
        return error
    return None


def place_of(tree: Node, path: str) -> str:
    """The place that a fault's path ("all.1.none.0.value") points at, counted in `tree`."""
    numbers: list[str] = []
    node: Any = tree
    for step in path.split("."):
        if isinstance(node, dict) and group_of(node) == step:
            node = node[step]
        elif isinstance(node, list) and (at := whole(step)) is not None and at < len(node):
            numbers.append(step)
            node = node[at]
        else:
            break
    return ROOT + "_".join(numbers)


def inner(place: str, position: int) -> str:
    return f"{place}{position}" if place == ROOT else f"{place}_{position}"


# -- inside -------------------------------------------------------------------------------------------------------------------
def _shaped(value: Any, depth: int) -> Node:
    """Only objects where a node must be, so that nothing further in can stumble over what a browser was made to send."""
    if not isinstance(value, dict) or depth == 0:
        return {}
    group = group_of(value)
    if group is None:
        return dict(value) if criteria.of(value) else {}
    members = value[group] if isinstance(value[group], list) else []
    return {group: [_shaped(member, depth - 1) for member in members[: MAX_CONDITIONS + 1]]}


def _controls(lists: Form, name: str) -> dict[str, dict[str, list[str]]]:
    """place -> part -> values."""
    found: dict[str, dict[str, list[str]]] = {}
    pattern = re.compile(rf"{re.escape(name)}-(r[\d_]*)-([a-z_\d]+)", re.ASCII)
    for key, values in lists.items():
        if match := pattern.fullmatch(key):
            found.setdefault(match[1], {})[match[2]] = [value.replace("\0", "") for value in values]
    return found


def _overlaid(node: Node, place: str, controls: dict[str, dict[str, list[str]]], workspace: Workspace) -> Node:
    parts, group = controls.get(place, {}), group_of(node)
    if group is not None:
        how = (parts.get("how") or [group])[0]
        members = [_overlaid(member, inner(place, n), controls, workspace) for n, member in enumerate(node[group])]
        return {how if how in GROUPS else group: members}
    if "what" not in parts:
        return node
    what = parts["what"][0]
    key, _, argument = what.partition(":")
    criterion = criteria.named(key)
    if criterion is None:
        return {}
    kept = parts if what == what_of(node) else {}
    return criterion.draft(argument, kept, workspace=workspace)


def what_of(node: Node) -> str:
    """The menu's value of a condition; "" when none was chosen."""
    criterion = criteria.of(node)
    return criterion.what(node) if criterion else ""


def _find(tree: Node, place: str) -> Node | None:
    node: Any = tree
    for number in _numbers(place):
        group = group_of(node)
        if group is None or number >= len(node[group]):
            return None
        node = node[group][number]
    return node if place.startswith(ROOT) else None


def _without(tree: Node, place: str) -> Node:
    numbers = _numbers(place)
    parent = _find(tree, ROOT + "_".join(map(str, numbers[:-1]))) if numbers else None
    group = group_of(parent) if parent is not None else None
    if parent is not None and group is not None and numbers[-1] < len(parent[group]):
        del parent[group][numbers[-1]]
    return tree


def _numbers(place: str) -> list[int]:
    """The way down to a place; a step that is no number leads nowhere."""
    steps = [step for step in place.removeprefix(ROOT).split("_") if step][: MAX_DEPTH + 1]
    return [NOWHERE if (at := whole(step)) is None else at for step in steps]


def _depth(place: str) -> int:
    return len(_numbers(place)) + 1


def _pruned(node: Node, keeps: Any) -> Node | None:
    group = group_of(node)
    if group is None:
        return node if keeps(node) else None
    members = [kept for member in node[group] if (kept := _pruned(member, keeps)) is not None]
    return {group: members} if members else None
