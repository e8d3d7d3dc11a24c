"""Consent on the card of a contact, and the list of addresses that may not be written to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.consent import confirming, granting, requesting
from crm.consent.forms import BlockForm, StatementForm
from crm.consent.hashing import address_hash
from crm.consent.models import Consent, PendingConsent, Suppression
from crm.consent.showing import LIFTED_BY_A_MEMBER, standings
from crm.contacts.identity import clean_phone
from crm.contacts.models import Contact
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, owner, reader, wants_part
from crm.workspaces.toasts import toast

PAGE = 50


@require_safe
@reader
def contact_panel(request: MemberRequest, *, pk: int) -> HttpResponse:
    contact = get_object_or_404(request.workspace.contacts, pk=pk)
    return render(request, "crm/consent/_panel.html", {"contact": contact, "standings": standings(contact)})


@require_http_methods(["GET", "HEAD", "POST"])
@reader
def contact_consents(request: MemberRequest, *, pk: int) -> HttpResponse:
    """The proofs, and a form to write down what a person said. In the drawer for htmx, else a page of its own."""
    contact = get_object_or_404(request.workspace.contacts, pk=pk)
    if request.method == "POST" and not request.membership.may_edit:
        raise PermissionDenied
    form = StatementForm(request.POST or None)
    if form.is_bound and form.is_valid():
        _state(request, contact, form.cleaned_data)
        return _stated(request, contact)
    template = "_proofs" if request.htmx else "contact_consents"
    context = {"contact": contact, "standings": standings(contact), "form": form}
    return render(request, f"crm/consent/{template}.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _state(request: MemberRequest, contact: Contact, said: dict[str, Any]) -> None:
    verb = granting.grant if said["state"] == Consent.State.GRANTED else granting.withdraw
    verb(contact, said["channel"], source="member", wording=said["note"], actor=f"user:{request.user.pk}")
    audit(request, f"consent.{said['state']}", subject=contact, channel=said["channel"])


def _stated(request: MemberRequest, contact: Contact) -> HttpResponse:
    """The drawer shows the new proof, and the panel on the card behind it draws itself again."""
    toast(request, _("Written down, with its proof"))
    if not request.htmx:
        return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=contact.pk)
    context = {"contact": contact, "standings": standings(contact), "form": StatementForm()}
    response = render(request, "crm/consent/_proofs.html", context)
    response.headers["HX-Trigger"] = '{"consent:changed": true}'
    return response


@require_POST
@editor
def contact_ask_again(request: MemberRequest, *, pk: int) -> HttpResponse:
    """The confirmation mail once more, to whoever was asked and did not press."""
    contact = get_object_or_404(request.workspace.contacts, pk=pk)
    pending = PendingConsent.objects.filter(contact=contact).open().first()
    if pending is None:
        raise Http404
    try:
        confirming.ask_again(pending)
    except ValidationError as error:
        toast(request, " ".join(error.messages))
    else:
        toast(request, _("The confirmation mail is on its way again."))
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=pk)


@require_POST
@owner
def contact_request_done(request: MemberRequest, *, pk: int, request_pk: int) -> HttpResponse:
    """The person got their copy, or an answer."""
    contact = get_object_or_404(request.workspace.contacts, pk=pk)
    asked = get_object_or_404(contact.subject_requests, pk=request_pk)
    requesting.finish(asked, f"user:{request.user.pk}")
    toast(request, _("Noted as dealt with."))
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=pk)


@require_safe
@reader
def suppression_list(request: MemberRequest) -> HttpResponse:
    context = _listed(request) | {"form": BlockForm()}
    return render(
        request, f"crm/consent/{'_suppression_results' if wants_part(request) else 'suppression_list'}.html", context
    )


@require_POST
@editor
def suppression_create(request: MemberRequest) -> HttpResponse:
    form = BlockForm(request.POST)
    if not form.is_valid():
        return render(request, "crm/consent/suppression_list.html", _listed(request) | {"form": form}, status=422)
    _block(request, form.cleaned_data["channel"], form.cleaned_data["address"])
    toast(request, _("The address is blocked"))
    return redirect("consent:suppression_list", workspace=request.workspace.slug)


@transaction.atomic
def _block(request: MemberRequest, channel: str, address: str) -> None:
    row = granting.suppress(request.workspace, channel, address, reason=Suppression.Reason.BY_HAND)
    audit(request, "suppression.added", subject=row.hint, channel=channel)


@require_POST
@owner
def suppression_lift(request: MemberRequest, *, pk: int) -> HttpResponse:
    """Only what a member or a machine blocked. What a person asked for, only that person can take back."""
    row = get_object_or_404(request.workspace.suppressions, pk=pk)
    if row.reason not in LIFTED_BY_A_MEMBER:
        messages.error(request, _("This person asked for it. Only a new consent of their own lifts it."))
        return redirect("consent:suppression_list", workspace=request.workspace.slug)
    with transaction.atomic():
        audit(request, "suppression.lifted", subject=row.hint, channel=row.channel, reason=row.reason)
        row.delete()
    toast(request, _("The block was lifted"))
    return redirect("consent:suppression_list", workspace=request.workspace.slug)


def _listed(request: MemberRequest) -> dict[str, Any]:
    """`?reason=` narrows; `?q=` is a whole address, for only its hash is kept."""
    rows = request.workspace.suppressions.all()
    counts = dict(rows.order_by().values_list("reason").annotate(Count("pk")))
    reason = request.GET.get("reason", "")
    asked = request.GET.get("q", "").replace("\0", "").strip().lower()
    if reason in Suppression.Reason.values:
        rows = rows.filter(reason=reason)
    if asked:
        rows = rows.filter(address_hash__in=_hashes(request.workspace.pk, asked))
    chips = [(value, label, counts.get(value, 0), value == reason) for value, label in Suppression.Reason.choices]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {"page": page, "q": asked, "reason": reason, "total": sum(counts.values()), "chips": chips}


def _hashes(workspace_id: int, asked: str) -> set[bytes]:
    """The address as typed, and as a phone is stored."""
    spellings = {asked}
    with suppress(ValidationError):
        spellings.add(clean_phone(asked) or asked)
    return {address_hash(workspace_id, spelling) for spelling in spellings}
