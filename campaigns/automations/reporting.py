"""The report of an automation: every step of the flow that runs, in reading order, with its numbers. Steps that only earlier
versions had come after, as long as somebody has been there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from campaigns.automations import counting, tracing
from campaigns.automations.counting import Counts, StepCount
from campaigns.automations.models import Automation
from campaigns.automations.steps import base
from crm.rules.remembering import remembering
from crm.workspaces.models import Workspace

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PathRow:
    id: str
    name: str
    number: int
    share: float


@dataclass(slots=True)
class StepRow:
    """`depth` is how far it lies inside paths, `under` the name of the path."""

    id: str
    label: str
    words: str
    icon: str
    tone: str
    depth: int
    under: str
    count: StepCount
    paths: list[PathRow] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    counts: Counts
    steps: list[StepRow]
    gone: list[StepRow]


def report(automation: Automation) -> Report:
    flows = tracing.flows_of(automation)
    counts, workspace = counting.of(automation), automation.workspace
    with remembering():
        names = tracing.path_names(flows)
        rows = list(rows_of(flows[0]["steps"], counts, names, workspace)) if flows else []
        shown = {row.id for row in rows}
        gone = {row.id: row for said in flows[1:] for row in rows_of(said["steps"], counts, names, workspace)}
        left = [row for pk, row in gone.items() if pk not in shown and row.count.entered]
    return Report(counts, rows, left)


def rows_of(
    steps: list[Said], counts: Counts, names: dict[str, str], workspace: Workspace, *, depth: int = 0, under: str = ""
) -> Iterator[StepRow]:
    for step in steps:
        if not base.known(step["type"]):
            continue
        kind, count = base.get(step["type"]), counts.of(step["id"])
        row = StepRow(
            step["id"], str(kind.label), kind.words(step, workspace), kind.icon, kind.tone, depth, under, count,
            _paths(step, count, names),
        )  # fmt: skip
        yield row
        for path in step.get("paths", ()):
            named = names.get(path["id"], "")
            yield from rows_of(path["steps"], counts, names, workspace, depth=depth + 1, under=named)


def _paths(step: Said, count: StepCount, names: dict[str, str]) -> list[PathRow]:
    """Each path; and of a branch those who fitted none."""
    rows = [
        PathRow(path["id"], names.get(path["id"], ""), count.paths.get(path["id"], 0), count.share(path["id"]))
        for path in step.get("paths", ())
    ]
    if rows and count.paths.get(""):
        rows.append(PathRow(counting.NO_PATH, _("Fitted no path"), count.paths[""], count.share("")))
    return rows
