"""Running an automation, for members: on, paused, off; whom it lets in; those who are stuck; the bin."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from campaigns.automations import errands, listing, moving, sides, switching, tasks
from campaigns.automations.building_views import address, alive, draw, shown
from campaigns.automations.models import Automation, Enrolment
from crm.rules import grammar
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.segments import matching
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor
from crm.workspaces.toasts import toast

MOST_BY_HAND = 5000


@require_POST
@editor
def automation_on(request: MemberRequest, pk: int) -> HttpResponse:
    """`existing` lets in those who qualify already; `inside` "move" brings people to what changed, "finish" does not."""
    automation = alive(request, pk)
    existing, move = request.POST.get("existing") == "1", request.POST.get("inside") != "finish"
    try:
        with transaction.atomic():
            switching.switch_on(automation, now=timezone.now(), existing=existing, move=move)
            audit(request, "automation.on", subject=automation)
    except ValidationError:  # all that stands in the way is on the cards and beside the switch
        return draw(request, automation, sides.side_of(automation, "on"), status=422)
    tasks.work.delay()
    toast(request, _("It runs. Whatever happens from now on starts it."))
    return shown(request, automation)


@require_POST
@editor
def automation_pause(request: MemberRequest, pk: int) -> HttpResponse:
    return _turned(request, pk, switching.pause, "automation.paused", _("Paused: everybody stays where they are."))


@require_POST
@editor
def automation_resume(request: MemberRequest, pk: int) -> HttpResponse:
    return _turned(
        request, pk, switching.resume, "automation.resumed", _("It goes on. Everybody goes on where they stood.")
    )


@require_POST
@editor
def automation_off(request: MemberRequest, pk: int) -> HttpResponse:
    """`inside` "out" takes everybody out; else they go on to the end."""
    take_out = request.POST.get("inside") == "out"

    def turn(automation: Automation, **said: Any) -> Automation:
        return switching.switch_off(automation, take_out=take_out, **said)

    return _turned(request, pk, turn, "automation.off", _("Switched off: nobody enters any more."))


def _turned(request: MemberRequest, pk: int, turn: Callable[..., Any], action: str, words: str) -> HttpResponse:
    automation = alive(request, pk)
    try:
        with transaction.atomic():
            turn(automation, now=timezone.now())
            audit(request, action, subject=automation)
        toast(request, words)
    except ValidationError as error:
        toast(request, error.messages[0])
    return shown(request, automation)


@require_POST
@editor
def automation_again(request: MemberRequest, pk: int) -> HttpResponse:
    """Whoever needs attention goes on where they stand; mails and calls that were given up are tried anew."""
    automation, now = alive(request, pk), timezone.now()
    stuck = Enrolment.objects.filter(automation=automation, state=Enrolment.State.STUCK)
    with transaction.atomic():
        people = moving.again(list(stuck.values_list("pk", flat=True)), automation, now)
        tried = errands.again(automation, now=now)
    toast(request, _said_again(people, tried))
    tasks.work.delay()
    tasks.run_errands.delay()
    return shown(request, automation)


def _said_again(people: int, tried: int) -> str:
    go_on = ngettext("One person goes on.", "%(number)s people go on.", people) % {"number": people}
    again = ngettext(
        "One mail or call is tried again.", "%(number)s mails and calls are tried again.", tried
    ) % {"number": tried}  # fmt: skip
    return " ".join([go_on] * bool(people or not tried) + [again] * bool(tried))


@require_POST
@editor
def automation_bin(request: MemberRequest, pk: int) -> HttpResponse:
    automation = alive(request, pk)
    switching.bin(automation, now=timezone.now())
    audit(request, "automation.deleted", subject=automation)
    undo = address(request, "automation_restore", pk=pk)
    toast(request, _("The automation %(name)s was deleted.") % {"name": automation.name}, undo_url=undo)
    return redirect(address(request, "automation_list"))


@require_POST
@editor
def automation_restore(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Automation.objects.filter(workspace=request.workspace, deleted_at__isnull=False)
    automation = get_object_or_404(rows, pk=pk)
    switching.restore(automation)
    audit(request, "automation.restored", subject=automation)
    toast(request, _("The automation is back, switched off."))
    return redirect(address(request, "automation_edit", pk=pk))


@require_POST
@editor
def automation_enrol(request: MemberRequest, pk: int) -> HttpResponse:
    """The people of `rule` enter by hand, as many as one may ask for at once."""
    automation = alive(request, pk)
    asked = request.POST.get("rule", "")
    if not asked:
        toast(request, _("Choose first who is to enter."))
        return redirect(address(request, "automation_edit", pk=pk))
    rule = rule_of(request, asked)
    ids = list(matching.contacts(request.workspace, rule).order_by().values_list("pk", flat=True)[: MOST_BY_HAND + 1])
    if not rule:
        raise Http404
    if len(ids) > MOST_BY_HAND:
        toast(request, _("Choose up to %(limit)s people at once.") % {"limit": MOST_BY_HAND})
        return redirect(address(request, "automation_edit", pk=pk))
    now = timezone.now()
    try:
        with transaction.atomic():
            entered = switching.enrol_by_hand(automation, ids, occasion=f"hand:{now.isoformat()}", now=now)
            audit(request, "automation.enrolled", subject=automation, count=len(entered))
    except ValidationError as error:
        toast(request, error.messages[0])
        return redirect(address(request, "automation_edit", pk=pk))
    tasks.work.delay()
    toast(request, _entered(len(entered), len(ids)))
    return redirect(address(request, "automation_edit", pk=pk))


def _entered(entered: int, asked: int) -> str:
    words = ngettext("One person entered.", "%(number)s people entered.", entered) % {"number": entered}
    if entered == asked:
        return words
    rest = ngettext(
        "One is inside already or may not enter again.",
        "%(number)s are inside already or may not enter again.",
        asked - entered,
    )
    return f"{words} {rest % {'number': asked - entered}}"


def rule_of(request: MemberRequest, text: str) -> Node:
    """The rule of the people that another screen sent; {} for nonsense."""
    try:
        return grammar.clean(json.loads(text), request.workspace) if text and len(text) < grammar.MAX_BYTES else {}
    except (ValueError, RecursionError, RuleError):
        return {}


def running(request: MemberRequest) -> list[Automation]:
    return list(listing.automations_of(request.workspace).filter(status=Automation.Status.ON).order_by("name"))
