"""One person's data, for owners: out (a page and a file) and gone (for good, after what goes and what stays was shown)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.contacts import disclosing, erasing
from crm.contacts.identity import local_phone
from crm.contacts.models import Contact
from crm.contacts.views import actor_of
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, owner
from crm.workspaces.toasts import toast


def _whole(request: MemberRequest, pk: int) -> Contact:
    """Alive or in the bin; a duplicate goes with the contact that it was merged into."""
    people = request.workspace.contacts.filter(merged_into=None).select_related("workspace")
    contact: Contact = get_object_or_404(people, pk=pk)
    return contact


@owner
@require_GET
def contact_data(request: MemberRequest, pk: int) -> HttpResponse:
    contact = _whole(request, pk)
    context = {"contact": contact, "disclosure": disclosing.disclose(contact)}
    return render(request, "crm/contacts/contact_data.html", context)


@owner
@require_POST
def contact_data_file(request: MemberRequest, pk: int) -> HttpResponse:
    """Everything as a ZIP: data.json for a machine, data.html to read and print. Taking it away is noted in the log."""
    contact = _whole(request, pk)
    disclosure = disclosing.disclose(contact)
    with translation.override(request.workspace.language):
        content, name = disclosure.as_zip(), disclosing.file_name(contact)
    audit(request, "contact.disclosed", subject=f"#{contact.pk}")
    response = HttpResponse(content, content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response.headers["Cache-Control"] = "private, no-store"
    return response


@owner
@require_http_methods(["GET", "HEAD", "POST"])
def contact_erase(request: MemberRequest, pk: int) -> HttpResponse:
    """Shows what goes and what stays; a POST with the person's own address typed does it. The log keeps the number only."""
    contact = _whole(request, pk)
    word = word_of(contact)
    if request.method == "POST" and is_typed(contact, request.POST.get("typed", "")):
        with transaction.atomic():
            audit(request, "contact.erased", subject=f"#{contact.pk}")
            erasing.erase(contact, actor=actor_of(request))
        toast(request, _("The contact was erased for good."))
        return redirect("contacts:contact_list", workspace=request.workspace.slug)
    context = {"contact": contact, "word": word, "disclosure": disclosing.disclose(contact)}
    context |= {"is_wrong": request.method == "POST"}
    return render(request, "crm/contacts/contact_erase.html", context, status=422 if request.method == "POST" else 200)


def word_of(contact: Contact) -> str:
    """What is typed to confirm: the phone as it is dialled, or the e-mail of one without a phone."""
    return local_phone(contact.phone) or contact.email or str(contact.pk)


def is_typed(contact: Contact, typed: str) -> bool:
    return typed.strip() in {word_of(contact), contact.phone or word_of(contact)}
