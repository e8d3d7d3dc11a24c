"""Lists for members, and putting a contact on one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.contacts import counting, subscribing
from crm.contacts.forms import ListForm
from crm.contacts.models import List
from crm.contacts.paging import PAGE_SIZE, Count, page_of
from crm.contacts.searching import Search
from crm.contacts.viewing import Look
from crm.contacts.views import actor_of, address, alive, answer
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.naming import with_warning
from crm.workspaces.toasts import toast


def lists_of(request: MemberRequest) -> QuerySet[List]:
    return request.workspace.lists.filter(deleted_at=None)


def counted(request: MemberRequest, lists: Iterable[List]) -> None:
    """Gives each `people` (alive, on the list now) and `gone` (left it)."""
    counts = counting.on_lists(request.workspace)
    for row in lists:
        found = counts.get(row.pk, counting.OnList())
        row.people, row.gone = found.people, found.gone  # type: ignore[attr-defined]


@reader
@require_GET
def list_list(request: MemberRequest) -> HttpResponse:
    lists = lists_of(request).order_by("-created_at", "-id")
    page = Paginator(lists, PAGE_SIZE).get_page(request.GET.get("page"))
    counted(request, page.object_list)
    name = "_list_results.html" if wants_part(request) else "list_list.html"
    return render(request, f"crm/contacts/{name}", {"page": page})


@editor
def list_create(request: MemberRequest) -> HttpResponse:
    return _form(request, List(workspace=request.workspace), _("The list was made."))


@editor
def list_edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(lists_of(request), pk=pk), _("The list was saved."))


def _form(request: MemberRequest, row: List, done: str) -> HttpResponse:
    form = ListForm(request.workspace, request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:
            form.add_error("name", _("There is one of this name already."))
        else:
            toast(request, done)
            return redirect("contacts:list_page", workspace=request.workspace.slug, pk=row.pk)
    context = {"form": form, "list": List.objects.filter(pk=row.pk).first() if row.pk else None}
    return render(request, "crm/contacts/list_form.html", context, status=422 if form.errors else 200)


@reader
@require_GET
def list_page(request: MemberRequest, pk: int) -> HttpResponse:
    """The people of a list, searched as on the list of all contacts."""
    row = get_object_or_404(lists_of(request), pk=pk)
    counted(request, [row])
    asked: Any = request.GET.copy()
    asked["list"] = str(pk)
    search = Search.of(request.workspace, asked)
    is_narrowed = search.words or search.also or search.fault
    count = search.count if is_narrowed else lambda: Count(row.people)  # type: ignore[attr-defined]
    page = page_of(search.people(), request.GET, count)
    context = {"list": row, "search": search, "page": page, "look": Look(request.workspace, request.user, search)}
    name = "_list_people.html" if wants_part(request) else "list_page.html"
    return render(request, f"crm/contacts/{name}", context)


@editor
@require_POST
def list_delete(request: MemberRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(lists_of(request), pk=pk)
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at"])
    undo = address(request, "list_restore", pk=pk)
    done = _("The list %(name)s was deleted. Its people stay contacts.") % {"name": row.name}
    toast(request, with_warning(done, request.workspace, "list", pk), undo_url=undo)
    return redirect("contacts:list_list", workspace=request.workspace.slug)


@editor
@require_POST
def list_restore(request: MemberRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(request.workspace.lists, pk=pk)
    row.deleted_at = None
    try:
        with transaction.atomic():
            row.save(update_fields=["deleted_at"])
    except IntegrityError:
        toast(request, _("A new list has this name by now. Rename it first."))
    else:
        toast(request, _("The list %(name)s is back.") % {"name": row.name})
    return redirect("contacts:list_list", workspace=request.workspace.slug)


@editor
@require_POST
def contact_join(request: MemberRequest, pk: int) -> HttpResponse:
    contact = alive(request, pk)
    row = get_object_or_404(lists_of(request), pk=whole(request.POST.get("list")))
    subscribing.join(contact, row, actor=actor_of(request), source="card")
    return answer(request, contact)


@editor
@require_POST
def contact_leave(request: MemberRequest, pk: int, list_pk: int) -> HttpResponse:
    contact, row = alive(request, pk), get_object_or_404(request.workspace.lists, pk=list_pk)
    subscribing.leave(contact, row, actor=actor_of(request), source="card")
    return answer(request, contact)


@editor
@require_POST
def contact_tag(request: MemberRequest, pk: int) -> HttpResponse:
    contact = alive(request, pk)
    try:
        subscribing.tag(contact, request.POST.get("tag", ""), actor=actor_of(request))
    except ValidationError as error:
        toast(request, error.messages[0])
    return answer(request, contact)


@editor
@require_POST
def contact_untag(request: MemberRequest, pk: int, tag_pk: int) -> HttpResponse:
    contact, row = alive(request, pk), get_object_or_404(request.workspace.tags, pk=tag_pk)
    subscribing.untag(contact, row.name, actor=actor_of(request))
    return answer(request, contact)
