"""The timeline of a contact: inside the card, and by itself for whoever follows the link without htmx."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crm.timeline.reading import History
from crm.workspaces.http import MemberRequest, reader, wants_part


@require_safe
@reader
def contact_timeline(request: MemberRequest, *, pk: int) -> HttpResponse:
    """`?group=mail&robots=1&before=…`: the part for htmx, else a page around it. With `before`, one older page alone."""
    contact = get_object_or_404(request.workspace.contacts, pk=pk, deleted_at=None)
    history = History(request.workspace, contact, request.GET)
    context = {"contact": contact, "history": history, "group": history.group}
    if not wants_part(request):
        return render(request, "crm/timeline/contact_timeline.html", context)
    part = "_timeline_page" if history.before else "_timeline"
    return render(request, f"crm/timeline/{part}.html", context)
