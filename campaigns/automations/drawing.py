"""A flow as the builder draws it: cards in reading order, each with its words, what is missing, and who stands there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns.automations import arranging, counting, flow, triggers
from campaigns.automations.models import Automation
from campaigns.automations.steps import base
from crm.rules.remembering import remembering
from crm.timeline import kinds
from crm.workspaces.models import Workspace

Said = dict[str, Any]
TONES = ("leaf", "sun", "ember", "iris", "sea")  # of paths that stand side by side, from the first on


@dataclass(slots=True)
class Path:
    id: str
    name: str
    words: str
    tone: str
    cards: list[Card]
    share: float | None = None  # of those who chose a path, in per cent


@dataclass(slots=True)
class Card:
    """One step. `waits` counts the people who stand there now, `stuck` those of them who need attention, `passed` who have
    been through it."""

    id: str
    step: Said
    label: str
    words: str
    icon: str
    tone: str
    faults: list[str]
    waits: int = 0
    stuck: int = 0
    passed: int = 0
    paths: list[Path] = field(default_factory=list)


@dataclass(slots=True)
class Start:
    place: int
    words: str
    icon: str
    fault: str

    @property
    def open(self) -> str:
        return f"trigger-{self.place}"


@dataclass(slots=True)
class Drawing:
    starts: list[Start]
    cards: list[Card]
    problems: list[tuple[str, str, str]]  # (what to open, what it is about, plain words)
    rule: str
    goal: str


def draw(automation: Automation) -> Drawing:
    draft, workspace = automation.draft, automation.workspace
    found = flow.problems(draft, workspace)
    faults: dict[str, list[str]] = defaultdict(list)
    for step_id, words in found:
        faults[step_id].append(words)
    with remembering():
        cards = _cards(draft["steps"], workspace, faults, counting.of(automation))
        starts = [_start(place, one, workspace) for place, one in enumerate(draft["triggers"])]
        rule, goal = (triggers.rule_words(draft[name], workspace) for name in ("rule", "goal"))
    return Drawing(starts, cards, [_problem(draft, *one) for one in found], rule, goal)


def title_of(step: Said, workspace: Workspace) -> str:
    return base.get(step["type"]).words(step, workspace)


def _cards(
    steps: list[Said], workspace: Workspace, faults: Mapping[str, list[str]], counts: counting.Counts
) -> list[Card]:
    found = []
    for step in steps:
        kind = base.get(step["type"])
        count = counts.of(step["id"])
        card = Card(
            step["id"], step, str(kind.label), kind.words(step, workspace), kind.icon, kind.tone,
            faults.get(step["id"], []), count.waiting + count.stuck, count.stuck, count.done,
        )  # fmt: skip
        for place, path in enumerate(step.get("paths", ())):
            inner = _cards(path["steps"], workspace, faults, counts)
            name, words = path_words(step, path, workspace)
            share = count.share(path["id"]) if count.done else None
            card.paths.append(Path(path["id"], name, words, TONES[place % len(TONES)], inner, share))
        found.append(card)
    return found


def path_words(step: Said, path: Said, workspace: Workspace) -> tuple[str, str]:
    """(name, who takes it): "High", "whose score is in the band High"."""
    place = step["paths"].index(path) + 1
    name = path["name"] or _("Path %(number)s") % {"number": place}
    if step["type"] == "split":
        return name, f"{path['percent']}%"
    if "rule" in path:
        is_last = place == len(step["paths"])
        nobody = _("Everybody else") if is_last else _("No conditions yet")
        return name, triggers.rule_words(path["rule"], workspace) or nobody
    return name, ""


def _start(place: int, trigger: Said, workspace: Workspace) -> Start:
    icon = "calendar-heart" if trigger["on"] == "date" else "bolt"
    if trigger["on"] == "event" and kinds.known(trigger["event"]):
        icon = kinds.get(trigger["event"]).icon
    return Start(place, triggers.words(trigger, workspace), icon, triggers.lacks(trigger, workspace))


def _problem(draft: Said, step_id: str, words: str) -> tuple[str, str, str]:
    if not step_id:
        return ("" if draft["steps"] else f"add-{arranging.START}"), _("The start"), words
    step = flow.find(draft, step_id)
    return step_id, str(base.get(step["type"]).label) if step else "", words
