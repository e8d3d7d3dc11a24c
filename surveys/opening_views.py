"""Settings, the two texts, a look at the survey as people will meet it, opening and closing: for members."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from campaigns.content.editing import editor_context
from campaigns.content.previewing import POLICY
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, reader, whole
from crm.workspaces.toasts import toast
from surveys import defining, opening, rehearsing
from surveys.forms import SettingsForm, tell
from surveys.making_views import address, alive

TEXTS = (*defining.TEXTS, *defining.SECOND_TEXTS)


@require_http_methods(["GET", "POST"])
@editor
def survey_settings(request: MemberRequest, pk: int) -> HttpResponse:
    survey = alive(request, pk)
    form = SettingsForm(survey, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            defining.change(survey, form.said)
        except ValidationError as error:
            tell(form, error)
        else:
            toast(request, _("The settings were saved."))
            return redirect(address(request, "survey_edit", pk=pk))
    context = {"survey": survey, "form": form, "has_fixed": bool(defining.fixed(survey))}
    return render(request, "surveys/survey_settings.html", context, status=422 if form.errors else 200)


@require_GET
@editor
def survey_text(request: MemberRequest, pk: int, part: str) -> HttpResponse:
    """The intro or the thank-you, of the language or of the second one, in the editor of blocks."""
    survey = alive(request, pk)
    is_second = part in defining.SECOND_TEXTS
    document = getattr(survey, part) if part in TEXTS and (survey.second_language or not is_second) else None
    if document is None:
        raise Http404
    document.workspace = request.workspace
    context = {"survey": survey, "part": part.removeprefix("second_"), "is_second": is_second}
    context |= editor_context(request, document)
    return render(request, "surveys/survey_text.html", context)


@require_GET
@reader
def survey_look(request: MemberRequest, pk: int) -> HttpResponse:
    survey = alive(request, pk)
    parts = rehearsing.parts(survey)
    numbers = range(1, len(parts) + 1)
    asked = request.GET.get("part", "")
    chosen = "thanks" if asked == "thanks" else min(max(whole(asked) or 1, 1), len(parts))
    language = request.GET.get("lang", "")
    known = [code for code in (survey.language, survey.second_language) if code]
    context = {"survey": survey, "numbers": numbers, "chosen": chosen, "languages": known}
    context["lang"] = language if language in known else survey.language
    return render(request, "surveys/survey_look.html", context)


@require_safe
@xframe_options_sameorigin
@reader
def survey_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The public page itself, `part` of it in `lang`, for a frame: nothing in it can be sent."""
    html = rehearsing.page(request, alive(request, pk), request.GET.get("part", "1"))
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})


@require_http_methods(["GET", "POST"])
@editor
def survey_open(request: MemberRequest, pk: int) -> HttpResponse:
    """What becomes fixed and what can be known, said before it is done."""
    survey = alive(request, pk)
    if survey.is_open:
        return redirect(address(request, "survey_edit", pk=pk))
    problems: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                opening.open_survey(survey)
                audit(request, "survey.opened", subject=survey)
        except ValidationError as error:
            problems = error.messages
        else:
            toast(request, _("The survey is open."))
            return redirect(address(request, "survey_edit", pk=pk))
    context: dict[str, Any] = {"survey": survey, "problems": problems or opening.hindrances(survey)}
    context["count"] = survey.questions.count()
    return render(request, "surveys/survey_open.html", context, status=409 if problems else 200)


@require_POST
@editor
def survey_close(request: MemberRequest, pk: int) -> HttpResponse:
    survey = alive(request, pk)
    with transaction.atomic():
        was_open = opening.close_survey(survey)
        if was_open:
            audit(request, "survey.closed", subject=survey)
    if was_open:
        toast(request, _("The survey was closed."))
    return redirect(address(request, "survey_edit", pk=pk))
