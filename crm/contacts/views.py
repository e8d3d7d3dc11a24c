"""Contacts for members: list, card, create, edit, bin, erase."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.contacts import counting, editing
from crm.contacts.capturing import capture
from crm.contacts.card import Card
from crm.contacts.forms import ContactForm, NewContactForm
from crm.contacts.models import Contact
from crm.contacts.paging import page_of
from crm.contacts.searching import Search
from crm.contacts.viewing import Look, opening
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.models import Workspace
from crm.workspaces.toasts import toast


def alive(request: MemberRequest, pk: int) -> Contact:
    """A contact of this business that is neither binned nor merged; else 404."""
    contacts = Contact.objects.filter(workspace=request.workspace).select_related("workspace").alive()
    return get_object_or_404(contacts, pk=pk)


def actor_of(request: MemberRequest) -> str:
    return f"user:{request.user.pk}"


def address(request: MemberRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"contacts:{name}", kwargs={"workspace": request.workspace.slug, **kwargs})


@reader
@require_GET
def contact_list(request: MemberRequest) -> HttpResponse:
    if not request.GET and not wants_part(request) and (view := opening(request.workspace, request.user)):
        return redirect(address(request, "contact_list") + view)
    search = Search.of(request.workspace, request.GET)
    page = page_of(search.people(), request.GET, search.count())
    filters, look = _filters(request.workspace), Look(request.workspace, request.user, search)
    context = {"search": search, "page": page, **filters, "look": look, "tabs": look.tabs(**filters)}
    status = 422 if search.fault else 200
    if wants_part(request):
        return render(request, "crm/contacts/_contact_results.html", context, status=status)
    context["totals"] = counting.totals(request.workspace)
    return render(request, "crm/contacts/contact_list.html", context, status=status)


def _filters(workspace: Workspace) -> dict[str, Any]:
    return {"lists": workspace.lists.filter(deleted_at=None), "tags": workspace.tags.all()}


@editor
@require_GET
def contact_people(request: MemberRequest) -> HttpResponse:
    """The people of a search taken on as a rule: to a new segment, or to a new mailing."""
    search = Search.of(request.workspace, request.GET)
    name = "mailings:mailing_create" if request.GET.get("next") == "mailing" else "segments:segment_create"
    try:
        url = reverse(name, kwargs={"workspace": request.workspace.slug})
    except NoReverseMatch:
        return redirect(address(request, "contact_list") + search.query())
    return redirect(f"{url}?{search.rule_query()}")


@editor
def contact_create(request: MemberRequest) -> HttpResponse:
    form = NewContactForm(request.workspace, request.POST or None)
    if request.method == "POST" and form.is_valid():
        known = _known(request, form)
        if known is None:
            contact = _captured(request, form)
            if contact is not None:
                toast(request, _("The contact was added."))
                return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=contact.pk)
        else:
            url = address(request, "contact_card", pk=known.pk)
            form.add_error(None, format_html('{} <a href="{}">{}</a>', _("This person is here already:"), url, known))
    status = 422 if form.errors else 200
    return render(request, "crm/contacts/contact_create.html", {"form": form}, status=status)


def _known(request: MemberRequest, form: ContactForm) -> Contact | None:
    """A living contact with this e-mail or phone: a member means to look at it, not to write over it unseen."""
    contacts = Contact.objects.filter(workspace=request.workspace).alive()
    for key in ("email", "phone"):
        value = form.cleaned_data.get(key)
        found = contacts.filter(**{key: value}).first() if value else None
        if found:
            return found
    return None


def _captured(request: MemberRequest, form: NewContactForm) -> Contact | None:
    said = {key: form.cleaned_data[key] for key in ("email", "phone", "first_name", "last_name", "source", "tags")}
    try:
        return capture(
            request.workspace,
            **said,
            lists=form.cleaned_data.get("lists", ()),
            values=form.values,
            defaults=False,  # the form showed them, and the member decided
            actor=actor_of(request),
        ).contact
    except ValidationError as error:
        form.take_errors(error)
        return None


@reader
@require_GET
def contact_card(request: MemberRequest, pk: int) -> HttpResponse:
    """An old link to a duplicate leads to the card that it was merged into."""
    people = Contact.objects.filter(workspace=request.workspace, deleted_at=None).select_related("workspace")
    contact = get_object_or_404(people, pk=pk)
    if contact.merged_into_id:
        return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=contact.merged_into_id)
    return draw_card(request, contact)


def draw_card(request: MemberRequest, contact: Contact, *, status: int = 200, shown: int = 0) -> HttpResponse:
    """The card as a page, or as the part that a verb on it swaps in. `shown` is the sensitive field whose answer was asked
    for."""
    card = Card(request, contact, shown=shown)
    context = {"contact": contact, "card": card, **_filters(request.workspace)}
    name = "_card.html" if wants_part(request) else "contact_card.html"
    return render(request, f"crm/contacts/{name}", context, status=status)


def focused(response: HttpResponse, place: str) -> HttpResponse:
    """htmx puts the part in, and then the keyboard goes to this place (app.js)."""
    if place:
        response.headers["HX-Trigger-After-Settle"] = json.dumps({"place:focus": place})
    return response


def answer(request: MemberRequest, contact: Contact, *, focus: str = "") -> HttpResponse:
    """After a verb on the card: the fresh card in place, or back to it. `focus` is the id that gets the keyboard back."""
    if wants_part(request):
        return focused(draw_card(request, alive(request, contact.pk)), focus)
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=contact.pk)


@editor
def contact_edit(request: MemberRequest, pk: int) -> HttpResponse:
    contact = alive(request, pk)
    form = ContactForm(request.workspace, request.POST if request.method == "POST" else None, contact=contact)
    if request.method == "POST" and form.is_valid():
        try:
            editing.edit(contact, changes=form.changes, actor=actor_of(request))
        except ValidationError as error:
            form.take_errors(error)
        else:
            toast(request, _("The contact was saved."))
            return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=pk)
    context = {"form": form, "contact": contact}
    return render(request, "crm/contacts/contact_edit.html", context, status=422 if form.errors else 200)


@editor
@require_POST
def contact_bin(request: MemberRequest, pk: int) -> HttpResponse:
    contact = alive(request, pk)
    editing.bin(contact, actor_of(request))
    undo = address(request, "contact_restore", pk=pk)
    toast(request, _("%(name)s was deleted.") % {"name": contact}, undo_url=undo)
    return redirect("contacts:contact_list", workspace=request.workspace.slug)


@editor
@require_POST
def contact_restore(request: MemberRequest, pk: int) -> HttpResponse:
    binned = request.workspace.contacts.filter(merged_into=None)
    contact = get_object_or_404(binned, pk=pk)
    editing.restore(contact, actor_of(request))
    toast(request, _("%(name)s is back.") % {"name": contact})
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=pk)
