"""The mail of a step, for members: writing a new one for it, and changing one that is being sent already."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.automations import arranging, renewing
from campaigns.automations.building_views import Refused, alive, change, shown
from campaigns.automations.editing_views import step_or_404
from campaigns.automations.models import Automation
from campaigns.mailings import drafting
from campaigns.mailings.models import Mailing
from crm.workspaces.http import MemberRequest, editor
from crm.workspaces.toasts import toast


@require_POST
@editor
def mail_create(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    """A draft for this step, named after the automation; `purpose` says what the mail is. On to writing it."""
    automation, purpose = alive(request, pk), request.POST.get("purpose", "")
    if step_or_404(automation, step)["type"] != "mail" or purpose not in Mailing.Purpose.values:
        return HttpResponseBadRequest()
    try:
        with transaction.atomic():
            made = drafting.create(request.workspace, purpose=purpose, name=automation.name, by=request.user)
            change(request, automation, lambda draft: arranging.step_of(draft, step).update(mailing=made.pk))
    except Refused as refused:
        return refused.answer
    return redirect(_writing(request, made, automation))


@require_POST
@editor
def mail_renew(request: MemberRequest, pk: int, step: str) -> HttpResponse:
    """A copy takes the place of a mail that goes out already, and is opened for writing."""
    automation = alive(request, pk)
    step_or_404(automation, step)
    try:
        twin = renewing.renew(automation, step, by=request.user, now=timezone.now())
    except ValidationError as error:
        toast(request, error.messages[0])
        return shown(request, automation, step)
    toast(request, _("This is a copy. People get it once you run the changes."))
    return redirect(_writing(request, twin, automation))


def _writing(request: MemberRequest, mailing: Mailing, automation: Automation) -> str:
    """The editor of the mail, with the way back."""
    url = reverse("mailings:mailing_compose", kwargs={"workspace": request.workspace.slug, "pk": mailing.pk})
    return f"{url}?automation={automation.pk}"
