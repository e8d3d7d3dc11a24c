"""Waits: for a time, or until something happens or a time is over. A wait is a row with an hour, so nothing is lost by a stop.

Days are days of the calendar of the business: a wait of one day begun at 10:00 ends at 10:00, whatever the clocks did that
night.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.automations import triggers
from campaigns.automations.models import Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register
from crm.workspaces.models import Workspace

UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60, "weeks": 7 * 24 * 60}
MAX_MINUTES = 366 * 24 * 60


def clean_span(said: Mapping[str, Any]) -> Said:
    amount, unit = said.get("amount", 1), said.get("unit", "days")
    if unit not in UNITS:
        raise ValidationError({"unit": [_("Choose minutes, hours, days or weeks.")]})
    if type(amount) is not int or not 0 < amount * UNITS[unit] <= MAX_MINUTES:
        raise ValidationError({"amount": [_("Write a whole number, of a year at most.")]})
    return {"amount": amount, "unit": unit}


def later(moment: datetime, span: Said, workspace: Workspace) -> datetime:
    """The end of a span that begins at a moment: hours by the clock, days by the calendar."""
    if span["unit"] in ("minutes", "hours"):
        return moment + timedelta(minutes=span["amount"] * UNITS[span["unit"]])
    days = span["amount"] * UNITS[span["unit"]] // UNITS["days"]
    local = moment.astimezone(workspace.zone)
    return (local + timedelta(days=days)).replace(fold=0).astimezone(moment.tzinfo)


def span_words(span: Said) -> str:
    amount = span["amount"]
    words = {
        "minutes": ngettext("%(amount)d minute", "%(amount)d minutes", amount),
        "hours": ngettext("%(amount)d hour", "%(amount)d hours", amount),
        "days": ngettext("%(amount)d day", "%(amount)d days", amount),
        "weeks": ngettext("%(amount)d week", "%(amount)d weeks", amount),
    }
    return words[span["unit"]] % {"amount": amount}


class WaitStep(Step):
    name: ClassVar = "wait"
    label: ClassVar = gettext_lazy("Wait for a while")
    icon: ClassVar = "clock"
    tone: ClassVar = "sun"
    group: ClassVar = "wait"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        return clean_span(said)

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Wait %(span)s") % {"span": span_words(step)}

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        return dict.fromkeys((one.pk for one in batch.people), later(batch.now, step, batch.workspace))


class HopeStep(Step):
    """Until something happens, or a time is over: the first path where it happened, the second where it did not."""

    name: ClassVar = "hope"
    label: ClassVar = gettext_lazy("Wait until something happens")
    icon: ClassVar = "hourglass"
    tone: ClassVar = "sun"
    group: ClassVar = "wait"
    has_paths: ClassVar = True

    def clean(self, said: Said, workspace: Workspace) -> Said:
        asked = said.get("event")
        about = triggers.clean({**said, "on": "event"}, workspace) if asked else {"event": ""}
        return {key: value for key, value in about.items() if key in triggers.ABOUT} | clean_span(said)

    def lacks(self, step: Said, workspace: Workspace) -> str:
        if len(step["paths"]) != 2:
            return _("There are two paths: it happened, and it did not.")
        return triggers.lacks({**step, "on": "event"}, workspace) if step["event"] else _("Choose what to wait for.")

    def words(self, step: Said, workspace: Workspace) -> str:
        if not step["event"]:
            return str(self.label)
        what = triggers.words({**step, "on": "event"}, workspace)
        return _("Until: %(what)s, for %(span)s at most") % {"what": what, "span": span_words(step)}

    def awaits(self, step: Said) -> tuple[str, int | None, int | None] | None:
        return triggers.about(step) if step["event"] else None

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        return dict.fromkeys((one.pk for one in batch.people), later(batch.now, step, batch.workspace))

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        happened, not_happened = (path["id"] for path in step["paths"])
        return {
            one.pk: Outcome(Passage.Outcome.PATH, happened, {"event": one.woken})
            if one.woken
            else Outcome(Passage.Outcome.PATH, not_happened)
            for one in batch.people
        }

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        return _("It happened") if passage.detail.get("event") else _("It did not happen in time")


register(WaitStep(), HopeStep())
