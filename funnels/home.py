"""What this app adds to the home screen: the funnel that changed last, as a stream."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from crm.workspaces import home
from crm.workspaces.http import MemberRequest
from crm.workspaces.models import Workspace
from funnels import reports, stream
from funnels.models import Funnel


def has_funnel(workspace: Workspace) -> bool:
    return Funnel.objects.filter(workspace=workspace, deleted_at=None).exists()


def newest_funnel(request: MemberRequest) -> str:
    funnel = Funnel.objects.filter(workspace=request.workspace, deleted_at=None).select_related("workspace").first()
    if funnel is None:
        return ""
    now = timezone.now()
    found = reports.report(funnel, reports.span_of(reports.DEFAULT_RANGE, now=now), now=now)
    if found.is_empty:
        return ""
    counts = [stage.people for stage in found.counts]
    drawn = stream.draw(counts, gold_from=found.gold_from, rtl=translation.get_language_bidi())
    context = {"report": found, "funnel": funnel, "stream": drawn, "days": reports.DEFAULT_RANGE}
    return render_to_string("funnels/_home_stream.html", context, request=request)


home.register_step("funnel", home.Step(_("First funnel"), url_name="funnels:funnel_list", is_done=has_funnel, order=60))
home.register_part("funnel", newest_funnel, order=60, column="main")
