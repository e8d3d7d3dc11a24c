"""What the home screen is made of. Rooms above add to it, so that this room imports none of them.

`register_step`: a line of the set-up checklist. `register_matter`: what waits for the owner today. `register_part`: a card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Workspace

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist: what to do, where, and whether it was done."""

    label: Text
    url_name: str
    is_done: Callable[[Workspace], bool]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits: what, on which evidence, and the one button. `tone` is a soft tint: sea, sun, ember, iris."""

    icon: str
    what: str
    evidence: str
    action: str
    url: str
    tone: str = "sea"
    order: int = 50


Matters = Callable[[MemberRequest], Iterable[Matter]]
Part = Callable[[MemberRequest], SafeString | str]
_steps: dict[str, Step] = {}
_matters: dict[str, Matters] = {}
_parts: dict[str, tuple[int, str, Part]] = {}
MOST_MATTERS = 5


def register_step(name: str, step: Step) -> None:
    _steps[name] = step


def register_matter(name: str, matters: Matters) -> None:
    _matters[name] = matters


def register_part(name: str, part: Part, *, order: int = 50, column: str = "side") -> None:
    """`column` is "main" or "side". A part with nothing to say returns an empty string and is left out."""
    _parts[name] = (order, column, part)


@dataclass(frozen=True, slots=True)
class CheckedStep:
    step: Step
    done: bool


def checklist(workspace: Workspace) -> list[CheckedStep]:
    ordered = sorted(_steps.values(), key=lambda step: step.order)
    return [CheckedStep(step, step.is_done(workspace)) for step in ordered]


def matters(request: MemberRequest) -> list[Matter]:
    found = [matter for source in _matters.values() for matter in source(request)]
    return sorted(found, key=lambda matter: matter.order)[:MOST_MATTERS]


def parts(request: MemberRequest, column: str) -> list[SafeString | str]:
    ordered = sorted(_parts.values(), key=lambda entry: entry[0])
    drawn = [part(request) for _order, where, part in ordered if where == column]
    return [one for one in drawn if one]
