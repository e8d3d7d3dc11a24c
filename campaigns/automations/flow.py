"""The shape of a flow, and walking through it.

    {"triggers": [{"on": "event", "event": "survey.answered", "subject": 3}], "rule": {}, "goal": {}, "again": "always",
     "steps": [{"id": "k3j9x2ab", "type": "branch", "paths": [{"id": "p1q2r3s4", "name": "High", "rule": {}, "steps": []}]}]}

A flow is a tree: paths rejoin after their step. Ids are random, so a step that is moved stays the same step. `rule` says who
may enter at all, `goal` when the journey has reached what it was for, `again` whether somebody may walk it twice.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.automations import triggers
from campaigns.automations.steps import base
from crm.rules import grammar
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.workspaces.models import Workspace

Said = dict[str, Any]
ID_LETTERS = string.ascii_lowercase + string.digits
MAX_STEPS, MAX_DEPTH, MAX_PATHS, MAX_TRIGGERS = 100, 6, 8, 5
ONCE, AFTER, ALWAYS = "once", "after", "always"
AGAIN = (ONCE, AFTER, ALWAYS)


def empty() -> Said:
    return {"triggers": [], "rule": {}, "goal": {}, "again": AFTER, "steps": []}


def new_id() -> str:
    return "".join(secrets.choice(ID_LETTERS) for _place in range(8))


def new_step(name: str, **said: Any) -> Said:
    """A step of that kind with a fresh id, and fresh ids for the paths given."""
    paths = [{"id": new_id(), "name": "", "steps": [], **path} for path in said.pop("paths", [])]
    return {"id": new_id(), "type": name, **said, **({"paths": paths} if base.get(name).has_paths else {})}


def clean(raw: Any, workspace: Workspace) -> Said:
    """The whole flow, normalised. Raises ValidationError by the path of the fault, such as "steps.0.paths.1.rule"."""
    if not isinstance(raw, Mapping) or set(raw) - set(empty()):
        raise ValidationError({"flow": [_("A flow holds triggers, rule, goal, again and steps.")]})
    said = empty() | dict(raw)
    if said["again"] not in AGAIN:
        raise ValidationError({"again": [_("Choose whether somebody may go through it twice.")]})
    seen: set[str] = set()
    return {
        "triggers": _clean_triggers(said["triggers"], workspace),
        "rule": clean_rule(said["rule"], workspace, "rule"),
        "goal": clean_rule(said["goal"], workspace, "goal"),
        "again": said["again"],
        "steps": _clean_steps(said["steps"], workspace, "steps", 1, seen),
    }


def _clean_triggers(raw: Any, workspace: Workspace) -> list[Said]:
    if not isinstance(raw, list) or len(raw) > MAX_TRIGGERS:
        words = _("Choose up to %(limit)s things that start it.") % {"limit": MAX_TRIGGERS}
        raise ValidationError({"triggers": [words]})
    return [
        _under(f"triggers.{place}", lambda one=one: triggers.clean(one, workspace))  # type: ignore[misc]
        for place, one in enumerate(raw)
    ]


def clean_rule(raw: Any, workspace: Workspace, path: str) -> Node:
    try:
        return grammar.clean(raw or {}, workspace)
    except RuleError as error:
        raise ValidationError({f"{path}.{error.path}" if error.path else path: error.messages}) from None


def _clean_steps(raw: Any, workspace: Workspace, path: str, depth: int, seen: set[str]) -> list[Said]:
    if not isinstance(raw, list):
        raise ValidationError({path: [_("Steps are a list.")]})
    if depth > MAX_DEPTH:
        raise ValidationError(
            {path: [_("Paths may lie at most %(depth)d deep in one another.") % {"depth": MAX_DEPTH}]}
        )
    return [_clean_step(one, workspace, f"{path}.{place}", depth, seen) for place, one in enumerate(raw)]


def _clean_step(raw: Any, workspace: Workspace, path: str, depth: int, seen: set[str]) -> Said:
    if not isinstance(raw, dict) or not base.known(raw.get("type")):
        raise ValidationError({path: [_("This kind of step is not known here.")]})
    kind = base.get(raw["type"])
    identifier = _clean_id(raw.get("id"), path, seen)
    said = _under(path, lambda: kind.clean(raw, workspace))
    cleaned = {"id": identifier, "type": kind.name, **said}
    if kind.has_paths:
        cleaned["paths"] = _clean_paths(kind, raw.get("paths"), workspace, path, depth, seen)
    return cleaned


def _clean_paths(kind: base.Step, raw: Any, workspace: Workspace, path: str, depth: int, seen: set[str]) -> list[Said]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_PATHS:
        raise ValidationError({f"{path}.paths": [_("There must be one to %(limit)s paths.") % {"limit": MAX_PATHS}]})
    cleaned = []
    for place, one in enumerate(raw):
        here = f"{path}.paths.{place}"
        if not isinstance(one, dict) or not isinstance(one.get("name", ""), str):
            raise ValidationError({here: [_("A path has a name and steps.")]})
        cleaned.append(
            {
                "id": _clean_id(one.get("id"), here, seen),
                "name": one.get("name", "").strip()[:60],
                **_under(here, lambda one=one: kind.clean_path(one, workspace)),  # type: ignore[misc]
                "steps": _clean_steps(one.get("steps", []), workspace, f"{here}.steps", depth + 1, seen),
            }
        )
    return cleaned


def _clean_id(raw: Any, path: str, seen: set[str]) -> str:
    identifier = new_id() if raw is None else raw
    if not isinstance(identifier, str) or len(identifier) != 8 or set(identifier) - set(ID_LETTERS):
        raise ValidationError({f"{path}.id": [_("An id is eight small letters and digits.")]})
    if identifier in seen or len(seen) >= MAX_STEPS:
        raise ValidationError({f"{path}.id": [_("Two steps have the same id, or there are more than a hundred.")]})
    seen.add(identifier)
    return identifier


def _under(path: str, clean: Any) -> Any:
    """Faults of a part told by their place in the whole."""
    try:
        return clean()
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        raise ValidationError({f"{path}.{key}".rstrip("."): words for key, words in found.items()}) from None


def walk(steps: list[Said]) -> Iterator[Said]:
    """Every step, in reading order."""
    for step in steps:
        yield step
        for path in step.get("paths", ()):
            yield from walk(path["steps"])


def find(flow: Said, identifier: str) -> Said | None:
    return next((step for step in walk(flow["steps"]) if step["id"] == identifier), None)


def first(flow: Said) -> str:
    return flow["steps"][0]["id"] if flow["steps"] else ""


def after(flow: Said, identifier: str, path: str = "") -> str:
    """The id of the step that follows, by that path where one was chosen; "" at the end."""
    return _following(flow["steps"])[identifier, path]


def _following(steps: list[Said], then: str = "") -> dict[tuple[str, str], str]:
    """(step, path) -> the next step, of all steps and paths."""
    found: dict[tuple[str, str], str] = {}
    for place, step in enumerate(steps):
        onward = steps[place + 1]["id"] if place + 1 < len(steps) else then
        found[step["id"], ""] = onward
        for path in step.get("paths", ()):
            found[step["id"], path["id"]] = path["steps"][0]["id"] if path["steps"] else onward
            found |= _following(path["steps"], onward)
    return found


def problems(flow: Said, workspace: Workspace) -> list[tuple[str, str]]:
    """What stands in the way of switching on: (id of the step or "" for the start, plain words)."""
    found = [("", words) for trigger in flow["triggers"] if (words := triggers.lacks(trigger, workspace))]
    if not flow["steps"]:
        found.append(("", _("There are no steps yet.")))
    for step in walk(flow["steps"]):
        if words := base.get(step["type"]).lacks(step, workspace):
            found.append((step["id"], words))
    return found
