"""Notes for members: written and kept on the card, all of them on a screen of their own."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.contacts.models import Contact
from crm.contacts.views import actor_of, alive, answer, focused
from crm.notes import writing
from crm.notes.forms import NoteForm
from crm.notes.models import Note
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.toasts import toast

PAGE = 50


def note_of(request: MemberRequest, pk: int, *, deleted: bool = False) -> Note:
    """A note of a living contact of this business; else 404."""
    rows = Note.objects.filter(workspace=request.workspace, deleted_at__isnull=not deleted)
    people = Contact.objects.alive().filter(workspace=request.workspace)
    return get_object_or_404(rows.filter(contact__in=people).select_related("contact__workspace", "author"), pk=pk)


@reader
def note_list(request: MemberRequest, pk: int) -> HttpResponse:
    """GET: every note of the contact. POST: one more."""
    contact = alive(request, pk)
    form = NoteForm()
    if request.method == "POST":
        if not request.membership.may_edit:
            raise PermissionDenied
        form = NoteForm(request.POST)
        if form.is_valid() and _added(request, contact, form):
            return answer(request, contact, focus="note-text")
    notes = contact.notes.filter(deleted_at=None).select_related("author")
    page = Paginator(notes, PAGE).get_page(request.GET.get("page"))
    context = {"contact": contact, "page": page, "form": form, "me": request.user.pk}
    status = 422 if form.errors else 200
    name = "_note_results.html" if wants_part(request) and request.method != "POST" else "note_list.html"
    return render(request, f"crm/notes/{name}", context, status=status)


def _added(request: MemberRequest, contact: Contact, form: NoteForm) -> bool:
    try:
        writing.add(contact, text=form.cleaned_data["text"], by=request.user, actor=actor_of(request))
    except ValidationError as error:
        form.add_error("text", error.messages)
        return False
    return True


@editor
def note_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """In its place on the card, or on a page of its own; by who wrote it."""
    note = note_of(request, pk)
    if note.author_id != request.user.pk:
        raise PermissionDenied
    if request.GET.get("as") == "line" and wants_part(request):
        context = {"note": note, "contact": note.contact, "me": request.user.pk}
        return focused(render(request, "crm/notes/_note.html", context), f"note-{pk}")
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"text": note.text})
    if request.method == "POST" and form.is_valid():
        try:
            writing.edit(note, text=form.cleaned_data["text"])
        except ValidationError as error:
            form.add_error("text", error.messages)
        else:
            return answer(request, note.contact, focus=f"note-{pk}")
    context = {"form": form, "note": note, "contact": note.contact}
    name = "_note_edit.html" if wants_part(request) else "note_edit.html"
    response = focused(render(request, f"crm/notes/{name}", context, status=422 if form.errors else 200), f"note-{pk}")
    if form.errors:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#note-{pk}", "outerHTML"
    return response


@editor
@require_POST
def note_pin(request: MemberRequest, pk: int) -> HttpResponse:
    """`off` in the body takes the pin out."""
    note = note_of(request, pk)
    if "off" in request.POST:
        writing.unpin(note)
    else:
        writing.pin(note)
    return answer(request, note.contact)


@editor
@require_POST
def note_delete(request: MemberRequest, pk: int) -> HttpResponse:
    """By who wrote it, or by an owner."""
    note = note_of(request, pk)
    if note.author_id != request.user.pk and not request.membership.may_manage:
        raise PermissionDenied
    writing.delete(note)
    undo = reverse("notes:note_restore", kwargs={"workspace": request.workspace.slug, "pk": pk})
    toast(request, _("The note was deleted."), undo_url=undo)
    return answer(request, note.contact)


@editor
@require_POST
def note_restore(request: MemberRequest, pk: int) -> HttpResponse:
    note = note_of(request, pk, deleted=True)
    if note.author_id != request.user.pk and not request.membership.may_manage:
        raise PermissionDenied
    writing.restore(note)
    toast(request, _("The note is back."))
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=note.contact_id)
