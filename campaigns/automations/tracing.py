"""What happened to one person in one automation, when, and why this way: in words, in the order it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from campaigns.automations import flow
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.automations.steps import base
from crm.rules.values import isolated
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.workspaces.models import Workspace

Said = dict[str, Any]
TONES = {"done": "leaf", "same": "grey", "refused": "sun", "path": "iris"}


@dataclass(frozen=True, slots=True)
class Line:
    """A step that was done: what it is, what became of it and why. `step` is its id, `outcome` the word of the passage."""

    step: str
    label: str
    words: str
    why: str
    outcome: str
    icon: str
    tone: str
    arrived_at: datetime
    at: datetime

    @property
    def has_waited(self) -> bool:
        return (self.at - self.arrived_at).total_seconds() >= 60

    @property
    def waited(self) -> str:
        """How long somebody stood there, in words."""
        return timesince(self.arrived_at, self.at, depth=1)


@dataclass(frozen=True, slots=True)
class Trace:
    """`standing` is the step where somebody is now, in words; "" for whoever is through."""

    walk: Enrolment
    came: str
    lines: Sequence[Line]
    standing: str
    ended: str


def of(walk: Enrolment, workspace: Workspace) -> Trace:
    return many([walk], workspace)[0]


def many(walks: Sequence[Enrolment], workspace: Workspace) -> list[Trace]:
    """In a few statements for all. `walks` come with their versions."""
    passages: dict[int, list[Passage]] = {walk.pk: [] for walk in walks}
    rows = Passage.objects.filter(enrolment__in=list(passages)).select_related("version").order_by("pk")
    for passage in rows:
        passages[passage.enrolment_id].append(passage)
    events = _events(walks)
    return [_trace(walk, passages[walk.pk], events.get(walk.event or 0), workspace) for walk in walks]


def _trace(walk: Enrolment, passages: Sequence[Passage], event: Event | None, workspace: Workspace) -> Trace:
    lines = [_line(passage, workspace) for passage in passages]
    return Trace(walk, came_words(walk, event), lines, standing_words(walk, workspace), ended_words(walk))


def _line(passage: Passage, workspace: Workspace) -> Line:
    step = flow.find(passage.version.flow, passage.step)
    times: tuple[datetime, datetime] = (passage.arrived_at, passage.at)
    tone = TONES.get(passage.outcome, "grey")
    if step is None or not base.known(step["type"]):
        gone = _("A step that is not there any more")
        return Line(passage.step, gone, gone, str(passage.get_outcome_display()), passage.outcome, "x", tone, *times)
    kind = base.get(step["type"])
    words, why = kind.words(step, workspace), kind.detail_words(step, passage, workspace)
    said = "" if why == str(Passage.Outcome.DONE.label) else why  # that it was done says its place in the list
    return Line(step["id"], str(kind.label), words, said, passage.outcome, kind.icon, tone, *times)


def _events(walks: Sequence[Enrolment]) -> dict[int, Event]:
    asked = {walk.event: walk.event_at for walk in walks if walk.event and walk.event_at}
    if not asked:
        return {}
    found = Event.objects.filter(pk__in=list(asked), occurred_at__in=set(asked.values()))
    return {event.pk: event for event in found}


def came_words(walk: Enrolment, event: Event | None) -> str:
    """What let them in."""
    if event is not None and kinds.known(event.kind):
        label = str(kinds.get(event.kind).label)
        about = {"what": label, "subject": isolated(event.subject_label)}
        return _("%(what)s (%(subject)s)") % about if event.subject_label else label
    if walk.occasion.startswith("date:"):
        return _("Their day had come")
    if walk.occasion.startswith("existing:"):
        return _("Qualified already when it was switched on")
    if walk.occasion.startswith("event:"):
        return _("Something that happened and is kept no more")
    return _("Let in by hand")


def standing_words(walk: Enrolment, workspace: Workspace) -> str:
    if walk.state not in Enrolment.INSIDE:
        return ""
    step = flow.find(walk.version.flow, walk.step)
    return base.get(step["type"]).words(step, workspace) if step and base.known(step["type"]) else ""


def ended_words(walk: Enrolment) -> str:
    if walk.state in Enrolment.INSIDE:
        return ""
    return str(walk.get_reason_display()) if walk.reason else _("Finished the way")


def flows_of(automation: Automation) -> list[Said]:
    """The flow that runs, then those of earlier versions; of what never ran, the draft."""
    versions = [version.flow for version in automation.versions.order_by("-number")]
    return versions or [automation.draft]


def titles(automation_flows: Sequence[Said], workspace: Workspace) -> dict[str, str]:
    """Step id -> its words, by the newest flow that has it (the first given wins)."""
    found: dict[str, str] = {}
    for said in automation_flows:
        for step in flow.walk(said.get("steps", [])):
            if base.known(step["type"]):
                found.setdefault(step["id"], base.get(step["type"]).words(step, workspace))
    return found


def path_names(automation_flows: Sequence[Said]) -> dict[str, str]:
    """Path id -> its name, or what stands for it: its place and its per cent."""
    found: dict[str, str] = {}
    for said in automation_flows:
        for step in flow.walk(said.get("steps", [])):
            for place, path in enumerate(step.get("paths", ()), 1):
                named = path["name"] or _("Path %(number)s") % {"number": place}
                found.setdefault(path["id"], f"{named} ({path['percent']}%)" if "percent" in path else named)
    return found
