"""Duplicates for members: pairs that may be one person, side by side, merged, told apart, taken apart again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.contacts import merging, suggesting, unmerging
from crm.contacts.comparing import Comparison, choices_of, fuller
from crm.contacts.models import Contact, DuplicateSearch
from crm.contacts.searching import Search
from crm.contacts.views import actor_of, address, alive
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.toasts import toast

PAGE_SIZE, FOUND = 25, 10


@reader
@require_GET
def duplicate_list(request: MemberRequest) -> HttpResponse:
    page = Paginator(suggesting.suggestions(request.workspace), PAGE_SIZE).get_page(request.GET.get("page"))
    if wants_part(request):
        return render(request, "crm/contacts/_duplicate_results.html", {"page": page})
    searched = DuplicateSearch.objects.filter(workspace=request.workspace).first()
    context = {"page": page, "searched": searched, "may_search": _may_search(request)}
    return render(request, "crm/contacts/duplicate_list.html", context)


@editor
@require_POST
def duplicate_search(request: MemberRequest) -> HttpResponse:
    """Looks again while one waits; a business too large for that is searched every night."""
    if _may_search(request):
        suggesting.search(request.workspace)
        toast(request, _("All contacts were checked for duplicates."))
    else:
        toast(request, _("With so many contacts, duplicates are looked for every night."))
    return redirect("contacts:duplicate_list", workspace=request.workspace.slug)


def _may_search(request: MemberRequest) -> bool:
    people = Contact.objects.filter(workspace=request.workspace)
    return people[: suggesting.AT_ONCE + 1].count() <= suggesting.AT_ONCE


@reader
@require_GET
def contact_same(request: MemberRequest, pk: int) -> HttpResponse:
    """Whom is this contact the same as? The suggestions about them, and a search."""
    contact = alive(request, pk)
    search = Search.of(request.workspace, request.GET)
    people = search.people().exclude(pk=pk)[:FOUND] if search.words else Contact.objects.none()
    pairs = [(row, row.other if row.one_id == pk else row.one) for row in suggesting.suggestions_for(contact)[:FOUND]]
    context = {"contact": contact, "search": search, "people": people, "pairs": pairs}
    name = "_same_results" if wants_part(request) else "contact_same"
    return render(request, f"crm/contacts/{name}.html", context)


@reader
@require_GET
def contact_pair(request: MemberRequest, pk: int, other_pk: int) -> HttpResponse:
    """The two side by side, with what each says and what follows. `?keep=` names whose card stays."""
    one, other = _two(request, pk, other_pk)
    kept, merged = fuller(one, other)
    if whole(request.GET.get("keep")) == merged.pk:
        kept, merged = merged, kept
    return _draw(request, Comparison(kept, merged))


@editor
@require_POST
def contact_merge(request: MemberRequest, pk: int, other_pk: int) -> HttpResponse:
    """`kept` is the id of the contact whose card stays; `keep-<field>` of the one whose value stays."""
    one, other = _two(request, pk, other_pk)
    kept, merged = (other, one) if whole(request.POST.get("kept")) == other.pk else (one, other)
    comparison = Comparison(kept, merged)
    try:
        merging.merge(kept, merged, actor_of(request), choices=choices_of(comparison, request.POST))
    except ValidationError as error:
        return _draw(request, comparison, faults=error.messages, status=422)
    undo = address(request, "contact_unmerge", pk=merged.pk)
    toast(request, _("%(name)s is one contact now.") % {"name": kept}, undo_url=undo)
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=kept.pk)


@editor
@require_POST
def contact_unmerge(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes a duplicate out again, from the toast or from the card, at any time."""
    merged = request.workspace.contacts.filter(merged_into__isnull=False).select_related("merged_into")
    contact = get_object_or_404(merged, pk=pk)
    host = contact.merged_into_id
    try:
        unmerging.unmerge(contact, actor_of(request))
    except ValidationError as error:
        toast(request, " ".join(error.messages))
    else:
        toast(request, _("They are two contacts again."))
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=host)


@editor
@require_POST
def contact_apart(request: MemberRequest, pk: int, other_pk: int) -> HttpResponse:
    """Two people: the pair is never suggested again."""
    one, other = _two(request, pk, other_pk)
    suggesting.tell_apart(one, other, actor_of(request))
    undo = address(request, "contact_undecided", pk=pk, other_pk=other_pk)
    toast(request, _("They are two people. This pair will not be suggested again."), undo_url=undo)
    return redirect("contacts:duplicate_list", workspace=request.workspace.slug)


@editor
@require_POST
def contact_undecided(request: MemberRequest, pk: int, other_pk: int) -> HttpResponse:
    suggesting.leave_open(*_two(request, pk, other_pk))
    return redirect("contacts:duplicate_list", workspace=request.workspace.slug)


def _two(request: MemberRequest, pk: int, other_pk: int) -> tuple[Contact, Contact]:
    """Both of this business and alive, and not one and the same; else 404."""
    return alive(request, pk), get_object_or_404(
        Contact.objects.filter(workspace=request.workspace).select_related("workspace").alive().exclude(pk=pk),
        pk=other_pk,
    )


def _draw(request: MemberRequest, comparison: Comparison, *, faults: Any = (), status: int = 200) -> HttpResponse:
    context = {"comparison": comparison, "faults": faults}
    return render(request, "crm/contacts/contact_pair.html", context, status=status)
