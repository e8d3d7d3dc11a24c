"""Mailings for members: the list, and the steps of a draft - what it is, what it says, who gets it, checking and sending."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from campaigns.content.editing import editor_context
from campaigns.content.merging import MergeError
from campaigns.content.previewing import POLICY
from campaigns.mailings import audience as audiences
from campaigns.mailings import drafting, planning, rehearsing
from campaigns.mailings.forms import AudienceForm, CreateForm, DetailsForm, choices_of
from campaigns.mailings.listing import rows_of
from campaigns.mailings.models import AUTOMATIC, Mailing
from crm.contacts import counting
from crm.rules import grammar
from crm.rules.faults import RuleError
from crm.segments.saving import free_name, save_segment
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast

PAGE_SIZE = 30


def found(request: MemberRequest, pk: int) -> Mailing:
    """A mailing of this business that is not in the bin; else 404."""
    mailings = Mailing.objects.filter(workspace=request.workspace, deleted_at=None)
    mailing: Mailing = get_object_or_404(mailings.select_related("document"), pk=pk)
    mailing.workspace = mailing.document.workspace = request.workspace
    return mailing


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"mailings:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


# -- the list -----------------------------------------------------------------------------------------------------------


@require_GET
@reader
def mailing_list(request: MemberRequest) -> HttpResponse:
    mailings = Mailing.objects.filter(workspace=request.workspace, deleted_at=None).defer("compiled")
    query = request.GET.get("q", "").replace("\0", "").strip()
    if query:
        mailings = mailings.filter(name__icontains=query)
    status = request.GET.get("status", "")
    if status == "automatic":
        mailings = mailings.filter(is_automatic=True)
    elif status in Mailing.Status.values:
        by_hand = {"is_automatic": False} if status == Mailing.Status.SENDING else {}
        mailings = mailings.filter(status=status, **by_hand)
    page = Paginator(mailings, PAGE_SIZE).get_page(request.GET.get("page"))
    statuses = [choice for choice in Mailing.Status.choices if choice[0] != Mailing.Status.FREEZING]
    statuses.append(("automatic", AUTOMATIC))
    context = {"page": page, "rows": rows_of(list(page)), "q": query, "status": status, "statuses": statuses}
    name = "_mailing_results.html" if wants_part(request) else "mailing_list.html"
    return render(request, f"campaigns/mailings/{name}", context)


# -- step one: what it is -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@editor
def mailing_create(request: MemberRequest) -> HttpResponse:
    """What the mail is comes before anything else. `?rule=`, `?segment=` and `?list=` bring the people along."""
    people = _people_brought(request)
    form = CreateForm(
        request.POST or None, workspace=request.workspace, initial={"language": request.workspace.language}
    )
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            audience = _audience_of(request, people, form.cleaned_data["name"])
            mailing = drafting.create(request.workspace, by=request.user, audience=audience, **form.cleaned_data)
        return redirect("mailings:mailing_compose", workspace=request.workspace.slug, pk=mailing.pk)
    status = 422 if form.errors else 200
    return render(request, "campaigns/mailings/mailing_create.html", {"form": form, "people": people}, status=status)


def _people_brought(request: MemberRequest) -> dict[str, Any]:
    """The rule of the people this mailing is for, from the address: clean, or nothing."""
    for key in ("segment", "list"):
        pk = whole(request.GET.get(key))
        if pk is not None:
            return _clean_rule(request, {key: pk})
    try:
        return _clean_rule(request, json.loads(request.GET.get("rule") or "null"))
    except (ValueError, RecursionError):
        return {}


def _clean_rule(request: MemberRequest, rule: Any) -> dict[str, Any]:
    try:
        return grammar.clean(rule, request.workspace) if rule else {}
    except RuleError as error:
        raise Http404 from error


def _audience_of(request: MemberRequest, rule: dict[str, Any], name: str) -> dict[str, Any]:
    """One list or segment is named as it is; any other set of people is kept as a segment of its own."""
    if not rule:
        return {}
    for key, place in (("list", "lists"), ("segment", "segments")):
        if set(rule) == {key}:
            return {place: [rule[key]]}
    title = free_name(request.workspace, _("For the mailing %(name)s") % {"name": name[:50]})
    segment = save_segment(request.workspace, name=title, rule=rule, by=request.user)
    return {"segments": [segment.pk]}


# -- step two: what it says -----------------------------------------------------------------------------------------------


@require_GET
@reader
def mailing_compose(request: MemberRequest, pk: int) -> HttpResponse:
    """`?automation=` says which automation the mail is written for: the way leads back there instead of to an audience."""
    mailing = found(request, pk)
    if not mailing.is_editable:
        return redirect("mailings:mailing_report", workspace=request.workspace.slug, pk=pk)
    context = {"mailing": mailing, "automation": whole(request.GET.get("automation"))}
    context |= editor_context(request, mailing.document)
    return render(request, "campaigns/mailings/mailing_compose.html", context)


@require_http_methods(["GET", "POST"])
@editor
def mailing_details(request: MemberRequest, pk: int) -> HttpResponse:
    """Subject, preview text, sender and name: in a drawer of the editor, or as a page of its own."""
    mailing = found(request, pk)
    initial = {name: getattr(mailing, name) for name in drafting.WORDS}
    form = DetailsForm(request.POST or None, workspace=request.workspace, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            drafting.update(mailing, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            toast(request, _("The subject line was saved."))
            url = address(request, "mailing_compose", pk=pk)
            return HttpResponse(status=204, headers={"HX-Redirect": url}) if wants_part(request) else redirect(url)
    name = "_details.html" if wants_part(request) else "mailing_details.html"
    context = {"mailing": mailing, "form": form}
    return render(request, f"campaigns/mailings/{name}", context, status=422 if form.errors else 200)


# -- step three: who gets it ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@editor
def mailing_audience(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = found(request, pk)
    if not mailing.is_editable:
        return redirect("mailings:mailing_report", workspace=request.workspace.slug, pk=pk)
    form = AudienceForm(request.POST if request.method == "POST" else None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        drafting.update(mailing, audience=form.audience)
        return redirect("mailings:mailing_check", workspace=request.workspace.slug, pk=pk)
    if request.method == "GET":
        mailing.audience = audiences.still_there(mailing.audience, request.workspace)
    context = {
        "mailing": mailing,
        "form": form,
        "choices": choices_of(request.workspace, mailing.audience),
        "everybody": counting.totals(request.workspace)["all"],
        "count": planning.count(mailing),
    }
    return render(request, "campaigns/mailings/mailing_audience.html", context, status=422 if form.errors else 200)


@require_http_methods(["POST"])
@editor
def mailing_count(request: MemberRequest, pk: int) -> HttpResponse:
    """The count of what is ticked just now; nothing is saved."""
    mailing = found(request, pk)
    form = AudienceForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        raise Http404
    mailing.audience = audiences.clean(form.audience, request.workspace)
    context = {"mailing": mailing, "count": planning.count(mailing)}
    return render(request, "campaigns/mailings/_count.html", context)


# -- step four: check and send --------------------------------------------------------------------------------------------


@require_GET
@reader
def mailing_check(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = found(request, pk)
    if not mailing.is_editable:
        return redirect("mailings:mailing_report", workspace=request.workspace.slug, pk=pk)
    return draw_check(request, mailing)


def draw_check(request: MemberRequest, mailing: Mailing, *, fault: str = "", status: int = 200) -> HttpResponse:
    mailing.audience = audiences.still_there(mailing.audience, request.workspace)
    contact = rehearsing.reader_of(mailing, whole(request.GET.get("as")))
    try:
        subject = rehearsing.as_seen_by(mailing, contact).subject
    except MergeError:
        subject = mailing.subject
    people = request.workspace.contacts.alive().exclude(first_name="").order_by("-created_at", "-pk")[:8]
    context = {
        "mailing": mailing,
        "count": planning.count(mailing),
        "problems": planning.problems(mailing),
        "subject": subject,
        "contact": contact,
        "people": people,
        "preview_url": f"{address(request, 'mailing_preview', pk=mailing.pk)}?as={contact.pk or 'example'}",
        "fault": fault,
    }
    return render(request, "campaigns/mailings/mailing_check.html", context, status=status)


@require_safe
@xframe_options_sameorigin
@reader
def mailing_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The mail as `as` sees it: a contact's id, or "example"; from what was frozen, once it was started."""
    mailing = found(request, pk)
    contact_id = whole(request.GET.get("as"))
    if contact_id is not None and not request.workspace.contacts.alive().filter(pk=contact_id).exists():
        raise Http404
    try:
        html = rehearsing.as_seen_by(mailing, rehearsing.reader_of(mailing, contact_id)).html
    except MergeError as error:
        html = " ".join(error.messages)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response
