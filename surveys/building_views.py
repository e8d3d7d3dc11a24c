"""The builder, for members: the questions of a survey, each edited in its place. Without htmx every form is a page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.contacts.models import FieldType
from crm.contacts.views import focused
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast
from surveys import arranging, conditions, inviting, opening, scoring
from surveys.making_views import address, alive
from surveys.models import Question, Survey
from surveys.question_forms import QuestionForm

STEPS = {"up": -1, "down": 1}
ICONS = {
    FieldType.TEXT: "writing",
    FieldType.LONG_TEXT: "message",
    FieldType.NUMBER: "hash",
    FieldType.DATE: "calendar",
    FieldType.YES_NO: "toggle-left",
    FieldType.CHOICE: "circle-check",
    FieldType.CHOICES: "checkbox",
    FieldType.RATING: "star",
    FieldType.URL: "link",
}
TYPES = [(kind.value, kind.label, ICONS[kind]) for kind in FieldType]


@require_GET
@reader
def survey_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """`back` is the question whose form was left; the keyboard returns to it."""
    survey = alive(request, pk)
    name = "_builder.html" if wants_part(request) else "survey_edit.html"
    response = render(request, f"surveys/{name}", _context(survey))
    back = request.GET.get("back", "")
    return focused(response, f"edit-{back}" if whole(back) else "question-add" if back else "")


def _context(survey: Survey) -> dict[str, Any]:
    questions = list(survey.questions.select_related("field"))
    for question in questions:
        question.icon = ICONS[FieldType(question.type)]  # type: ignore[attr-defined]
        question.condition = conditions.in_words(question, survey.workspace)  # type: ignore[attr-defined]
        question.steps = range(1, question.rating_max + 1)  # type: ignore[attr-defined]
    scores = list(survey.scores.select_related("field").prefetch_related("bands"))
    by_id = {question.pk: question for question in questions}
    for score in scores:
        score.asked = [by_id[part["question"]] for part in score.parts if part["question"] in by_id]  # type: ignore[attr-defined]
        score.lost = len(score.parts) - len(score.asked)  # type: ignore[attr-defined]
        score.span = scoring.span_of(score, by_id)  # type: ignore[attr-defined]
    return {
        "survey": survey,
        "questions": questions,
        "scores": scores,
        "problems": opening.problems(survey) if not survey.is_fixed else [],
        "types": TYPES,
        "public_url": inviting.url_of(survey),
        "texts": _texts(survey),
        "may_build": not survey.is_fixed,
        "may_mend": not (survey.is_fixed and survey.is_anonymous),
    }


def _texts(survey: Survey) -> list[tuple[str, str, str, str]]:
    """(part, its name, what it is for, its language where there are two)."""
    first = survey.language_name if survey.second_language else ""
    named = (
        ("intro", _("Intro"), _("Why you ask, and how long it takes")),
        ("thanks", _("Thank-you"), _("What people see when they are done")),
    )
    return [
        row
        for part, name, why in named
        for row in (
            (part, name, why, first),
            *([(f"second_{part}", name, why, survey.second_language_name)] if survey.second_language else []),
        )
    ]


def _back(request: MemberRequest, survey: Survey, place: str = "") -> HttpResponse:
    """The fresh builder in place, with the keyboard where it was, or back to it."""
    if wants_part(request):
        return focused(render(request, "surveys/_builder.html", _context(survey)), place)
    return redirect(address(request, "survey_edit", pk=survey.pk))


def _question(request: MemberRequest, pk: int, question_pk: int) -> Question:
    rows = Question.objects.filter(workspace=request.workspace, survey=alive(request, pk))
    return get_object_or_404(rows.select_related("survey__workspace", "field", "workspace"), pk=question_pk)


@require_http_methods(["GET", "POST"])
@editor
def question_create(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, alive(request, pk), None)


@require_http_methods(["GET", "POST"])
@editor
def question_edit(request: MemberRequest, pk: int, question_pk: int) -> HttpResponse:
    question = _question(request, pk, question_pk)
    return _form(request, question.survey, question)


def _form(request: MemberRequest, survey: Survey, question: Question | None) -> HttpResponse:
    """`redraw` in the body draws the form again for another kind of answer or with one more option, and saves nothing."""
    fixed = _why_not(survey, question)
    if fixed:
        toast(request, fixed)
        return _back(request, survey)
    typed = request.POST if request.method == "POST" else None
    form = QuestionForm(survey, typed, question=question, type=request.GET.get("type", ""))
    if typed is not None and not form.is_redrawn:
        with transaction.atomic():
            saved = form.save()
        if saved:
            toast(request, _("The question was saved."))
            return _back(request, survey, f"edit-{saved.pk}")
        form.question = question and Question.objects.select_related("survey", "field").get(pk=question.pk)
    context = {"survey": survey, "form": form, "question": question, "types": TYPES}
    context["builder"] = form.builder() if form.may_have_condition else None
    name = "_question_form.html" if wants_part(request) else "question_form.html"
    is_refused = typed is not None and not form.is_redrawn
    response = render(request, f"surveys/{name}", context, status=422 if is_refused else 200)
    if wants_part(request):
        response["HX-Retarget"] = f"#question-{form.place}"  # saving draws the builder, a fault the form alone
    return response


def _why_not(survey: Survey, question: Question | None) -> str:
    """Why this question cannot be opened for editing; empty where it can."""
    if question is not None and not survey.is_anonymous:
        return ""
    try:
        arranging.require_draft(survey)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


@require_POST
@editor
def question_duplicate(request: MemberRequest, pk: int, question_pk: int) -> HttpResponse:
    question = _question(request, pk, question_pk)
    try:
        twin = arranging.duplicate(question)
    except ValidationError as error:
        return _refused(request, question.survey, error)
    toast(request, _("The question was duplicated."), undo_url=_url(request, "question_delete", twin))
    return _back(request, question.survey, f"edit-{twin.pk}")


@require_POST
@editor
def question_delete(request: MemberRequest, pk: int, question_pk: int) -> HttpResponse:
    question = _question(request, pk, question_pk)
    try:
        arranging.take_out(question)
    except ValidationError as error:
        return _refused(request, question.survey, error, f"edit-{question_pk}")
    undo = _url(request, "question_restore", question)
    toast(request, _("The question “%(question)s” was deleted.") % {"question": question.label}, undo_url=undo)
    return _back(request, question.survey, "question-add")


@require_POST
@editor
def question_restore(request: MemberRequest, pk: int, question_pk: int) -> HttpResponse:
    survey = alive(request, pk)
    gone = Question.with_removed.filter(workspace=request.workspace, survey=survey, removed_at__isnull=False)
    question = get_object_or_404(gone, pk=question_pk)
    try:
        arranging.put_back(question)
    except ValidationError as error:
        return _refused(request, survey, error)
    toast(request, _("The question is back."))
    return _back(request, survey, f"edit-{question.pk}")


@require_POST
@editor
def question_move(request: MemberRequest, pk: int, question_pk: int) -> HttpResponse:
    """`direction` up or down: the way of the keyboard and of the phone."""
    question = _question(request, pk, question_pk)
    step = STEPS.get(request.POST.get("direction", ""))
    if step is None:
        return HttpResponseBadRequest()
    place = f"{request.POST['direction']}-{question_pk}"
    try:
        arranging.move(question, step)
    except ValidationError as error:
        return _refused(request, question.survey, error, place)
    return _back(request, question.survey, place)


@require_POST
@editor
def question_order(request: MemberRequest, pk: int) -> HttpResponse:
    """`question` repeated, in the new order: the way of dragging."""
    survey = alive(request, pk)
    said = [whole(word) for word in request.POST.getlist("question")]
    if None in said:
        return HttpResponseBadRequest()
    try:
        arranging.arrange(survey, [number for number in said if number is not None])
    except ValidationError as error:
        return _refused(request, survey, error)
    return _back(request, survey)


def _refused(request: MemberRequest, survey: Survey, error: ValidationError, place: str = "") -> HttpResponse:
    """What cannot be done is said, and the builder drawn as it is."""
    toast(request, error.messages[0])
    return _back(request, survey, place)


def _url(request: MemberRequest, name: str, question: Question) -> str:
    return address(request, name, pk=question.survey_id, question_pk=question.pk)
