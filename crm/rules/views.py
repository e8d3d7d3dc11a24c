"""The builder's one endpoint: it draws a rule again after each step. Nothing is kept; saving is the form's."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from crm.rules import drafting
from crm.rules.builder import Builder
from crm.workspaces.http import MemberRequest, reader


@require_POST
@reader
def builder(request: MemberRequest) -> HttpResponse:
    """With `news`, only what follows from the values: the reading and the counts, out of band; else the whole builder."""
    name = request.POST.get("builder", "")
    if not drafting.NAME.fullmatch(name):
        raise Http404
    tree = drafting.read_form(request.POST, name, request.workspace)
    tree = drafting.act(tree, request.POST.get("act", ""))
    compact, live_count = (request.POST.get(option) == "1" for option in ("compact", "live"))
    menu = request.POST.get("menu", "")
    drawn = Builder(request.workspace, tree, name=name, compact=compact, live_count=live_count, menu=menu)
    drawn.acted = bool(request.POST.get("act"))
    template = "crm/rules/_builder_news.html" if request.POST.get("news") else "crm/rules/_builder.html"
    response = render(request, template, {"builder": drawn})
    return trigger_client_event(response, "rule:changed", {"target": f"#{name}-builder"}, after="settle")
