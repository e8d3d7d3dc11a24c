"""What this room adds to a contact's card: the automations they are in or were in, the last first."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from campaigns.automations import drawing, flow
from campaigns.automations.models import Enrolment
from crm.contacts import card, merging
from crm.contacts.models import Contact
from crm.workspaces.http import MemberRequest

MOST = 5


def draw_automations(request: MemberRequest, contact: Contact) -> SafeString | str:
    rows = Enrolment.objects.filter(
        workspace=request.workspace, contact__in=merging.ids_of(contact), automation__deleted_at=None
    )
    walks = list(rows.select_related("automation__workspace", "version")[:MOST])
    if not walks:
        return ""
    for walk in walks:
        walk.where = _where(walk)  # type: ignore[attr-defined]
    return render_to_string("campaigns/automations/_card_panel.html", {"walks": walks}, request=request)


def _where(walk: Enrolment) -> str:
    """The step where they stand; of those whose journey is over, why it ended where that is not the end."""
    if walk.state not in Enrolment.INSIDE:
        return str(walk.get_reason_display()) if walk.reason else ""
    step = flow.find(walk.version.flow, walk.step)
    return drawing.title_of(step, walk.automation.workspace) if step else ""


card.register_panel("automations", draw_automations, order=65)
