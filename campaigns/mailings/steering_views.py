"""The verbs on a mailing, each a POST to an address of its own."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.mailings import drafting, planning, rehearsing, steering, tasks
from campaigns.mailings.models import Mailing
from campaigns.mailings.views import address, draw_check, found
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, whole
from crm.workspaces.naming import with_warning
from crm.workspaces.toasts import toast


def _to_report(request: MemberRequest, pk: int) -> HttpResponse:
    return redirect("mailings:mailing_report", workspace=request.workspace.slug, pk=pk)


def _steer(request: MemberRequest, mailing: Mailing, verb: Callable[[Mailing], object], done: str) -> HttpResponse:
    """One verb; what it refuses is told in a toast, and the report shows how things stand."""
    try:
        verb(mailing)
    except ValidationError as error:
        toast(request, " ".join(error.messages))
    else:
        toast(request, done)
    return _to_report(request, mailing.pk)


@require_POST
@editor
def mailing_start(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = found(request, pk)
    try:
        planning.start(mailing, request.user)
    except ValidationError as error:
        if mailing.is_editable:
            return draw_check(request, mailing, fault=" ".join(error.messages), status=422)
        return _to_report(request, pk)
    audit(request, "mailing.started", subject=mailing)
    tasks.send_due.delay()
    return _to_report(request, pk)


@require_POST
@editor
def mailing_test(request: MemberRequest, pk: int) -> HttpResponse:
    """One mail to the member's own address."""
    mailing = found(request, pk)
    contact = rehearsing.reader_of(mailing, whole(request.POST.get("as")))
    try:
        rehearsing.send_test(mailing, to=request.user, contact=contact)
    except ValidationError as error:
        return draw_check(request, mailing, fault=" ".join(error.messages), status=422)
    toast(request, _("A test is on its way to %(address)s.") % {"address": request.user.email})
    return redirect("mailings:mailing_check", workspace=request.workspace.slug, pk=pk)


@require_POST
@editor
def mailing_pause(request: MemberRequest, pk: int) -> HttpResponse:
    return _steer(
        request, found(request, pk), steering.pause, _("The mailing is paused. What was on its way still arrives.")
    )


@require_POST
@editor
def mailing_resume(request: MemberRequest, pk: int) -> HttpResponse:
    response = _steer(request, found(request, pk), steering.resume, _("The sending goes on."))
    tasks.send_due.delay()
    return response


@require_POST
@editor
def mailing_cancel(request: MemberRequest, pk: int) -> HttpResponse:

    @transaction.atomic
    def cancel(mailing: Mailing) -> None:
        steering.cancel(mailing)
        audit(request, "mailing.cancelled", subject=mailing)

    return _steer(request, found(request, pk), cancel, _("The mailing was cancelled. Nobody else will get it."))


@require_POST
@editor
def mailing_uncertain(request: MemberRequest, pk: int) -> HttpResponse:
    """Sends the uncertain again: all of them, or those named in `delivery`. Some may get the mail twice."""
    mailing = found(request, pk)
    named = [number for number in map(whole, request.POST.getlist("delivery")) if number is not None]

    @transaction.atomic
    def resend(mailing: Mailing) -> None:
        steering.resend_uncertain(mailing, delivery_ids=named or None)
        audit(request, "mailing.uncertain_resent", subject=mailing, deliveries=named)

    response = _steer(request, mailing, resend, _("They will be tried again now."))
    tasks.send_due.delay()
    return response


@require_POST
@editor
def mailing_duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    twin = drafting.duplicate(found(request, pk), by=request.user)
    toast(request, _("A copy was made, as a draft."))
    return redirect("mailings:mailing_compose", workspace=request.workspace.slug, pk=twin.pk)


@require_POST
@editor
def mailing_bin(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = found(request, pk)
    try:
        drafting.bin(mailing)
    except ValidationError as error:
        toast(request, " ".join(error.messages))
        return _to_report(request, pk)
    undo = address(request, "mailing_restore", pk=pk)
    done = _("The mailing %(name)s was moved to the bin.") % {"name": mailing.name}
    toast(request, with_warning(done, request.workspace, "mailing", pk), undo_url=undo)
    return redirect("mailings:mailing_list", workspace=request.workspace.slug)


@require_POST
@editor
def mailing_restore(request: MemberRequest, pk: int) -> HttpResponse:
    mailing = get_object_or_404(Mailing, workspace=request.workspace, pk=pk)
    drafting.restore(mailing)
    return redirect("mailings:mailing_list", workspace=request.workspace.slug)
