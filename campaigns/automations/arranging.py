"""Changing the order of a flow: pure verbs on the draft, which `switching.save` then judges and writes.

A place (`at`) is where a step goes in: "start" is before all others, the id of a step is behind it, the id of a path is its
beginning. Each verb raises NoSuchPlace where what it is about is not there (any more).
"""

from __future__ import annotations

import copy
from typing import Any

from django.utils.translation import gettext as _

from campaigns.automations import flow
from campaigns.automations.steps import base

Said = dict[str, Any]
START = "start"
KEPT = 20  # steps that were taken out and can be put back
OF_A_PATH: dict[str, Said] = {"split": {"percent": 0}, "branch": {"rule": {}}}
FIRST_PATHS = {"branch": 2, "split": 2, "hope": 2}


class NoSuchPlace(LookupError):
    """The flow has no step or path of this id."""


def begun(name: str) -> Said:
    """A step of that kind as it is first put in: its settings open, with the paths it needs to make sense."""
    count = FIRST_PATHS.get(name, 1) if base.get(name).has_paths else 0
    paths: list[Said] = [{} for _place in range(count)]
    if name == "split":
        paths = [{"percent": 50}, {"percent": 50}]
    elif name == "branch":
        paths = [{"rule": {}} for _place in range(count)]
    elif name == "hope":
        paths = [{"name": _("It happened")}, {"name": _("It did not happen in time")}]
    return flow.new_step(name, **({"paths": paths} if paths else {}))


def put_in(draft: Said, step: Said, at: str) -> None:
    steps, place = _place_of(draft, at)
    steps.insert(place, step)


def take_out(draft: Said, identifier: str) -> tuple[Said, str]:
    """The step that was taken out, and where it would go in again."""
    steps, place, owner = _where(draft, identifier)
    return steps.pop(place), steps[place - 1]["id"] if place else owner


def twin(draft: Said, identifier: str) -> Said:
    """Another like it, right behind it."""
    steps, place, _owner = _where(draft, identifier)
    made = _renewed(copy.deepcopy(steps[place]))
    steps.insert(place + 1, made)
    return made


def shift(draft: Said, identifier: str, by: int) -> None:
    """One place up or down. At the end of a path the step comes out of it, before or behind the step of the paths."""
    steps, place, owner = _where(draft, identifier)
    if 0 <= place + by < len(steps):
        steps.insert(place + by, steps.pop(place))
    elif owner != START:
        parent, _path = path_of(draft, owner)
        outer, outer_place, _outer_owner = _where(draft, parent["id"])
        outer.insert(outer_place + (1 if by > 0 else 0), steps.pop(place))


def path_of(draft: Said, identifier: str) -> tuple[Said, Said]:
    """(the step, its path of this id)."""
    for step in flow.walk(draft["steps"]):
        for path in step.get("paths", ()):
            if path["id"] == identifier:
                return step, path
    raise NoSuchPlace(identifier)


def step_of(draft: Said, identifier: str) -> Said:
    steps, place, _owner = _where(draft, identifier)
    return steps[place]


def add_path(draft: Said, identifier: str) -> Said:
    """One more, before a last path that is for everybody else."""
    step = step_of(draft, identifier)
    made: Said = {"id": flow.new_id(), "name": "", "steps": []}
    made |= OF_A_PATH.get(step["type"], {})
    paths = step["paths"]
    is_open = step["type"] == "branch" and len(paths) > 1 and not paths[-1]["rule"]
    paths.insert(len(paths) - (1 if is_open else 0), made)
    return made


def take_path(draft: Said, identifier: str) -> None:
    """With the steps in it. The last one stays."""
    step, path = path_of(draft, identifier)
    if len(step["paths"]) > 1:
        step["paths"].remove(path)


def shift_path(draft: Said, identifier: str, by: int) -> None:
    step, path = path_of(draft, identifier)
    place = step["paths"].index(path)
    if 0 <= place + by < len(step["paths"]):
        step["paths"].insert(place + by, step["paths"].pop(place))


def is_open_to(draft: Said, at: str) -> bool:
    try:
        _place_of(draft, at)
    except NoSuchPlace:
        return False
    return True


# -- inside -------------------------------------------------------------------------------------------------------------------
def _lists(draft: Said) -> list[tuple[str, list[Said]]]:
    """Every list of steps, by the place where it begins."""
    inner = [(path["id"], path["steps"]) for step in flow.walk(draft["steps"]) for path in step.get("paths", ())]
    return [(START, draft["steps"]), *inner]


def _where(draft: Said, identifier: str) -> tuple[list[Said], int, str]:
    """(the list that holds the step, its place in it, where that list begins)."""
    for owner, steps in _lists(draft):
        for place, step in enumerate(steps):
            if step["id"] == identifier:
                return steps, place, owner
    raise NoSuchPlace(identifier)


def _place_of(draft: Said, at: str) -> tuple[list[Said], int]:
    for owner, steps in _lists(draft):
        if owner == at:
            return steps, 0
    steps, place, _owner = _where(draft, at)
    return steps, place + 1


def _renewed(step: Said) -> Said:
    for one in flow.walk([step]):
        one["id"] = flow.new_id()
        for path in one.get("paths", ()):
            path["id"] = flow.new_id()
    return step
