"""What this room adds to the home screen: people who cannot go on, and automations that went round in circles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.automations.listing import automations_of
from campaigns.automations.models import Automation, Enrolment
from crm.workspaces import home
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Workspace

LATELY = timedelta(days=3)
MOST = 2


def what_got_stuck(request: MemberRequest) -> Iterator[home.Matter]:
    for automation, number in _stuck(request.workspace):
        words = ngettext(
            "%(number)s person cannot go on in “%(name)s”", "%(number)s people cannot go on in “%(name)s”", number
        )
        yield _matter(
            request, automation, words % {"number": number, "name": automation.name}, _("A step did not work.")
        )
    for automation in automations_of(request.workspace).filter(looped_at__gt=timezone.now() - LATELY)[:MOST]:
        words = _("“%(name)s” went round in circles and was stopped") % {"name": automation.name}
        yield _matter(
            request, automation, words, _("Automations that start one another, or one person again and again.")
        )


def _stuck(workspace: Workspace) -> list[tuple[Automation, int]]:
    stuck = Count("enrolments", filter=Q(enrolments__state=Enrolment.State.STUCK))
    rows = automations_of(workspace).exclude(status=Automation.Status.DRAFT).annotate(stuck=stuck).filter(stuck__gt=0)
    return [(automation, automation.stuck) for automation in rows.order_by("-stuck")[:MOST]]


def _matter(request: MemberRequest, automation: Automation, what: str, evidence: str) -> home.Matter:
    url = reverse("automations:automation_edit", kwargs={"workspace": request.workspace.slug, "pk": automation.pk})
    return home.Matter(
        icon="route", what=what, evidence=evidence, action=_("To the automation"), url=url, tone="ember", order=15
    )


home.register_matter("automations", what_got_stuck)
