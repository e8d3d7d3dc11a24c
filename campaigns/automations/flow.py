"""The shape of a flow, and walking through it.

    {"triggers": [{"on": "event", "event": "survey.answered", "subject": 3}], "rule": {}, "goal": {}, "again": "always",
     "steps": [{"id": "k3j9x2ab", "type": "branch", "paths": [{"id": "p1q2r3s4", "name": "High", "rule": {}, "steps": []}]}]}

A flow is a tree: paths rejoin after their step. Ids are random, so a step that is moved stays the same step. `rule` says who
may enter at all, `goal` when the journey has reached what it was for, `again` whether somebody may walk it twice.
"""

from __future__ import annotations

import json
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


def clean(raw: Any, workspace: Workspace, *, before: Said | None = None) -> Said:
    """The whole flow, normalised. Raises ValidationError by the path of the fault, such as "steps.0.paths.1.rule".

    A part that stood just so in the flow `before` is taken as it is: what it speaks of may be gone by now, which `problems`
    tells, and must not stand in the way of mending something else.
    """
    if not isinstance(raw, Mapping) or set(raw) - set(empty()):
        raise ValidationError({"flow": [_("A flow holds triggers, rule, goal, again and steps.")]})
    said = empty() | dict(raw)
    if said["again"] not in AGAIN:
        raise ValidationError({"again": [_("Choose whether somebody may go through it twice.")]})
    known = Known(before)
    return {
        "triggers": _clean_triggers(said["triggers"], workspace, known),
        "rule": said["rule"] if said["rule"] in known else clean_rule(said["rule"], workspace, "rule"),
        "goal": said["goal"] if said["goal"] in known else clean_rule(said["goal"], workspace, "goal"),
        "again": said["again"],
        "steps": _clean_steps(said["steps"], workspace, "steps", 1, known),
    }


class Known:
    """The parts of the flow before, and the ids seen so far in the one that is cleaned."""

    def __init__(self, before: Said | None) -> None:
        self.ids: set[str] = set()
        self.parts: list[Any] = []
        if before:
            self.parts = [*before["triggers"], before["rule"], before["goal"]]
            for step in walk(before["steps"]):
                self.parts += [bare(step), *(bare(path) for path in step.get("paths", ()))]

    def __contains__(self, part: Any) -> bool:
        return bool(part) and any(part == one and same_kinds(part, one) for one in self.parts)


def bare(part: Said) -> Said:
    """A step without its paths, a path without its steps."""
    return {key: value for key, value in part.items() if key not in ("paths", "steps")}


def same_kinds(one: Any, other: Any) -> bool:
    """Python takes True for 1; JSON does not."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _clean_triggers(raw: Any, workspace: Workspace, known: Known) -> list[Said]:
    if not isinstance(raw, list) or len(raw) > MAX_TRIGGERS:
        words = _("Choose up to %(limit)s things that start it.") % {"limit": MAX_TRIGGERS}
        raise ValidationError({"triggers": [words]})
    return [
        one if one in known else _under(f"triggers.{place}", lambda one=one: triggers.clean(one, workspace))  # type: ignore[misc]
        for place, one in enumerate(raw)
    ]


def clean_rule(raw: Any, workspace: Workspace, path: str) -> Node:
    try:
        return grammar.clean(raw or {}, workspace)
    except RuleError as error:
        raise ValidationError({f"{path}.{error.path}" if error.path else path: error.messages}) from None


def _clean_steps(raw: Any, workspace: Workspace, path: str, depth: int, known: Known) -> list[Said]:
    if not isinstance(raw, list):
        raise ValidationError({path: [_("Steps are a list.")]})
    if depth > MAX_DEPTH:
        raise ValidationError(
            {path: [_("Paths may lie at most %(depth)d deep in one another.") % {"depth": MAX_DEPTH}]}
        )
    return [_clean_step(one, workspace, f"{path}.{place}", depth, known) for place, one in enumerate(raw)]


def _clean_step(raw: Any, workspace: Workspace, path: str, depth: int, known: Known) -> Said:
    if not isinstance(raw, dict) or not base.known(raw.get("type")):
        raise ValidationError({path: [_("This kind of step is not known here.")]})
    kind = base.get(raw["type"])
    identifier = _clean_id(raw.get("id"), path, known)
    said = bare(raw) if bare(raw) in known else _under(path, lambda: kind.clean(raw, workspace))
    cleaned = {**said, "id": identifier, "type": kind.name}
    if kind.has_paths:
        cleaned["paths"] = _clean_paths(kind, raw.get("paths"), workspace, path, depth, known)
    return cleaned


def _clean_paths(kind: base.Step, raw: Any, workspace: Workspace, path: str, depth: int, known: Known) -> list[Said]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_PATHS:
        raise ValidationError({f"{path}.paths": [_("There must be one to %(limit)s paths.") % {"limit": MAX_PATHS}]})
    cleaned = []
    for place, one in enumerate(raw):
        here = f"{path}.paths.{place}"
        if not isinstance(one, dict) or not isinstance(one.get("name", ""), str):
            raise ValidationError({here: [_("A path has a name and steps.")]})
        said = bare(one) if bare(one) in known else _clean_path(kind, one, workspace, here)
        identifier = _clean_id(one.get("id"), here, known)
        steps = _clean_steps(one.get("steps", []), workspace, f"{here}.steps", depth + 1, known)
        cleaned.append({**said, "id": identifier, "steps": steps})
    return cleaned


def _clean_path(kind: base.Step, raw: Said, workspace: Workspace, path: str) -> Said:
    name = raw.get("name", "").strip()[:60]
    return {"name": name, **_under(path, lambda: kind.clean_path(raw, workspace))}


def _clean_id(raw: Any, path: str, known: Known) -> str:
    identifier = new_id() if raw is None else raw
    if not isinstance(identifier, str) or len(identifier) != 8 or set(identifier) - set(ID_LETTERS):
        raise ValidationError({f"{path}.id": [_("An id is eight small letters and digits.")]})
    if identifier in known.ids or len(known.ids) >= MAX_STEPS:
        raise ValidationError({f"{path}.id": [_("Two steps have the same id, or there are more than a hundred.")]})
    known.ids.add(identifier)
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
    found += [("", words) for name in ("rule", "goal") if (words := triggers.rule_lacks(flow[name], workspace))]
    if not flow["steps"]:
        found.append(("", _("There are no steps yet.")))
    for step in walk(flow["steps"]):
        if words := base.get(step["type"]).lacks(step, workspace):
            found.append((step["id"], words))
    return found
