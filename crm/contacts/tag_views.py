"""Tags for members."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.contacts import counting
from crm.contacts.forms import TagForm
from crm.contacts.models import Tag
from crm.contacts.paging import PAGE_SIZE
from crm.workspaces.auditing import audit
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.models import Workspace
from crm.workspaces.naming import with_warning
from crm.workspaces.toasts import toast


def counted(workspace: Workspace) -> list[Tag]:
    """All of them with `people`, the living who have the tag; those of most people first."""
    counts, tags = counting.tagged(workspace), list(workspace.tags.order_by("name"))
    for tag in tags:
        tag.people = counts.get(tag.pk, 0)  # type: ignore[attr-defined]
    return sorted(tags, key=lambda tag: -tag.people)  # type: ignore[attr-defined]


@reader
@require_GET
def tag_list(request: MemberRequest) -> HttpResponse:
    page = Paginator(counted(request.workspace), PAGE_SIZE).get_page(request.GET.get("page"))
    name = "_tag_results.html" if wants_part(request) else "tag_list.html"
    return render(request, f"crm/contacts/{name}", {"page": page})


@editor
def tag_create(request: MemberRequest) -> HttpResponse:
    return _form(request, Tag(workspace=request.workspace), _("The tag was made."))


@editor
def tag_edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(request.workspace.tags, pk=pk), _("The tag was saved."))


def _form(request: MemberRequest, row: Tag, done: str) -> HttpResponse:
    form = TagForm(request.workspace, request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:
            form.add_error("name", _("There is one of this name already."))
        else:
            toast(request, done)
            return redirect("contacts:tag_list", workspace=request.workspace.slug)
    context = {"form": form, "tag": Tag.objects.filter(pk=row.pk).first() if row.pk else None}
    return render(request, "crm/contacts/tag_form.html", context, status=422 if form.errors else 200)


@editor
@require_POST
def tag_delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes the tag off everybody; asked twice, because there is no way back."""
    row = get_object_or_404(request.workspace.tags, pk=pk)
    with transaction.atomic():
        audit(request, "tag.deleted", subject=row, people=row.contact_tags.count())
        row.delete()
    done = _("The tag %(name)s was deleted.") % {"name": row.name}
    toast(request, with_warning(done, request.workspace, "tag", pk, row.name))
    return redirect("contacts:tag_list", workspace=request.workspace.slug)
