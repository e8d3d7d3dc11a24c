"""A survey as a whole, for members: making one, from a template too, another like it, and the bin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, reader
from crm.workspaces.naming import with_warning
from crm.workspaces.toasts import toast
from surveys import defining, ready
from surveys.forms import CreateForm, tell
from surveys.models import Survey


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"surveys:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


def alive(request: MemberRequest, pk: int) -> Survey:
    """The survey, or 404: another business's, or in the bin."""
    rows = Survey.objects.select_related("workspace", *defining.TEXTS, *defining.SECOND_TEXTS).filter(
        workspace=request.workspace
    )
    return get_object_or_404(rows, pk=pk, deleted_at=None)


@require_http_methods(["GET", "POST"])
@editor
def survey_create(request: MemberRequest) -> HttpResponse:
    """`kind` chosen by what one wants to know; `template` is a ready-made survey, whose kind is its own."""
    chosen = ready.find(request.POST.get("template") or request.GET.get("template", ""))
    kind = chosen.kind if chosen else request.POST.get("kind") or request.GET.get("kind", "")
    if kind not in Survey.Kind.values:
        return _draw(request, {"step": "kind"}, status=422 if request.method == "POST" else 200)
    initial = {"name": str(chosen.name) if chosen else ""}
    form = CreateForm(request.workspace, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        survey = _made(request, form, kind, chosen)
        if survey:
            return redirect(address(request, "survey_edit", pk=survey.pk))
    context = {"step": "name", "form": form, "kind": kind, "chosen": chosen, "templates": _of_kind(kind)}
    return _draw(request, context, status=422 if form.errors else 200)


def _made(request: MemberRequest, form: CreateForm, kind: str, chosen: ready.Ready | None) -> Survey | None:
    said: dict[str, Any] = {"by": request.user, **form.cleaned_data}
    try:
        with transaction.atomic():
            if chosen:
                return ready.make(chosen, request.workspace, **said)
            return defining.create(request.workspace, kind=kind, **said)
    except ValidationError as error:
        tell(form, error)
        return None


def _of_kind(kind: str) -> list[ready.Ready]:
    return [each for each in ready.READY if each.kind == kind]


def _draw(request: MemberRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "surveys/survey_create.html", context, status=status)


@require_GET
@reader
def template_list(request: MemberRequest) -> HttpResponse:
    return render(request, "surveys/template_list.html", {"templates": ready.READY})


@require_POST
@editor
def survey_duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    twin = defining.duplicate(alive(request, pk), by=request.user)
    toast(request, _("The survey was duplicated."), undo_url=address(request, "survey_delete", pk=twin.pk))
    return redirect(address(request, "survey_edit", pk=twin.pk))


@require_POST
@editor
def survey_delete(request: MemberRequest, pk: int) -> HttpResponse:
    survey = alive(request, pk)
    try:
        with transaction.atomic():
            defining.put_in_bin(survey)
            audit(request, "survey.deleted", subject=survey)
    except ValidationError as error:
        toast(request, error.messages[0])
        return redirect(address(request, "survey_edit", pk=pk))
    undo = address(request, "survey_restore", pk=pk)
    done = _("The survey %(name)s was deleted.") % {"name": survey.name}
    toast(request, with_warning(done, request.workspace, "survey", pk), undo_url=undo)
    return redirect(address(request, "survey_list"))


@require_POST
@editor
def survey_restore(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Survey.objects.filter(workspace=request.workspace, deleted_at__isnull=False)
    survey = get_object_or_404(rows, pk=pk)
    with transaction.atomic():
        defining.restore(survey)
        audit(request, "survey.restored", subject=survey)
    toast(request, _("The survey is back."))
    return redirect(address(request, "survey_edit", pk=pk))
