"""Sends a mailing. The step adds people to the ledger of mails and says what it was told; the ledger sends.

A mailing becomes automatic when an automation that names it is switched on: what it says is frozen then. To change it, a copy
takes its place in the draft (renewing.py), and people get the copy once the draft is switched on.

The window governs when somebody is added to the ledger, and is asked again then, so a mail that waited out a standstill does
not leave on a holiday. What a mail server put off is tried again by the ledger's own clock, whatever the hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.automations import windows
from campaigns.automations.models import Passage
from campaigns.automations.steps.base import Batch, Impossible, Outcome, Said, Step, register
from campaigns.mailings import automatic
from campaigns.mailings.automatic import Cap
from campaigns.mailings.models import Delivery, Mailing
from crm.rules.values import isolated
from crm.workspaces.models import Workspace

DONE, REFUSED = Passage.Outcome.DONE, Passage.Outcome.REFUSED


class MailStep(Step):
    """{"mailing": 7, "cap": 2, "cap_days": 7, "since": "09:00", "till": "20:00", "rest": true}; a cap of 0 is none."""

    name: ClassVar = "mail"
    label: ClassVar = gettext_lazy("Send a mailing")
    icon: ClassVar = "mail"
    tone: ClassVar = "sea"
    group: ClassVar = "message"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        pk = said.get("mailing")
        if pk is not None and (type(pk) is not int or named(pk, workspace) is None):
            raise ValidationError({"mailing": [_("Choose a mailing.")]})
        cap, days = said.get("cap", 0), said.get("cap_days", 7)
        for name, value, least, most in (
            ("cap", cap, 0, automatic.MOST),
            ("cap_days", days, 1, automatic.MOST_DAYS),
        ):
            if type(value) is not int or not least <= value <= most:
                words = _("Write a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
                raise ValidationError({name: [words]})
        return {"mailing": pk, "cap": cap, "cap_days": days, **windows.clean(said)}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        mailing = named(step["mailing"], workspace)
        return " ".join(automatic.problems(mailing)) if mailing else _("Choose a mailing.")

    def begin(self, step: Said, workspace: Workspace) -> None:
        mailing = named(step["mailing"], workspace)
        assert mailing is not None
        automatic.start(mailing)

    def words(self, step: Said, workspace: Workspace) -> str:
        mailing = named(step["mailing"], workspace)
        return _("Send the mailing %(name)s") % {"name": isolated(mailing.name if mailing else "…")}

    def limits_words(self, step: Said) -> str:
        """When it may go out, in one line; "" for always."""
        said = [windows.words(step)] if windows.words(step) else []
        if step["cap"]:
            most = ngettext("at most %(number)d mail", "at most %(number)d mails", step["cap"])
            days = ngettext("within %(number)d day", "within %(number)d days", step["cap_days"])
            said.append(f"{most % {'number': step['cap']}} {days % {'number': step['cap_days']}}")
        return ", ".join(said)

    def arrive(self, step: Said, batch: Batch) -> dict[int, datetime]:
        return dict.fromkeys((one.pk for one in batch.people), windows.opens(batch.now, step, batch.workspace))

    def hold(self, step: Said, batch: Batch) -> Mapping[int, datetime]:
        return self.arrive(step, batch)

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        mailing = self._open(step, batch)
        cap = Cap(step["cap"], step["cap_days"]) if step["cap"] else None
        people = [(one.contact_id, f"{one.pk}:{step['id']}") for one in batch.people]
        rows = automatic.queue(mailing, people, now=batch.now, cap=cap)
        said = zip(batch.people, people, strict=True)
        return {one.pk: _outcome(mailing, rows.get(key)) for one, key in said}

    def _open(self, step: Said, batch: Batch) -> Mailing:
        if batch.is_rehearsal and (draft := named(step["mailing"], batch.workspace)) and not automatic.problems(draft):
            automatic.start(draft)  # rolled back with everything else
        mailing = automatic.held_open(batch.workspace, step["mailing"])
        if mailing is None:
            raise Impossible(_("The mailing was cancelled. Choose another one, and switch the automation on again."))
        return mailing

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        mailing = Mailing.objects.filter(workspace=workspace, pk=passage.detail.get("mailing") or 0).first()
        values = {"name": isolated(mailing.name if mailing else "…")}
        if passage.outcome == DONE:
            return _("The mailing %(name)s was sent on its way") % values
        reasons = dict(Delivery.Skip.choices)
        values["reason"] = str(reasons.get(passage.detail.get("reason", ""), passage.get_outcome_display()))
        return _("The mailing %(name)s was not sent: %(reason)s") % values


def _outcome(mailing: Mailing, row: Delivery | None) -> Outcome:
    if row is None:
        return Outcome(REFUSED, detail={"mailing": mailing.pk, "reason": str(Delivery.Skip.REMOVED)})
    detail: dict[str, Any] = {"mailing": mailing.pk, "delivery": row.pk}
    if row.state == Delivery.State.SKIPPED:
        return Outcome(REFUSED, detail=detail | {"reason": row.skip_reason})
    return Outcome(DONE, detail=detail)


def named(pk: int | None, workspace: Workspace) -> Mailing | None:
    """A mailing of the business, also one that is not to be sent any more."""
    rows = Mailing.objects.filter(workspace=workspace, pk=pk or 0, deleted_at=None).defer("compiled")
    return rows.select_related("workspace", "document").first()


register(MailStep())
