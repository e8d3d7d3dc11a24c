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
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.contacts import counting
from crm.contacts.viewing import Look
from crm.rules import drafting
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.segments import drawing, listing, matching, ready, saving, sizes, tasks
from crm.segments.forms import SegmentForm
from crm.segments.models import Segment
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.naming import with_warning
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
    context = {"page": page, "rows": listing.rows(request.workspace, list(page)), "q": query, "ready": ready.READY}
    return render(
        request, f"crm/segments/{'_segment_results' if wants_part(request) else 'segment_list'}.html", context
    )


@require_http_methods(["GET", "POST"])
@editor
def segment_create(request: MemberRequest) -> HttpResponse:
    """`?rule=` and `?name=` fill it in, for the button "save as a segment" of other screens; `?ready=` takes a ready one."""
    if request.method == "POST":
        return _save(request, SegmentForm(request.POST, workspace=request.workspace))
    taken = ready.find(request.GET.get("ready", ""))
    initial = {"name": request.GET.get("name", "")[:100], "rule": _rule_of(request.GET.get("rule", ""))}
    if taken is not None:
        initial = {"name": saving.free_name(request.workspace, str(taken.name)), "rule": taken.rule}
    return _draw(request, SegmentForm(workspace=request.workspace, initial=initial), taken=taken)


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
    people = matching.kept(segment).order_by("-created_at", "-id")
    page = _Pages(people, PAGE, segment=segment).get_page(request.GET.get("page"))
    everybody = counting.totals(request.workspace)["all"]
    context = {"segment": segment, "page": page, "contacts": page.object_list, "everybody": everybody}
    context["export_query"] = urlencode({"segment": segment.pk})
    context["look"] = Look(request.workspace, request.user)
    context["row"] = listing.Row(segment, listing.reading_of(segment, request.workspace), page.paginator.count)
    if wants_part(request):
        return render(request, "crm/segments/_segment_people.html", context)
    return render(request, "crm/segments/segment_people.html", context | _history(request, segment))


class _Pages(Paginator):  # type: ignore[type-arg]
    """Pages of a segment whose size is kept, which spares counting a million people to show fifty."""

    def __init__(self, *args: Any, segment: Segment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.segment = segment

    @cached_property
    def count(self) -> int:
        is_kept = self.segment.is_settled and not self.segment.is_fixed
        return self.segment.size if is_kept else int(super().count)


def _history(request: MemberRequest, segment: Segment) -> dict[str, Any]:
    """The size over time, drawn and as a table; nothing of a fixed segment, whose size says nothing."""
    today = timezone.localdate()
    days = [(row.day, row.count) for row in sizes.history(segment, today=today)] if not segment.is_fixed else []
    return {"chart": drawing.draw(days, rtl=get_language_bidi()), "days": sizes.changes(days)}


@require_POST
@reader
def segment_sample(request: MemberRequest) -> HttpResponse:
    """A few of the people that the conditions on the screen hold for."""
    tree = drafting.read_form(request.POST, "rule", request.workspace)
    people = matching.contacts(request.workspace, _finished(tree, request)).order_by()  # sorting is dear where few fit
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
    done = _("The segment %(name)s was deleted.") % {"name": segment.name}
    toast(request, with_warning(done, request.workspace, "segment", pk), undo_url=restore)
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
    tasks.refresh_due.delay()
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


def _draw(
    request: MemberRequest, form: SegmentForm, *, taken: ready.Ready | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "segment": form.segment, "builder": form.builder(), "taken": taken}
    if form.segment is None and not form.is_bound and not (form.initial.get("rule") or form.initial.get("name")):
        context["ready"] = ready.READY
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
