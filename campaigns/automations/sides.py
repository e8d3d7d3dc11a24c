"""The side of the builder: what is open beside the flow, by the word `open` of the address.

"" an overview; "trigger-0", "trigger-new"; "entry"; "add-<place>" the menu of steps; "on", "off", "name"; else the id of a step
or of a path. What is not there (any more) opens the overview. Without JavaScript the same address is the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import arranging, drawing, flow, gathering, leaving
from campaigns.automations.all_forms import form_of
from campaigns.automations.models import Automation
from campaigns.automations.start_forms import EntryForm, PathForm, TriggerForm
from campaigns.automations.steps import base
from crm.workspaces.http import whole

Said = dict[str, Any]
GROUPS = {
    "message": gettext_lazy("Messages"),
    "contact": gettext_lazy("On the card"),
    "wait": gettext_lazy("Waits"),
    "path": gettext_lazy("Paths"),
    "other": gettext_lazy("And also"),
}


@dataclass(slots=True)
class Side:
    """`kind` names the template `_side_<kind>.html`; `open` what the address says; `title` is its heading."""

    kind: str
    open: str = ""
    title: str = ""
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return f"campaigns/automations/_side_{self.kind}.html"


def side_of(automation: Automation, asked: str, typed: QueryDict | None = None) -> Side:
    """`typed` fills the form of the side with what was sent."""
    if asked.startswith("trigger-"):
        return trigger_side(automation, asked, typed) or Side("overview")
    if asked.startswith("add-") and arranging.is_open_to(automation.draft, asked.removeprefix("add-")):
        return _add_side(asked)
    named = {"entry": _entry_side, "on": _on_side, "off": _off_side, "name": _name_side}
    if asked in named:
        return named[asked](automation, typed)
    return _thing_side(automation, asked, typed) or Side("overview")


def trigger_side(automation: Automation, asked: str, typed: QueryDict | None) -> Side | None:
    said = automation.draft["triggers"]
    number = asked.removeprefix("trigger-")
    place = len(said) if number == "new" else whole(number)
    if place is None or place > len(said) or place >= flow.MAX_TRIGGERS:
        return None
    kept = said[place] if place < len(said) else {}
    form = TriggerForm(automation.workspace, kept, typed)
    return Side("trigger", asked, _("When it starts"), {"form": form, "place": place, "is_new": place == len(said)})


def _entry_side(automation: Automation, typed: QueryDict | None) -> Side:
    return Side("entry", "entry", _("Who may enter, and until when"), {"form": EntryForm(automation, typed)})


def _name_side(automation: Automation, typed: QueryDict | None) -> Side:
    return Side(
        "name", "name", _("Name of the automation"), {"name": typed.get("name", "") if typed else automation.name}
    )


def _on_side(automation: Automation, typed: QueryDict | None) -> Side:
    """Whom it lets in at once, and what becomes of those inside a flow that changed."""
    inside = leaving.inside(automation).count() if automation.version_id and automation.is_changed else 0
    problems = flow.problems(automation.draft, automation.workspace)
    context = {
        "existing": None if problems else gathering.count(automation),
        "inside": inside,
        "stands": bool(problems),
    }
    return Side("on", "on", _("Run the changes") if automation.is_on else _("Switch it on"), context)


def _off_side(automation: Automation, typed: QueryDict | None) -> Side:
    return Side("off", "off", _("Switch it off"), {"inside": leaving.inside(automation).count()})


def _add_side(asked: str) -> Side:
    order = list(GROUPS)
    known = sorted(base.every(), key=lambda kind: order.index(kind.group))
    groups = [(GROUPS[key], list(steps)) for key, steps in groupby(known, key=lambda kind: kind.group)]
    return Side("add", asked, _("Add a step"), {"groups": groups, "at": asked.removeprefix("add-")})


def _thing_side(automation: Automation, asked: str, typed: QueryDict | None) -> Side | None:
    step = flow.find(automation.draft, asked)
    if step is not None:
        return step_side(automation, step, typed)
    try:
        step, path = arranging.path_of(automation.draft, asked)
    except arranging.NoSuchPlace:
        return None
    return path_side(automation, step, path, typed)


def step_side(automation: Automation, step: Said, typed: QueryDict | None) -> Side:
    kind, workspace = base.get(step["type"]), automation.workspace
    paths = [(path, *drawing.path_words(step, path, workspace)) for path in step.get("paths", ())]
    context = {
        "form": form_of(step, workspace, typed),
        "step": step,
        "kind": kind,
        "paths": paths,
        "fault": kind.lacks(step, workspace),
        "may_add_path": step["type"] in ("branch", "split") and len(paths) < flow.MAX_PATHS,
        "words": kind.words(step, workspace),
    }
    return Side("step", step["id"], str(kind.label), context)


def path_side(automation: Automation, step: Said, path: Said, typed: QueryDict | None) -> Side:
    place, last = step["paths"].index(path), len(step["paths"]) - 1
    context = {
        "form": PathForm(automation.workspace, path, typed),
        "path": path,
        "step": step,
        "is_first": place == 0,
        "is_last": place == last,
        "may_remove": last > 0 and step["type"] != "hope",
        "may_move": step["type"] != "hope",
        "steps_inside": len(list(flow.walk(path["steps"]))),
    }
    return Side("path", path["id"], drawing.path_words(step, path, automation.workspace)[0], context)
