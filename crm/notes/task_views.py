"""Tasks for members: planned on the card, done there or on the screen of all that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.contacts.models import Contact
from crm.contacts.views import actor_of, alive, answer
from crm.notes import planning
from crm.notes.forms import TaskForm
from crm.notes.models import Task
from crm.workspaces.http import MemberRequest, editor, reader, wants_part
from crm.workspaces.toasts import toast

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A task and the part of the screen it stands in; `opens` where the part begins."""

    task: Task
    part: str
    opens: bool

    @property
    def is_late(self) -> bool:
        return bool(self.task.late)  # type: ignore[attr-defined]


def task_of(request: MemberRequest, pk: int, *, deleted: bool = False) -> Task:
    rows = Task.objects.filter(workspace=request.workspace, deleted_at__isnull=not deleted)
    people = Contact.objects.alive().filter(workspace=request.workspace)
    found = rows.filter(contact__in=people).select_related("contact__workspace", "workspace", "assignee__user")
    return get_object_or_404(found, pk=pk)


@require_safe
@reader
def task_list(request: MemberRequest) -> HttpResponse:
    """`?who=all&show=done&page=2`; without a query, what waits for me."""
    tasks = Task.objects.filter(workspace=request.workspace)
    state = {"who": "all" if request.GET.get("who") == "all" else "", "show": "done" if _asks_done(request) else ""}
    if not state["who"]:
        tasks = tasks.filter(assignee=request.membership)
    shown = tasks.done() if state["show"] else tasks.open()
    shown = shown.select_related("contact", "assignee__user", "done_by")
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "state": state,
        "rows": _rows(page, timezone.localtime(), bool(state["show"])),
    }
    if wants_part(request):
        return render(request, "crm/notes/_task_results.html", context)
    today = timezone.localdate()
    mine = Task.objects.open().filter(workspace=request.workspace, assignee=request.membership)
    context |= {"due": mine.filter(due_on__lte=today).count(), "waiting": mine.count()}
    return render(request, "crm/notes/task_list.html", context)


def _asks_done(request: MemberRequest) -> bool:
    return request.GET.get("show") == "done"


def _rows(tasks: Any, now: datetime, done: bool) -> list[Row]:
    found: list[Row] = []
    for task in tasks:
        task.late = task.is_late(now)
        part = (
            "done"
            if done
            else "late"
            if task.due_on < now.date()
            else "today"
            if task.is_today(now.date())
            else "later"
        )
        found.append(Row(task, part, not found or found[-1].part != part))
    return found


@editor
def task_create(request: MemberRequest, pk: int) -> HttpResponse:
    """`pk` is the contact."""
    contact = alive(request, pk)
    form = TaskForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            planning.add(contact, said=form.cleaned_data, by=request.user, actor=actor_of(request))
        except ValidationError as error:
            _take_errors(form, error)
        else:
            toast(request, _("The task was added."))
            return answer(request, contact, focus="task-add")
    return _form(request, form, contact)


@editor
def task_edit(request: MemberRequest, pk: int) -> HttpResponse:
    task = task_of(request, pk)
    form = TaskForm(request, request.POST if request.method == "POST" else None, task=task)
    if request.method == "POST" and form.is_valid():
        try:
            planning.edit(task, said=form.cleaned_data)
        except ValidationError as error:
            _take_errors(form, error)
        else:
            toast(request, _("The task was saved."))
            return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=task.contact_id)
    return _form(request, form, task.contact, task)


def _form(request: MemberRequest, form: TaskForm, contact: Contact, task: Task | None = None) -> HttpResponse:
    """On the card the form stays open with its faults; elsewhere it is a page."""
    context = {"form": form, "contact": contact, "task": task}
    status = 422 if form.errors else 200
    if not wants_part(request) or task:
        return render(request, "crm/notes/task_form.html", context, status=status)
    response = render(request, "crm/notes/_task_form.html", context, status=status)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#task-form", "outerHTML"
    return response


def _take_errors(form: TaskForm, error: ValidationError) -> None:
    for key, messages in error.message_dict.items():
        form.add_error(key if key in form.fields else None, messages)


def _url(request: MemberRequest, name: str, pk: int) -> str:
    return reverse(f"notes:{name}", kwargs={"workspace": request.workspace.slug, "pk": pk})


def _back(request: MemberRequest, task: Task) -> HttpResponse:
    """Where the verb was asked for: `from` in the body is "tasks" on the screen of tasks, else it is the card."""
    if request.POST.get("from") == "tasks":
        return task_list_again(request)
    return answer(request, task.contact)


def task_list_again(request: MemberRequest) -> HttpResponse:
    """The screen of tasks in the state it was in."""
    kept = {name: request.POST.get(name, "") for name in ("who", "show")}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value in ("all", "done"))
    url = reverse("notes:task_list", kwargs={"workspace": request.workspace.slug})
    return redirect(f"{url}?{query}" if query else url)


@editor
@require_POST
def task_finish(request: MemberRequest, pk: int) -> HttpResponse:
    task = task_of(request, pk)
    if planning.finish(task, by=request.user, actor=actor_of(request)):
        undo = _url(request, "task_reopen", pk) + ("?from=tasks" if request.POST.get("from") == "tasks" else "")
        toast(request, _("Done: %(title)s") % {"title": task.title}, undo_url=undo)
    return _back(request, task)


@editor
@require_POST
def task_reopen(request: MemberRequest, pk: int) -> HttpResponse:
    task = task_of(request, pk)
    planning.reopen(task)
    toast(request, _("The task is open again."))
    if "tasks" in (request.POST.get("from"), request.GET.get("from")):
        return task_list_again(request)
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=task.contact_id)


@editor
@require_POST
def task_delete(request: MemberRequest, pk: int) -> HttpResponse:
    task = task_of(request, pk)
    planning.delete(task)
    toast(request, _("The task was deleted."), undo_url=_url(request, "task_restore", pk))
    return _back(request, task)


@editor
@require_POST
def task_restore(request: MemberRequest, pk: int) -> HttpResponse:
    task = task_of(request, pk, deleted=True)
    planning.restore(task)
    toast(request, _("The task is back."))
    return redirect("contacts:contact_card", workspace=request.workspace.slug, pk=task.contact_id)
