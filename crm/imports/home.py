"""What this room says on the home screen: an import that waits for a word, that broke off, or that has just ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.imports.models import Import
from crm.imports.results import Results
from crm.workspaces import home
from crm.workspaces.home import Matter
from crm.workspaces.http import MemberRequest

Status = Import.Status
RECENT = {Status.CHECKED: 7, Status.FAILED: 7, Status.STOPPED: 7, Status.DONE: 1}  # days for which it is news
MOST = 3


def waiting(request: MemberRequest) -> Iterator[Matter]:
    if not request.membership.may_edit:
        return
    now = timezone.now()
    rows = Import.objects.filter(workspace=request.workspace, asked_at__gte=now - timedelta(days=7), purged_at=None)
    told = [row for row in rows.filter(status__in=RECENT).order_by("-asked_at")[: 4 * MOST] if _is_news(row)]
    for importing in told[:MOST]:
        yield _matter(request, importing)


def _is_news(importing: Import) -> bool:
    ended = importing.finished_at or importing.asked_at
    return timezone.now() - ended <= timedelta(days=RECENT[Status(importing.status)])


def _matter(request: MemberRequest, importing: Import) -> Matter:
    icon, tone, what, action = {
        Status.CHECKED: ("checklist", "sea", _("The check of “%(name)s” is ready"), _("To the results")),
        Status.DONE: ("circle-check", "sea", _("The import of “%(name)s” is done"), _("To the people")),
        Status.STOPPED: ("player-pause", "sun", _("The import of “%(name)s” was stopped"), _("To decide")),
        Status.FAILED: ("alert-triangle", "ember", _("The import of “%(name)s” broke off"), _("To decide")),
    }[Status(importing.status)]
    results = Results(importing)
    said = {"new": f"{results.new:,}", "updated": f"{results.updated:,}", "refused": f"{results.refused:,}"}
    return Matter(
        icon=icon,
        what=what % {"name": importing.name},
        evidence=importing.fault or _("%(new)s new, %(updated)s updated, %(refused)s not taken in") % said,
        action=action,
        url=reverse("imports:import_page", kwargs={"workspace": request.workspace.slug, "pk": importing.pk}),
        tone=tone,
        order=20 if importing.status == Status.FAILED else 60,
    )


home.register_matter("imports", waiting)
