"""The kinds of event this room records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.automations.models import Automation, Enrolment
from crm.timeline.kinds import Kind, register
from crm.workspaces.models import Workspace

ENTERED, LEFT = "automation.entered", "automation.left"


def automations(workspace: Workspace) -> Iterable[tuple[int, str]]:
    rows = Automation.objects.filter(workspace=workspace, deleted_at=None).exclude(version=None)
    return rows.order_by("name").values_list("pk", "name")


def _why(properties: dict[str, Any]) -> Mapping[str, object]:
    known = dict(Enrolment.Reason.choices)
    return {"why": known.get(properties.get("reason", ""), Enrolment.State.DONE.label)}


register(
    Kind(
        ENTERED,
        label=_("Entered an automation"),
        sentence=_("Entered the automation %(subject)s"),
        icon="route",
        tone="iris",
        subject_type="automation",
        subjects=automations,
    ),
    Kind(
        LEFT,
        label=_("Finished or left an automation"),
        sentence=_("Finished the automation %(subject)s: %(why)s"),
        icon="route",
        tone="iris",
        subject_type="automation",
        subjects=automations,
        words=_why,
    ),
)
