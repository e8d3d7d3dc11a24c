"""What this room holds about a person: the automations they went through, and each step of the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from campaigns.automations import flow
from campaigns.automations.models import Enrolment, Passage
from campaigns.automations.steps import base
from crm.contacts.disclosing import Section, register_discloser
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    yield _walks(ids)
    yield _steps(workspace, ids)


def _walks(ids: list[int]) -> Section:
    found = Enrolment.objects.filter(contact__in=ids).select_related("automation").order_by("entered_at", "pk")
    rows = [
        {
            "automation": one.automation_id,
            "automation_text": one.automation.name,
            "at": one.entered_at,
            "ended_at": one.ended_at,
            "state": one.state,
            "state_text": one.get_reason_display() or one.get_state_display(),
        }
        for one in found
    ]
    columns = (
        *(("automation_text", _("Automation")), ("at", _("Entered"))),
        *(("ended_at", _("Ended")), ("state_text", _("Status"))),
    )
    return Section("automations", _("Automations"), columns, rows)


def _steps(workspace: Workspace, ids: list[int]) -> Section:
    found = Passage.objects.filter(enrolment__contact__in=ids).select_related("enrolment__automation", "version")
    rows = [_step(workspace, passage) for passage in found.order_by("at", "pk")]
    columns = (
        *(("automation_text", _("Automation")), ("step_text", _("Step"))),
        *(("outcome_text", _("What it did")), ("at", _("When"))),
    )
    return Section("automation_steps", _("Steps of automations"), columns, rows)


def _step(workspace: Workspace, passage: Passage) -> dict[str, Any]:
    step = flow.find(passage.version.flow, passage.step)
    kind = base.get(step["type"]) if step and base.known(step["type"]) else None
    return {
        "automation": passage.enrolment.automation_id,
        "automation_text": passage.enrolment.automation.name,
        "step": passage.step,
        "step_text": kind.words(step, workspace) if kind and step else "",
        "outcome": passage.outcome,
        "outcome_text": kind.detail_words(step, passage, workspace) if kind and step else passage.get_outcome_display(),
        "at": passage.at,
    }


register_discloser("automations", tell, covers=["campaigns.Enrolment.contact"], order=55)
