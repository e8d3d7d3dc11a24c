"""Paths: by what is true of the person, or by chance. A person takes one path, and after it goes on behind the step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import triggers
from campaigns.automations.models import Enrolment, Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register, same_for
from crm.rules import grammar, interpreter
from crm.rules.faults import RuleError
from crm.workspaces.models import Workspace

PATH = Passage.Outcome.PATH


class BranchStep(Step):
    """The first path whose rule holds; a path without a rule is for everybody else. Whoever fits none goes on behind."""

    name: ClassVar = "branch"
    label: ClassVar = gettext_lazy("Branch by condition")
    icon: ClassVar = "git-branch"
    tone: ClassVar = "iris"
    group: ClassVar = "path"
    has_paths: ClassVar = True

    def clean_path(self, said: Said, workspace: Workspace) -> Said:
        try:
            return {"rule": grammar.clean(said.get("rule") or {}, workspace)}
        except RuleError as error:
            path = f"rule.{error.path}" if error.path else "rule"
            raise ValidationError({path: error.messages}) from None

    def lacks(self, step: Said, workspace: Workspace) -> str:
        open_to_all = [place for place, path in enumerate(step["paths"]) if not path["rule"]]
        if open_to_all and open_to_all[0] < len(step["paths"]) - 1:
            return _("Only the last path may be without a condition.")
        return next((words for path in step["paths"] if (words := triggers.rule_lacks(path["rule"], workspace))), "")

    def words(self, step: Said, workspace: Workspace) -> str:
        names = [path["name"] for path in step["paths"] if path["name"]]
        return " / ".join(names) or str(self.label)

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        rules = {path["id"]: path["rule"] for path in step["paths"] if path["rule"]}
        held = interpreter.for_batch(batch.workspace, rules, batch.contact_ids, now=batch.now)
        return {one.pk: _first(step["paths"], held.get(one.contact_id, set())) for one in batch.people}

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        path = next((path for path in step["paths"] if path["id"] == passage.path), None)
        if path is None:
            return _("Fitted no path, so went on behind them")
        why = triggers.rule_words(path["rule"], workspace)
        name = path["name"] or _("Path")
        return _("%(path)s, as one of: %(why)s") % {"path": name, "why": why} if why else name


def _first(paths: Sequence[Said], held: set[str]) -> Outcome:
    for path in paths:
        if not path["rule"] or path["id"] in held:
            return Outcome(PATH, path=path["id"])
    return Outcome(PATH)


class SplitStep(Step):
    """By chance and for good: the same walk always takes the same path. Percentages add up to a hundred."""

    name: ClassVar = "split"
    label: ClassVar = gettext_lazy("Divide by per cent")
    icon: ClassVar = "arrows-split-2"
    tone: ClassVar = "iris"
    group: ClassVar = "path"
    has_paths: ClassVar = True

    def clean_path(self, said: Said, workspace: Workspace) -> Said:
        percent = said.get("percent", 0)
        if type(percent) is not int or not 0 <= percent <= 100:
            raise ValidationError({"percent": [_("Write a whole number from 0 to 100.")]})
        return {"percent": percent}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        total = sum(path["percent"] for path in step["paths"])
        words = _("The parts add up to %(total)d%% instead of 100%%.") % {"total": total}
        return "" if total == 100 else words

    def words(self, step: Said, workspace: Workspace) -> str:
        return " / ".join(f"{path['percent']}%" for path in step["paths"])

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        return {one.pk: Outcome(PATH, path=drawn(step, one)) for one in batch.people}

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        path: dict[str, Any] = next((path for path in step["paths"] if path["id"] == passage.path), {})
        return _("Drawn by lot: %(path)s") % {"path": path.get("name") or f"{path.get('percent', 0)}%"}


def drawn(step: Said, one: Enrolment) -> str:
    """The path of a walk, from 100 equal parts of a hash over what let it in and the step."""
    digest = hashlib.blake2b(f"{step['id']}:{one.contact_id}:{one.occasion}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest) % 100
    for path in step["paths"]:
        place -= path["percent"]
        if place < 0:
            return str(path["id"])
    return str(step["paths"][-1]["id"])


class StopStep(Step):
    name: ClassVar = "stop"
    label: ClassVar = gettext_lazy("End here")
    icon: ClassVar = "flag"
    tone: ClassVar = "ember"

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        return same_for(batch.people, Outcome(stops=True))


register(BranchStep(), SplitStep(), StopStep())
