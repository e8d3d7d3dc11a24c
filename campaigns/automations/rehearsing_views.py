"""The screen of the rehearsal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.automations import rehearsing, reporting, tracing
from campaigns.automations.models import Automation
from campaigns.automations.rehearsing import Rehearsal
from campaigns.automations.seeing_views import automation_of
from crm.workspaces.http import MemberRequest, editor


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def automation_rehearsal(request: MemberRequest, pk: int) -> HttpResponse:
    """POST rehearses the last month, which takes seconds, and draws what would have happened."""
    automation = automation_of(request, pk)
    context: dict[str, Any] = {"automation": automation}
    if request.method == "POST":
        try:
            context |= _told(automation, rehearsing.rehearse(automation, now=timezone.now()))
        except ValidationError as error:
            context["problems"] = error.messages
        except OperationalError:  # somebody holds a table, or it took too long
            context["is_busy"] = True
    status = 422 if "problems" in context else 409 if "is_busy" in context else 200
    return render(request, "campaigns/automations/rehearsal.html", context, status=status)


def _told(automation: Automation, told: Rehearsal) -> dict[str, Any]:
    names = tracing.path_names([automation.draft])
    rows = list(reporting.rows_of(automation.draft["steps"], told.counts, names, automation.workspace))
    return {"told": told, "steps": rows}
