"""Members' screens of what surveys brought: the list, the results, who answered, and the people behind every number."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from crm.segments import matching
from crm.segments.models import Segment
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast
from surveys import asked, exporting, listing, over_time, reading, results, slicing
from surveys.models import Response, Survey
from surveys.results import QuestionResult

ROWS = 50
STATES = {"open": gettext_lazy("On the air"), "draft": gettext_lazy("Drafts"), "closed": gettext_lazy("Closed")}


def survey_of(request: MemberRequest, pk: int) -> Survey:
    survey: Survey = get_object_or_404(listing.surveys_of(request.workspace).select_related("workspace"), pk=pk)
    return survey


@require_safe
@reader
def survey_list(request: MemberRequest) -> HttpResponse:
    words, state = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("state", "")
    everything = listing.surveys_of(request.workspace)
    surveys = everything.filter(status=state) if state in STATES else everything
    surveys = surveys.filter(name__icontains=words) if words else surveys
    page = Paginator(surveys, ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "rows": listing.rows_of(page),
        "q": words,
        "state": state if state in STATES else "",
    }
    context |= {"states": STATES.items(), "total": everything.count(), "is_filtered": bool(words or state)}
    part = "surveys/_survey_results.html" if wants_part(request) else "surveys/survey_list.html"
    return render(request, part, context)


@require_safe
@reader
def survey_results(request: MemberRequest, pk: int) -> HttpResponse:
    """`?segment=` narrows an identified survey to a segment; `low` and `high` move the ends of the slices."""
    survey = survey_of(request, pk)
    segment = _segment(request, survey)
    found = results.of_survey(survey, _responses(survey, segment))
    context: dict[str, Any] = {
        "survey": survey,
        "row": listing.row_of(survey),
        "invited": asked.of(survey),
        "is_waiting": listing.waits(survey),
        "segment": segment,
        "columns": over_time.columns(survey),
        "questions": _told(request, survey, found),
    }
    if not survey.is_anonymous:
        context |= {"scores": reading.scores_of(survey, _responses(survey, segment)), "segments": _segments(request)}
        context |= _ends(request, found)
    return render(request, "surveys/survey_results.html", context)


def _ends(request: MemberRequest, found: list[QuestionResult]) -> dict[str, Any]:
    """The ends of the slices as they are drawn now; blank where the scales differ and each question has its own.

    They may be kept where they are others than those that stand there. {} where nothing is rated.
    """
    rated = [result.question for result in found if result.is_rating]
    if not rated:
        return {}
    drawn = {slicing.Ends.of(question, request.GET) for question in rated}
    if len(drawn) > 1:
        return {"has_ratings": True, "ends": {"low": "", "high": ""}, "may_keep": False}
    kept = {slicing.Ends.of(question, {}) for question in rated}
    return {"has_ratings": True, "ends": drawn.copy().pop(), "may_keep": drawn != kept}


def _segments(request: MemberRequest) -> QuerySet[Segment]:
    return Segment.objects.filter(workspace=request.workspace, deleted_at=None).order_by("name")


def _segment(request: MemberRequest, survey: Survey) -> Segment | None:
    """No part of an anonymous survey's people is ever told apart."""
    pk = whole(request.GET.get("segment"))
    return get_object_or_404(_segments(request), pk=pk) if pk and not survey.is_anonymous else None


def _responses(survey: Survey, segment: Segment | None) -> QuerySet[Response]:
    rows = results.whole_responses(survey)
    return rows.filter(contact__in=matching.kept(segment).order_by().values("pk")) if segment else rows


def _told(request: MemberRequest, survey: Survey, found: list[QuestionResult]) -> list[dict[str, Any]]:
    """Each question with what stands beside its numbers: remarks, or slices and the latest words."""
    if survey.is_anonymous:
        remarks = results.remarks_of(survey)
        return [{"result": result, "texts": remarks.get(result.question.pk, [])} for result in found]
    return [
        {
            "result": result,
            "slices": slicing.slices(result, request.GET),
            "latest": reading.latest(survey, result.question) if result.is_written else [],
        }
        for result in found
    ]


@require_safe
@reader
def survey_people(request: MemberRequest, pk: int) -> HttpResponse:
    """Who stands behind a number; of an anonymous survey only who took part."""
    survey = survey_of(request, pk)
    behind = slicing.behind(survey, request.GET)
    if behind is None:
        raise Http404
    people = matching.contacts(request.workspace, behind.rule, now=timezone.now()).order_by("-id")
    page = Paginator(people, ROWS).get_page(request.GET.get("page"))
    context = {"survey": survey, "asked": behind, "page": page, "contacts": page.object_list}
    part = "surveys/_people_results.html" if wants_part(request) else "surveys/survey_people.html"
    return render(request, part, context)


@require_safe
@reader
def survey_responses(request: MemberRequest, pk: int) -> HttpResponse:
    """Who answered what, the newest first; those who stopped midway are marked. Nothing of the kind for an anonymous survey."""
    survey = survey_of(request, pk)
    if survey.is_anonymous:
        raise Http404
    which = request.GET.get("which", "")
    rows = results.here(survey).select_related("contact").order_by("-updated_at", "-id")
    rows = rows.filter(completed_at=None) if which == "midway" else rows
    rows = rows.filter(completed_at__isnull=False) if which == "whole" else rows
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {"survey": survey, "row": listing.row_of(survey), "page": page, "which": which}
    context["responses"] = reading.told(survey, page.object_list)
    part = "surveys/_response_results.html" if wants_part(request) else "surveys/survey_responses.html"
    return render(request, part, context)


@require_POST
@editor
def survey_slices(request: MemberRequest, pk: int) -> HttpResponse:
    """The ends of the slices stay with the survey. An anonymous one has no slices."""
    survey = survey_of(request, pk)
    if survey.is_anonymous:
        raise Http404
    kept = slicing.keep(survey, request.POST)
    toast(request, _("The ends of the slices were kept.") if kept else _("No rating of this survey has such slices."))
    return redirect(address(request, "survey_results", pk=pk))


@require_POST
@editor
def survey_export(request: MemberRequest, pk: int) -> HttpResponseBase:
    return exporting.export(request, survey_of(request, pk))


def address(request: MemberRequest, name: str, **more: Any) -> str:
    return reverse(f"surveys:{name}", kwargs={"workspace": request.workspace.slug, **more})
