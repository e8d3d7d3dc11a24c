"""Acts over many people, for members: the form, the progress, who was changed, and the way back."""

from __future__ import annotations

import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from crm.bulk import describing, starting, tasks, telling, working
from crm.bulk.forms import ActForm
from crm.bulk.models import BulkAct, BulkRow
from crm.bulk.selecting import Whom
from crm.contacts.models import Contact
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast

PAGE_SIZE = 50
SURE = 50  # of more people the number must have been seen
PATIENCE = 20.0  # seconds a member waits for a small act; what is left then goes on by itself


def actor_of(request: MemberRequest) -> str:
    return f"user:{request.user.pk}"


def _act(request: MemberRequest, pk: int) -> BulkAct:
    acts = BulkAct.objects.select_related("workspace", "created_by")
    return get_object_or_404(acts, workspace=request.workspace, pk=pk)


def _url(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(name, kwargs={"workspace": request.workspace.slug, **kwargs})


def _back(request: MemberRequest, asked: str) -> str:
    """Where the member came from, when that is a screen of this business; else the list of contacts."""
    path = "/" + asked.partition("://")[2].partition("/")[2] if "://" in asked else asked
    inside = path.startswith(f"/w/{request.workspace.slug}/") and path.isprintable() and "\\" not in path
    return path if inside else _url(request, "contacts:contact_list")


def _go(request: MemberRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if wants_part(request) else redirect(url)


@require_http_methods(["GET", "POST"])
@editor
def act_create(request: MemberRequest) -> HttpResponse:
    """The form of an act, in a drawer or on a page; a POST begins it. Whom it is about travels along in both."""
    is_posted = request.method == "POST"
    asked = request.POST if is_posted else request.GET
    kind, back = asked.get("kind", ""), _back(request, asked.get("back") or request.headers.get("Referer", ""))
    if kind not in BulkAct.Kind.values:
        raise Http404
    try:
        whom = Whom.read(request.workspace, asked)
    except ValidationError as error:
        return _draw(request, {"refused": error.messages[0], "back": back}, status=422)
    if not whom.count:
        return _draw(
            request, {"refused": _("Nobody is chosen. Mark people on the list first."), "back": back}, status=422
        )
    form = ActForm(whom, kind, asked, is_posted=is_posted)
    if is_posted and form.is_valid() and _is_sure(form):
        act = _started(request, form)
        if act is not None:
            return _go(request, _told(request, act, back))
    return _draw(request, {"form": form, "whom": whom, "back": back}, status=422 if form.errors else 200)


def _is_sure(form: ActForm) -> bool:
    """More people than the button said, over fifty, are asked about again: the list may have grown meanwhile."""
    count = form.whom.count
    if count > SURE and count != whole(form.asked.get("count")):
        form.add_error(None, _("The number of people changed meanwhile. Look at the button again."))
    return not form.errors


def _started(request: MemberRequest, form: ActForm) -> BulkAct | None:
    try:
        with transaction.atomic():
            act = starting.start(form.whom, form.kind, form.params, actor=actor_of(request), by=request.user)
            if form.kind == BulkAct.Kind.DELETE:
                audit(request, "contacts.binned", subject=f"#{act.pk}", people=form.whom.count)
            return act
    except ValidationError as error:
        form.take_errors(error)
        return None


def _told(request: MemberRequest, act: BulkAct, back: str) -> str:
    """Runs a small act while the member waits; returns where to go on."""
    if act.is_small:
        working.work_on(act.pk, until=time.monotonic() + PATIENCE)
        act.refresh_from_db()
    if act.status != BulkAct.Status.DONE:
        tasks.work.delay()
        return _url(request, "bulk:act_page", pk=act.pk)
    BulkAct.objects.filter(pk=act.pk).update(seen_at=timezone.now())
    undo = _url(request, "bulk:act_undo", pk=act.pk) if act.changed else None
    toast(request, describing.result_of(act), undo_url=undo)
    return back


def _draw(request: MemberRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    name = "_act_form.html" if wants_part(request) else "act_form.html"
    return render(request, f"crm/bulk/{name}", context, status=status)


@reader
@require_GET
def act_list(request: MemberRequest) -> HttpResponse:
    acts = BulkAct.objects.filter(workspace=request.workspace).select_related("workspace", "created_by")
    page = Paginator(acts, PAGE_SIZE).get_page(request.GET.get("page"))
    name = "_act_results.html" if wants_part(request) else "act_list.html"
    return render(request, f"crm/bulk/{name}", {"page": page})


@reader
@require_GET
def act_page(request: MemberRequest, pk: int) -> HttpResponse:
    act = _act(request, pk)
    return render(request, "crm/bulk/act_page.html", {"act": act, "told": telling.told(act)})


@reader
@require_GET
def act_progress(request: MemberRequest, pk: int) -> HttpResponse:
    """What the act's page asks for while it moves."""
    act = _act(request, pk)
    return render(request, "crm/bulk/_act_progress.html", {"act": act, "told": telling.told(act)})


@reader
@require_GET
def act_strip(request: MemberRequest) -> HttpResponse:
    """What the list of contacts asks for while something moves."""
    return render(request, "crm/bulk/_act_strip.html", telling.strip(request.workspace, request.user))


@reader
@require_GET
def act_people(request: MemberRequest, pk: int, outcome: str) -> HttpResponse:
    """The people behind a number of the act."""
    act = _act(request, pk)
    if outcome not in telling.OUTCOMES:
        raise Http404
    rows = BulkRow.objects.filter(act=act, outcome__in=telling.OUTCOMES[outcome])
    people = Contact.objects.filter(workspace=request.workspace, pk__in=rows.values("contact")).order_by("pk")
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"act": act, "page": page, "outcome": telling.words_of(outcome)}
    name = "_act_people.html" if wants_part(request) else "act_people.html"
    return render(request, f"crm/bulk/{name}", context)


@editor
@require_POST
def act_undo(request: MemberRequest, pk: int) -> HttpResponse:
    act = _act(request, pk)
    page = _url(request, "bulk:act_page", pk=pk)
    if not starting.undo(act):
        toast(request, _("This cannot be undone any more."))
        return redirect(page)
    if act.is_small:
        working.work_on(act.pk, until=time.monotonic() + PATIENCE)
        act.refresh_from_db()
    if act.status != BulkAct.Status.UNDONE:
        tasks.work.delay()
        return redirect(page)
    toast(request, describing.undone_of(act))
    return redirect(_back(request, request.headers.get("Referer", "")))


@editor
@require_POST
def act_stop(request: MemberRequest, pk: int) -> HttpResponse:
    act = _act(request, pk)
    stopped = starting.stop(act)
    toast(request, _("Stopped. What was done so far stays.") if stopped else _("It is over already."))
    return redirect(_url(request, "bulk:act_page", pk=pk))


@editor
@require_POST
def act_resume(request: MemberRequest, pk: int) -> HttpResponse:
    if starting.resume(_act(request, pk)):
        tasks.work.delay()
    return redirect(_url(request, "bulk:act_page", pk=pk))


@editor
@require_POST
def act_seen(request: MemberRequest, pk: int) -> HttpResponse:
    """The news of how it ended was read, and goes from the list of contacts."""
    BulkAct.objects.filter(pk=_act(request, pk).pk, seen_at=None).update(seen_at=timezone.now())
    return redirect(_back(request, request.headers.get("Referer", "")))
