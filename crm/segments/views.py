"""The screens of segments: the list, the builder, the people."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.contacts.models import Contact
from crm.rules import drafting
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.segments import listing, matching, saving
from crm.segments.forms import SegmentForm
from crm.segments.models import Segment
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.toasts import toast

PAGE = 50
SAMPLE = 3
ONWARDS = {"mailing": "mailings:mailing_create", "automation": "automations:automation_create"}


def _segment(request: MemberRequest, pk: int) -> Segment:
    return get_object_or_404(Segment, workspace=request.workspace, pk=pk, deleted_at=None)


def _url(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"segments:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


@require_GET
@reader
def segment_list(request: MemberRequest) -> HttpResponse:
    segments = Segment.objects.filter(workspace=request.workspace, deleted_at=None)
    query = request.GET.get("q", "").replace("\0", "").strip()
    if query:
        segments = segments.filter(name__icontains=query)
    page = Paginator(segments, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": listing.rows(request.workspace, list(page)), "q": query}
    return render(
        request, f"crm/segments/{'_segment_results' if wants_part(request) else 'segment_list'}.html", context
    )


@require_http_methods(["GET", "POST"])
@editor
def segment_create(request: MemberRequest) -> HttpResponse:
    """`?rule=` and `?name=` fill it in, for the button "save as a segment" of other screens."""
    if request.method == "POST":
        return _save(request, SegmentForm(request.POST, workspace=request.workspace))
    initial = {"name": request.GET.get("name", "")[:100], "rule": _rule_of(request.GET.get("rule", ""))}
    return _draw(request, SegmentForm(workspace=request.workspace, initial=initial))


@require_http_methods(["GET", "POST"])
@editor
def segment_edit(request: MemberRequest, pk: int) -> HttpResponse:
    segment = _segment(request, pk)
    if request.method == "POST":
        return _save(request, SegmentForm(request.POST, workspace=request.workspace, segment=segment))
    initial = {"name": segment.name, "rule": segment.rule}
    return _draw(request, SegmentForm(workspace=request.workspace, segment=segment, initial=initial))


@require_GET
@reader
def segment_people(request: MemberRequest, pk: int) -> HttpResponse:
    segment = _segment(request, pk)
    people = matching.members(segment).order_by("-created_at", "-id")
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    everybody = Contact.objects.filter(workspace=request.workspace).alive().count()
    context = {"segment": segment, "page": page, "contacts": page.object_list, "everybody": everybody}
    context["export_query"] = urlencode({"segment": segment.pk})
    context["row"] = listing.Row(segment, listing.reading_of(segment, request.workspace), page.paginator.count)
    return render(
        request, f"crm/segments/{'_segment_people' if wants_part(request) else 'segment_people'}.html", context
    )


@require_POST
@reader
def segment_sample(request: MemberRequest) -> HttpResponse:
    """A few of the people that the conditions on the screen hold for."""
    tree = drafting.read_form(request.POST, "rule", request.workspace)
    people = matching.contacts(request.workspace, _finished(tree, request)).order_by("-created_at", "-id")
    return render(request, "crm/segments/_sample.html", {"people": people[:SAMPLE]})


@require_POST
@editor
def segment_duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    twin = saving.duplicate(_segment(request, pk), by=request.user)
    toast(request, _("The segment was duplicated."), undo_url=_url(request, "segment_delete", pk=twin.pk))
    return redirect(_url(request, "segment_edit", pk=twin.pk))


@require_POST
@editor
def segment_delete(request: MemberRequest, pk: int) -> HttpResponse:
    segment = _segment(request, pk)
    try:
        saving.delete(segment)
    except ValidationError as error:
        toast(request, error.messages[0])
        return redirect(_url(request, "segment_list"))
    restore = _url(request, "segment_restore", pk=segment.pk)
    toast(request, _("The segment %(name)s was deleted.") % {"name": segment.name}, undo_url=restore)
    return redirect(_url(request, "segment_list"))


@require_POST
@editor
def segment_restore(request: MemberRequest, pk: int) -> HttpResponse:
    segment = get_object_or_404(Segment, workspace=request.workspace, pk=pk, deleted_at__isnull=False)
    saving.restore(segment)
    toast(request, _("The segment is back."))
    return redirect(_url(request, "segment_list"))


def _save(request: MemberRequest, form: SegmentForm) -> HttpResponse:
    if not form.is_valid():
        return _draw(request, form, status=422)
    try:
        segment = saving.save_segment(
            request.workspace,
            name=form.cleaned_data["name"],
            rule=form.cleaned_data.get("rule"),
            by=request.user,
            segment=form.segment,
        )
    except ValidationError as error:  # somebody else was quicker between the form and the verb
        form.add_error(None, error.messages)
        return _draw(request, form, status=422)
    toast(request, _("The segment was saved."))
    return redirect(_next_url(request, segment))


def _next_url(request: MemberRequest, segment: Segment) -> str:
    """Where the button leads: on to a mailing or an automation for these people, else to the people."""
    name = ONWARDS.get(request.POST.get("next", ""), "")
    try:
        url = reverse(name, kwargs={"workspace": request.workspace.slug})
    except NoReverseMatch:
        return _url(request, "segment_people", pk=segment.pk)
    return f"{url}?{urlencode({'rule': json.dumps(listing.as_rule(segment))})}"


def _draw(request: MemberRequest, form: SegmentForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "segment": form.segment, "builder": form.builder()}
    if form.segment is not None and form.segment.is_fixed:
        context["count"] = matching.members(form.segment).count()
    return render(request, "crm/segments/segment_form.html", context, status=status)


def _rule_of(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}


def _finished(tree: Node, request: MemberRequest) -> Node:
    try:
        return clean(drafting.finished(tree, request.workspace), request.workspace)
    except RuleError:
        return {}
