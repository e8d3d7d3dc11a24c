"""Editing a flow, for members: what starts it, who may enter, its steps and their paths. Each view is one edit of the draft."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.automations import arranging, flow, putting_back, sides, switching
from campaigns.automations.building_views import Refused, address, alive, change, draw, shown
from campaigns.automations.models import Automation
from campaigns.automations.sides import Side
from campaigns.automations.steps import base
from crm.workspaces.http import MemberRequest, editor
from crm.workspaces.toasts import toast

Said = dict[str, Any]
WAYS = {"up": -1, "down": 1, "earlier": -1, "later": 1}


@require_POST
@editor
def trigger_edit(request: MemberRequest, pk: int, place: int) -> HttpResponse:
    """The trigger at that place; one behind the last is a new one."""
    automation = alive(request, pk)
    side = sides.trigger_side(automation, f"trigger-{place}", request.POST)
    if side is None:
        raise Http404
    form = side.context["form"]
    if form.is_redrawn:
        return draw(request, automation, side)
    if not form.is_valid():
        return draw(request, automation, side, status=422)
    try:
        change(request, automation, lambda draft: _put(draft["triggers"], place, form.said()), side=side)
    except Refused as refused:
        return refused.answer
    return shown(request, automation, focus=f"trigger-{place}")


def _put(triggers: list[Said], place: int, said: Said) -> None:
    triggers[place : place + 1] = [said]


@require_POST
@editor
def trigger_delete(request: MemberRequest, pk: int, place: int) -> HttpResponse:
    automation = alive(request, pk)
    if place >= len(automation.draft["triggers"]):
        raise Http404
    return _done(request, automation, lambda draft: draft["triggers"].pop(place), focus="trigger-new")


@require_POST
@editor
def entry_edit(request: MemberRequest, pk: int) -> HttpResponse:
    automation = alive(request, pk)
    side = sides.side_of(automation, "entry", request.POST)
    form = side.context["form"]
    if not form.is_whole:
        return draw(request, automation, side, status=422)
    said = {"rule": form.rule.rule, "goal": form.goal.rule, "again": form.cleaned_data["again"]}
    return _done(request, automation, lambda draft: draft.update(said), side=side, focus="entry")


@require_POST
@editor
def step_create(request: MemberRequest, pk: int) -> HttpResponse:
    automation, name, at = alive(request, pk), request.POST.get("type", ""), request.POST.get("at", "")
    if not base.known(name) or "\0" in at:
        return HttpResponseBadRequest()
    step = arranging.begun(name)
    try:
        change(request, automation, lambda draft: arranging.put_in(draft, step, at))
    except Refused as refused:
        return refused.answer
    return shown(request, automation, step["id"], focus="side-title")


@require_POST
@editor
def step_edit(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    automation = alive(request, pk)
    kept = step_or_404(automation, step)
    side = sides.step_side(automation, kept, request.POST)
    form = side.context["form"]
    if form.is_redrawn:
        return draw(request, automation, side)
    if not form.is_valid():
        return draw(request, automation, side, status=422)
    return _done(request, automation, lambda draft: _fill(draft, step, form.said()), side=side, focus=f"step-{step}")


def _fill(draft: Said, step: str, said: Said) -> None:
    found = arranging.step_of(draft, step)
    found.update(said)


@require_POST
@editor
def step_delete(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    automation = alive(request, pk)
    step_or_404(automation, step)
    try:
        taken, at = change(request, automation, lambda draft: arranging.take_out(draft, step))
    except Refused as refused:
        return refused.answer
    putting_back.keep(automation, taken, at)
    undo = address(request, "step_restore", pk=pk, step=step)
    toast(request, _("The step was taken out: %(step)s") % {"step": base.get(taken["type"]).label}, undo_url=undo)
    return shown(request, automation)


@require_POST
@editor
def step_restore(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    automation = alive(request, pk)
    if putting_back.kept(automation, step) is None:
        raise Http404
    try:
        change(request, automation, lambda draft: putting_back.put_back(automation, draft, step))
    except Refused as refused:
        return refused.answer
    toast(request, _("The step is back."))
    return shown(request, automation, step)


@require_POST
@editor
def step_duplicate(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    automation = alive(request, pk)
    step_or_404(automation, step)
    try:
        twin = change(request, automation, lambda draft: arranging.twin(draft, step))
    except Refused as refused:
        return refused.answer
    return shown(request, automation, twin["id"], focus="side-title")


@require_POST
@editor
def step_move(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    """`direction` up or down: the way of the keyboard and of the phone."""
    automation, by = alive(request, pk), WAYS.get(request.POST.get("direction", ""))
    step_or_404(automation, step)
    if by is None:
        return HttpResponseBadRequest()
    focus = f"move-{request.POST['direction']}"
    return _done(request, automation, lambda draft: arranging.shift(draft, step, by), open=step, focus=focus)


@require_POST
@editor
def path_create(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    automation = alive(request, pk)
    if "paths" not in step_or_404(automation, step) or step_or_404(automation, step)["type"] == "hope":
        return HttpResponseBadRequest()
    try:
        made = change(request, automation, lambda draft: arranging.add_path(draft, step))
    except Refused as refused:
        return refused.answer
    is_split = step_or_404(automation, step)["type"] == "split"
    return shown(request, automation, step if is_split else made["id"], focus="side-title")


@require_POST
@editor
def path_edit(request: MemberRequest, pk: int, path: str) -> HttpResponse:
    automation = alive(request, pk)
    step, kept = _path(automation, path)
    side = sides.path_side(automation, step, kept, request.POST)
    form = side.context["form"]
    if not form.is_whole:
        return draw(request, automation, side, status=422)
    said: Said = {"name": form.cleaned_data["name"]} | ({"rule": form.rule.rule} if form.rule else {})
    return _done(
        request,
        automation,
        lambda draft: arranging.path_of(draft, path)[1].update(said),
        side=side,
        focus=f"path-{path}",
    )


@require_POST
@editor
def path_delete(request: MemberRequest, pk: int, path: str) -> HttpResponse:
    """With the steps in it: the whole step is kept beside, so that the undo brings all of it back."""
    automation = alive(request, pk)
    step, _kept = _path(automation, path)
    if step["type"] == "hope":
        return HttpResponseBadRequest()
    try:
        change(request, automation, lambda draft: arranging.take_path(draft, path))
    except Refused as refused:
        return refused.answer
    putting_back.keep(automation, step, "")
    undo = address(request, "step_restore", pk=pk, step=step["id"])
    toast(request, _("The path was taken out."), undo_url=undo)
    return shown(request, automation, step["id"])


@require_POST
@editor
def path_move(request: MemberRequest, pk: int, path: str) -> HttpResponse:
    automation, by = alive(request, pk), WAYS.get(request.POST.get("direction", ""))
    step, _kept = _path(automation, path)
    if by is None or step["type"] == "hope":
        return HttpResponseBadRequest()
    focus = f"move-{request.POST['direction']}"
    return _done(request, automation, lambda draft: arranging.shift_path(draft, path, by), open=path, focus=focus)


@require_POST
@editor
def automation_rename(request: MemberRequest, pk: int) -> HttpResponse:
    automation = alive(request, pk)
    try:
        switching.rename(automation, request.POST.get("name", "").replace("\0", ""), now=timezone.now())
    except ValidationError as error:
        side = sides.side_of(automation, "name", request.POST)
        side.context["fault"] = error.messages[0]
        return draw(request, automation, side, status=422)
    return shown(request, automation)


def _done(
    request: MemberRequest,
    automation: Automation,
    do: Any,
    *,
    side: Side | None = None,
    open: str = "",
    focus: str = "",
) -> HttpResponse:
    """An edit that ends with the builder as it is now."""
    try:
        change(request, automation, do, side=side)
    except Refused as refused:
        return refused.answer
    return shown(request, automation, open, focus=focus)


def step_or_404(automation: Automation, identifier: str) -> Said:
    found = flow.find(automation.draft, identifier)
    if found is None:
        raise Http404
    return found


def _path(automation: Automation, identifier: str) -> tuple[Said, Said]:
    try:
        return arranging.path_of(automation.draft, identifier)
    except arranging.NoSuchPlace:
        raise Http404 from None
