"""Setting up the scores of an identified survey, as one chain: questions -> score -> band -> reply."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.contacts.usage import Use
from crm.workspaces.http import MemberRequest, editor
from crm.workspaces.toasts import toast
from surveys import settling, usage
from surveys.models import Score, Survey
from surveys.results_views import survey_of
from surveys.score_forms import ScoreForm

TWO_WAYS = ["GET", "POST"]


def _survey(request: MemberRequest, pk: int) -> Survey:
    survey = survey_of(request, pk)
    if survey.is_anonymous:
        raise Http404
    return survey


def _score(survey: Survey, pk: int) -> Score:
    score: Score = get_object_or_404(survey.scores.select_related("field").prefetch_related("bands"), pk=pk)
    return score


@require_http_methods(TWO_WAYS)
@editor
def score_create(request: MemberRequest, pk: int) -> HttpResponse:
    return _edit(request, _survey(request, pk), None)


@require_http_methods(TWO_WAYS)
@editor
def score_edit(request: MemberRequest, pk: int, score_pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    return _edit(request, survey, _score(survey, score_pk))


def _edit(request: MemberRequest, survey: Survey, score: Score | None) -> HttpResponse:
    """A POST with `look` redraws the chain of what is written; without it, saves."""
    form = ScoreForm(survey, request.POST if request.method == "POST" else None, score=score)
    if "look" in request.POST:
        form.is_valid()
        return render(request, "surveys/_chain.html", _context(request, survey, score, form))
    if form.is_bound and form.is_valid() and (uses := _touched(request, score, form)):
        context = {**_context(request, survey, score, form), "uses": uses}
        return render(request, "surveys/score_edit.html", context, status=409)
    if form.is_bound and form.is_valid() and (saved := _saved(survey, score, form)):
        toast(request, _("The score was saved. It is made for whoever completes the survey from now on."))
        return redirect("surveys:score_edit", workspace=request.workspace.slug, pk=survey.pk, score_pk=saved.pk)
    status = 422 if form.errors else 200
    return render(request, "surveys/score_edit.html", _context(request, survey, score, form), status=status)


def _touched(request: MemberRequest, score: Score | None, form: ScoreForm) -> list[Use]:
    """What uses bands that would change; nothing once it was seen (`sure`)."""
    return usage.of_changed_bands(score, form.said["bands"]) if score and not request.POST.get("sure") else []


def _saved(survey: Survey, score: Score | None, form: ScoreForm) -> Score | None:
    try:
        return settling.save_score(survey, form.said, score=score)
    except ValidationError as error:
        for key, messages in error.message_dict.items():
            form.add_error(key if key in form.fields else None, messages)
        return None


def _context(request: MemberRequest, survey: Survey, score: Score | None, form: ScoreForm) -> dict[str, object]:
    return {
        "survey": survey,
        "score": score,
        "form": form,
        "chain": form.chain,
        "left": settling.left(score) if score else 0,
        "reply_url": _automations(request),
    }


def _automations(request: MemberRequest) -> str:
    """Replies are automations; where there are none yet, the chain ends at the band."""
    try:
        return reverse("automations:automation_create", kwargs={"workspace": request.workspace.slug})
    except NoReverseMatch:
        return ""


@require_POST
@editor
def score_anew(request: MemberRequest, pk: int, score_pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    score = _score(survey, score_pk)
    settling.ask_anew(score)
    toast(request, _("Those who completed the survey are being counted. You may leave this screen."))
    return redirect("surveys:score_edit", workspace=request.workspace.slug, pk=survey.pk, score_pk=score.pk)


@require_POST
@editor
def score_delete(request: MemberRequest, pk: int, score_pk: int) -> HttpResponse:
    """A score that something uses is deleted only after the list of what does was seen (`sure`)."""
    survey = _survey(request, pk)
    score = _score(survey, score_pk)
    uses = [] if request.POST.get("sure") else usage.of_score(score)
    if uses:
        return render(
            request, "surveys/score_delete.html", {"survey": survey, "score": score, "uses": uses}, status=409
        )
    settling.remove_score(score)
    toast(request, _("The score was deleted. What the cards say in its field stays."))
    return redirect("surveys:survey_results", workspace=request.workspace.slug, pk=survey.pk)
