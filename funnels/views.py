"""Members' screens of funnels."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from crm.segments import saving
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.toasts import toast
from funnels import building, reports, stream
from funnels.forms import FunnelCreateForm, FunnelForm, StagesForm
from funnels.models import Funnel
from funnels.ready import READY


def _funnel(request: MemberRequest, pk: int) -> Funnel:
    return get_object_or_404(Funnel, workspace=request.workspace, deleted_at=None, pk=pk)


def _report(request: MemberRequest, funnel: Funnel) -> reports.Report:
    now = timezone.now()
    days = request.GET.get("days", reports.DEFAULT_RANGE)
    return reports.report(funnel, reports.span_of(days, now=now), now=now)


def _draw(found: reports.Report) -> stream.Stream:
    counts = [stage.people for stage in found.counts]
    return stream.draw(counts, gold_from=found.gold_from, rtl=translation.get_language_bidi())


@reader
@require_GET
def funnel_list(request: MemberRequest) -> HttpResponse:
    funnels = Funnel.objects.filter(workspace=request.workspace, deleted_at=None).prefetch_related("stages")
    page = Paginator(funnels, 10).get_page(request.GET.get("page"))
    rows = []
    for funnel in page:
        funnel.workspace = request.workspace
        found = _report(request, funnel)
        rows.append({"report": found, "stream": None if found.is_empty else _draw(found)})
    part = "funnels/_funnel_results.html" if wants_part(request) else "funnels/funnel_list.html"
    return render(request, part, {"rows": rows, "page": page})


@editor
def funnel_create(request: MemberRequest) -> HttpResponse:
    form = FunnelCreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with translation.override(request.workspace.language):
            funnel = building.create_from(
                data["model"], workspace=request.workspace, name=data["name"], by=request.user
            )
        toast(request, _("The funnel was created. Choose what counts as each stage."))
        return redirect("funnels:stage_edit", workspace=request.workspace.slug, pk=funnel.pk)
    status = 422 if form.errors else 200
    return render(request, "funnels/funnel_create.html", {"form": form, "models": READY}, status=status)


@reader
@require_GET
def funnel_report(request: MemberRequest, pk: int) -> HttpResponse:
    funnel = _funnel(request, pk)
    found = _report(request, funnel)
    by = request.GET.get("by", "")
    by = by if by in reports.DIMENSIONS else reports.DEFAULT_DIMENSION
    days = request.GET.get("days", "")
    context: dict[str, Any] = {
        "funnel": funnel,
        "report": found,
        "stream": None if found.is_empty else _draw(found),
        "ranges": reports.RANGES,
        "days": days if days in reports.RANGES else reports.DEFAULT_RANGE,
        "dimensions": reports.DIMENSIONS,
        "by": by,
        "buckets": found.breakdown(by),
    }
    part = "funnels/_breakdown.html" if wants_part(request) else "funnels/funnel_report.html"
    return render(request, part, context)


@editor
def stage_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """GET draws the editor; POST with `action` redraws its rows, POST without saves."""
    funnel = _funnel(request, pk)
    if request.method != "POST":
        context = {"funnel": funnel, "form": FunnelForm(instance=funnel), "stages": StagesForm.of(funnel)}
        return render(request, "funnels/stage_edit.html", context)
    stages = StagesForm.posted(request.workspace, request.POST)
    if "action" in request.POST:
        stages.act(request.POST["action"])
        return render(request, "funnels/_stages.html", {"funnel": funnel, "stages": stages})
    return _save(request, funnel, stages)


def _save(request: MemberRequest, funnel: Funnel, stages: StagesForm) -> HttpResponse:
    form = FunnelForm(request.POST, instance=funnel)
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
                building.save_stages(funnel, stages.stages())
        except ValidationError as error:
            stages.errors = error.message_dict
        else:
            toast(request, _("The funnel was saved."))
            return redirect("funnels:funnel_report", workspace=request.workspace.slug, pk=funnel.pk)
    context = {"funnel": funnel, "form": form, "stages": stages}
    return render(request, "funnels/stage_edit.html", context, status=422)


def _behind(request: MemberRequest, funnel: Funnel) -> tuple[reports.Report, reports.Behind]:
    found = _report(request, funnel)
    people = reports.behind(found, request.GET.dict())
    if people is None:
        raise Http404
    return found, people


@reader
@require_GET
def funnel_people(request: MemberRequest, pk: int) -> HttpResponse:
    funnel = _funnel(request, pk)
    found, people = _behind(request, funnel)
    page = Paginator(reports.contacts_of(funnel, people), 50).get_page(request.GET.get("page"))
    context = {
        "funnel": funnel,
        "stage": found.stages[int(request.GET["stage"])],
        "which": request.GET.get("which", "reached"),
        "value": request.GET.get("value", ""),
        "people": people,
        "page": page,
        "contacts": page.object_list,
        "save_url": reverse("funnels:funnel_segment", kwargs={"workspace": request.workspace.slug, "pk": funnel.pk})
        + f"?{request.GET.urlencode()}",
    }
    part = "funnels/_people_results.html" if wants_part(request) else "funnels/funnel_people.html"
    return render(request, part, context)


@editor
@require_POST
def funnel_segment(request: MemberRequest, pk: int) -> HttpResponse:
    """Saves the people behind a number as a fixed segment; the query string says which number."""
    funnel = _funnel(request, pk)
    found, people = _behind(request, funnel)
    stage = found.stages[int(request.GET["stage"])].name
    words = (
        _("%(funnel)s: dropped before %(stage)s") if request.GET.get("which") == "dropped" else "%(funnel)s: %(stage)s"
    )
    name = words % {"funnel": funnel.name, "stage": stage}
    segment = saving.freeze(request.workspace, name=name, contact_ids=people.contacts, by=request.user)
    number = len(people.contacts)
    said = ngettext("The segment was saved: one contact", "The segment was saved: %(number)s contacts", number)
    toast(request, said % {"number": number})
    if request.POST.get("next") == "mailing":  # a link to the neighbour, not an import of it
        create = reverse("mailings:mailing_create", kwargs={"workspace": request.workspace.slug})
        return redirect(f"{create}?segment={segment.pk}")
    return redirect("segments:segment_people", workspace=request.workspace.slug, pk=segment.pk)


@editor
@require_POST
def funnel_delete(request: MemberRequest, pk: int) -> HttpResponse:
    funnel = _funnel(request, pk)
    building.put_in_bin(funnel)
    undo = reverse("funnels:funnel_restore", kwargs={"workspace": request.workspace.slug, "pk": pk})
    toast(request, _("The funnel was deleted."), undo_url=undo)
    return redirect("funnels:funnel_list", workspace=request.workspace.slug)


@editor
@require_POST
def funnel_restore(request: MemberRequest, pk: int) -> HttpResponse:
    building.take_from_bin(get_object_or_404(Funnel, workspace=request.workspace, pk=pk))
    toast(request, _("The funnel is back."))
    return redirect("funnels:funnel_report", workspace=request.workspace.slug, pk=pk)
