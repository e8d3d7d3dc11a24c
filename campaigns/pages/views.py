"""Landing pages for members: list, create, edit, publish, settings, bin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.content.editing import editor_context
from campaigns.pages import counting, publishing, serving, starting
from campaigns.pages.forms import NewPageForm, PageSettingsForm
from campaigns.pages.models import LandingPage
from campaigns.pages.sharing import page_url
from crm.workspaces.http import MemberRequest, editor, reader, wants_part, whole
from crm.workspaces.naming import with_warning
from crm.workspaces.toasts import toast

ROWS = 30
STATES: dict[str, dict[str, Any]] = {"on_air": {"version__isnull": False}, "draft": {"version": None}}


def _pages(request: MemberRequest) -> QuerySet[LandingPage]:
    related = ("workspace", "version", "document", "thanks")
    return LandingPage.objects.filter(workspace=request.workspace, deleted_at=None).select_related(*related)


def _page(request: MemberRequest, pk: int) -> LandingPage:
    page: LandingPage = get_object_or_404(_pages(request), pk=pk)
    return page


@require_safe
@reader
def page_list(request: MemberRequest) -> HttpResponse:
    words, state = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("state", "")
    pages = _pages(request).filter(**STATES.get(state, {}))
    pages = pages.filter(name__icontains=words) if words else pages
    shown = Paginator(pages, ROWS).get_page(request.GET.get("page"))
    figures = counting.of_pages(request.workspace, [page.pk for page in shown])
    rows = [
        {
            "page": page,
            "id": str(page.pk),
            "figures": figures[page.pk],
            "url": page_url(page),
            "shown": page_url(page).partition("://")[2],
            "has_changes": publishing.has_changes(page),
        }
        for page in shown
    ]
    context = {"rows": rows, "page": shown, "q": words, "state": state, "total": _pages(request).count()}
    context |= {"totals": _totals(request), "is_filtered": bool(words or state)}
    part = "campaigns/pages/_page_results.html" if wants_part(request) else "campaigns/pages/page_list.html"
    return render(request, part, context)


def _totals(request: MemberRequest) -> dict[str, int]:
    """Of every page of the list, for the sentence; an htmx part does not show it and does not pay for it."""
    if wants_part(request):
        return {}
    figures = counting.of_pages(request.workspace, _pages(request).values_list("pk", flat=True)).values()
    return {"visitors": sum(each.visitors for each in figures), "leads": sum(each.leads for each in figures)}


@require_http_methods(["GET", "POST"])
@editor
def page_create(request: MemberRequest) -> HttpResponse:
    form = NewPageForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        page = starting.start(request.workspace, **form.cleaned_data)
        return redirect("pages:page_editor", request.workspace.slug, page.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/pages/page_create.html", {"form": form}, status=status)


@require_safe
@editor
def page_editor(request: MemberRequest, pk: int) -> HttpResponse:
    """`?problems=1`, where publishing was refused, lists what there is to mend."""
    page = _page(request, pk)
    return _editor(request, page, part="page", problems=publishing.problems(page) if "problems" in request.GET else [])


@require_safe
@editor
def page_thanks(request: MemberRequest, pk: int) -> HttpResponse:
    return _editor(request, _page(request, pk), part="thanks")


def _editor(request: MemberRequest, page: LandingPage, *, part: str, **more: Any) -> HttpResponse:
    document = page.document if part == "page" else page.thanks
    document.workspace = request.workspace
    context = editor_context(request, document)
    context |= {"page": page, "part": part, "url": page_url(page), "has_changes": publishing.has_changes(page), **more}
    return render(request, "campaigns/pages/page_editor.html", context)


@require_POST
@editor
def page_publish(request: MemberRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    here = reverse("pages:page_editor", args=[request.workspace.slug, page.pk])
    try:
        version = publishing.publish(page, request.user)
    except ValidationError:
        return redirect(f"{here}?problems=1")
    toast(request, _("The page is on the air, version %(number)s.") % {"number": version.number})
    return redirect(here)


@require_POST
@editor
def page_unpublish(request: MemberRequest, pk: int) -> HttpResponse:
    """Off the air; `version` (when undone) puts that version back on."""
    page = _page(request, pk)
    again = page.versions.filter(pk=whole(request.GET.get("again")) or 0).first()
    if again:
        publishing.put_back(page, again)
        toast(request, _("The page is on the air again."))
    elif page.version_id:
        undo = f"{request.path}?again={page.version_id}"
        publishing.unpublish(page)
        toast(request, _("The page is off the air. Its address and its leads stay."), undo_url=undo)
    return redirect("pages:page_list", request.workspace.slug)


@require_http_methods(["GET", "POST"])
@editor
def page_settings(request: MemberRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    form = PageSettingsForm(request.POST or None, instance=page)
    if request.method == "POST" and form.is_valid() and _saved(form):
        serving.forget(page)
        toast(request, _("Saved"))
        return redirect("pages:page_settings", request.workspace.slug, page.pk)
    shown = _page(request, pk)  # as saved: a form that is not valid has already touched its own
    versions = (
        page.versions.select_related("published_by").order_by("-number").defer("compiled", "blocks", "thanks_blocks")
    )
    context = {"form": form, "page": shown, "url": page_url(shown), "versions": versions[:20]}
    return render(request, "campaigns/pages/page_settings.html", context, status=422 if form.errors else 200)


def _saved(form: PageSettingsForm) -> bool:
    """Saves; a page that took the address in the same moment is told beside the field."""
    try:
        form.save()
    except IntegrityError:
        form.add_error("slug", _("Another page has this address, perhaps one in the bin. Choose another."))
        return False
    return True


@require_POST
@editor
def page_duplicate(request: MemberRequest, pk: int) -> HttpResponse:
    made = starting.duplicate(_page(request, pk))
    toast(request, _("A copy was made, as a draft."))
    return redirect("pages:page_editor", request.workspace.slug, made.pk)


@require_POST
@editor
def page_delete(request: MemberRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    publishing.throw_away(page)
    undo = reverse("pages:page_restore", args=[request.workspace.slug, page.pk])
    done = _("The page was deleted. It stays in the bin for 30 days.")
    toast(request, with_warning(done, request.workspace, "page", pk), undo_url=undo)
    return redirect("pages:page_list", request.workspace.slug)


@require_POST
@editor
def page_restore(request: MemberRequest, pk: int) -> HttpResponse:
    page = get_object_or_404(LandingPage, workspace=request.workspace, pk=pk)
    publishing.restore(page)
    toast(request, _("The page is back."))
    return redirect("pages:page_list", request.workspace.slug)
