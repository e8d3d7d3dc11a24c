"""What this room adds to the home screen: today's leads, and the first page as a step of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.pages.models import LandingPage, Submission
from crm.workspaces import home
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Workspace

SHOWN = 4


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _leads(workspace: Workspace, since: datetime, until: datetime | None = None) -> QuerySet[Submission]:
    leads = Submission.objects.filter(workspace=workspace, created_at__gte=since, contact__deleted_at=None)
    return leads.filter(created_at__lt=until) if until else leads


def leads_of_today(request: MemberRequest) -> str:
    leads = _leads(request.workspace, _midnight()).select_related("contact", "page").order_by("-created_at")
    shown = list(leads[:SHOWN])
    if not shown:
        return ""
    context = {"leads": shown, "number": leads.count()}
    return render_to_string("campaigns/pages/_home_leads.html", context, request=request)


def leads_of_yesterday(request: MemberRequest) -> Iterator[home.Matter]:
    """Whoever left details yesterday expects to hear from the business today."""
    midnight = _midnight()
    number = _leads(request.workspace, midnight - timedelta(days=1), midnight).count()
    if number:
        yield home.Matter(
            icon="phone-call",
            what=ngettext("One lead came in yesterday", "%(number)s leads came in yesterday", number)
            % {"number": number},
            evidence=_("Whoever left details yesterday expects to hear from you today."),
            action=_("To the leads"),
            url=reverse("pages:submission_list", kwargs={"workspace": request.workspace.slug}),
            tone="sun",
            order=20,
        )


def has_page(workspace: Workspace) -> bool:
    return LandingPage.objects.filter(workspace=workspace, deleted_at=None, version__isnull=False).exists()


home.register_step(
    "page",
    home.Step(gettext_lazy("First landing page on the air"), url_name="pages:page_list", is_done=has_page, order=30),
)
home.register_matter("leads", leads_of_yesterday)
home.register_part("leads", leads_of_today, order=10, column="side")
