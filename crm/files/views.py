"""Pictures of the business: the list, sending new ones, their names, and the picker of the editors."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.files.forms import NameForm
from crm.files.models import File
from crm.files.uploading import save_image
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.toasts import toast

PAGE = 24
AT_ONCE = 20
FIELD = re.compile(r"[A-Za-z][\w-]{0,40}", re.ASCII)
PK = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@require_safe
@reader
def file_list(request: MemberRequest) -> HttpResponse:
    context = {"page": _page(request), "q": request.GET.get("q", "")}
    return render(request, f"crm/files/{'_file_results' if wants_part(request) else 'file_list'}.html", context)


@require_POST
@editor
def file_upload(request: MemberRequest) -> HttpResponse:
    """One or many pictures; each that cannot be taken says why, the others are in."""
    taken, errors = _take(request)
    if taken:
        words = ngettext("%(count)d picture was added", "%(count)d pictures were added", len(taken))
        toast(request, words % {"count": len(taken)})
    if not errors:
        return redirect("files:file_list", workspace=request.workspace.slug)
    context = {"page": _page(request), "q": "", "errors": errors}
    return render(request, "crm/files/file_list.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@reader
def file_detail(request: MemberRequest, *, pk: int) -> HttpResponse:
    file = get_object_or_404(request.workspace.files, pk=pk)
    if request.method == "POST" and not request.membership.may_edit:
        raise PermissionDenied
    form = NameForm(request.POST or None, instance=file)
    if request.method == "POST" and form.is_valid():
        form.save()
        toast(request, _("Saved"))
        return redirect("files:file_list", workspace=request.workspace.slug)
    status = 422 if form.is_bound else 200
    context = {"file": file, "form": form, "address": settings.PUBLIC_URL + file.url}
    return render(request, "crm/files/file_detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def file_picker(request: MemberRequest) -> HttpResponse:
    """The part in an editor's panel: radios named `?field=`, `?picked=` chosen. A POST adds a picture and chooses it."""
    field = request.GET.get("field", "file")
    picked = request.GET.get("picked", "")
    errors: list[str] = []
    if request.method == "POST":
        taken, errors = _take(request)
        picked = str(taken[0].pk) if taken else picked
    page = _page(request)
    chosen = request.workspace.files.filter(pk=picked).first() if PK.fullmatch(picked) else None
    rest = [file for file in page.object_list if file != chosen]
    context = {
        "files": [chosen, *rest] if chosen else rest,
        "chosen": chosen,
        "picked": chosen.pk if chosen else "",
        "field": field if FIELD.fullmatch(field) else "file",
        "has_more": page.has_next(),
        "q": request.GET.get("q", ""),
        "errors": errors,
    }
    return render(request, "crm/files/_picker.html", context, status=422 if errors else 200)


def _page(request: MemberRequest) -> Page[File]:
    """The newest first, narrowed by what is searched for; `?page=` of nonsense is the first."""
    files = request.workspace.files.all()
    asked = request.GET.get("q", "").replace("\0", "").strip()
    if asked:
        files = files.filter(name__icontains=asked)
    return Paginator(files, PAGE).get_page(request.GET.get("page"))


def _take(request: MemberRequest) -> tuple[list[File], list[str]]:
    sent = [upload for upload in request.FILES.getlist("image")[:AT_ONCE] if isinstance(upload, UploadedFile)]
    taken, errors = [], []
    for upload in sent:
        try:
            taken.append(save_image(request.workspace, upload))
        except ValidationError as error:
            errors.append(f"{upload.name}: {error.messages[0]}")
    return taken, errors if sent else [_("Choose a picture to add.")]
