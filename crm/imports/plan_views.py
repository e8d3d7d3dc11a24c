"""Two steps of the wizard: how the file is read, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.contacts.models import CustomField, FieldType, List
from crm.imports import detecting, planning, sheets, steering
from crm.imports.columns import Line, lines_from, lines_of, put_errors, target_choices, unused
from crm.imports.forms import LayoutForm, PlanForm
from crm.imports.guessing import options_of
from crm.imports.layouts import XLSX, Layout, Unreadable
from crm.imports.mapping import LOOKED_AT, Suggestion, suggest
from crm.imports.models import Import
from crm.imports.reading import Table, open_table
from crm.imports.storing import open_file
from crm.imports.views import address, asked_for_work, found
from crm.workspaces.http import MemberRequest, editor, wants_part
from crm.workspaces.toasts import toast

SHOWN = 20
KEYS = (FieldType.TEXT, FieldType.NUMBER)  # of which people may have one each
WITH_OPTIONS = (FieldType.CHOICE, FieldType.CHOICES)


def _unplanned(request: MemberRequest, importing: Import) -> HttpResponse | None:
    """Where to go instead, once the import has begun."""
    return None if importing.can_be_planned else redirect(address(request, "import_page", pk=importing.pk))


@editor
@require_http_methods(["GET", "POST"])
def import_reading(request: MemberRequest, pk: int) -> HttpResponse:
    """The first rows as they are read. A GET with `?encoding=` and the rest shows another reading; a POST keeps it."""
    importing = found(request, pk)
    if away := _unplanned(request, importing):
        return away
    said = request.POST if request.method == "POST" else request.GET
    names = sheets.names(open_file(importing)) if importing.shape.get("kind") == XLSX else []
    layout = _layout(importing, said, names)
    form = LayoutForm(None, layout=layout, sheets=names)
    table, fault = _table(importing, layout)
    if request.method == "POST" and table is not None:
        steering.describe(importing, shape=layout.as_json(), headers=table.columns)
        return redirect(address(request, "import_plan", pk=pk))
    context = {"importing": importing, "form": form, "layout": layout, "fault": fault, "most": SHOWN}
    context |= _first(table) if table else {}
    name = "_reading.html" if wants_part(request) else "import_reading.html"
    return render(request, f"crm/imports/{name}", context, status=422 if request.method == "POST" else 200)


def _layout(importing: Import, said: Mapping[str, Any], names: list[str]) -> Layout:
    """The kept layout as overruled by `said`. Another sheet, or other letters, are looked at afresh for the rest."""
    kept = Layout.of(importing.shape)
    chosen = LayoutForm(said, layout=kept, sheets=names).said() if said else kept
    if chosen.sheet != kept.sheet and str(said.get("seen")) != chosen.sheet:
        return detecting.of_workbook(open_file(importing), chosen.sheet)
    return chosen


def _table(importing: Import, layout: Layout) -> tuple[Table | None, str]:
    """The table, and why it cannot be read to the end of its first rows."""
    try:
        table = open_table(open_file(importing), layout)
        table.head(SHOWN)
    except Unreadable as error:
        return None, error.messages[0]
    return table, ""


def _first(table: Table) -> dict[str, Any]:
    rows = table.head(SHOWN)
    return {"columns": table.columns, "rows": rows, "is_ragged": any(row.extra for row in rows)}


@editor
@require_http_methods(["GET", "POST"])
def import_plan(request: MemberRequest, pk: int) -> HttpResponse:
    """What becomes of each column and of everybody. `redraw` in the body draws again and keeps nothing."""
    importing = found(request, pk)
    if away := _unplanned(request, importing):
        return away
    if not importing.headers:
        return redirect(address(request, "import_reading", pk=pk))
    table = open_table(open_file(importing), Layout.of(importing.shape))
    screen = PlanScreen(request, importing, table)
    if request.method == "POST" and "redraw" not in request.POST and screen.accept():
        return asked_for_work(request, pk)
    is_refused = request.method == "POST" and "redraw" not in request.POST
    name = "_plan.html" if wants_part(request) else "import_plan.html"
    return render(request, f"crm/imports/{name}", screen.context(), status=422 if is_refused else 200)


class PlanScreen:
    """The mapping screen of one import, as suggested, as kept, or as typed so far."""

    def __init__(self, request: MemberRequest, importing: Import, table: Table) -> None:
        self.request, self.importing, self.table = request, importing, table
        self.fields: list[CustomField] = list(importing.workspace.custom_fields.active())
        self.suggestion: Suggestion = suggest(importing, [row.cells for row in table.head(LOOKED_AT)])
        self.plan: dict[str, Any] = importing.plan or self.suggestion.plan
        self.lines = self._lines()
        self.form = self._form()

    @property
    def is_typed(self) -> bool:
        return self.request.method == "POST"

    def _lines(self) -> list[Line]:
        titles = self.importing.headers
        if self.is_typed:
            lines = lines_from(titles, self.suggestion, self.fields, self.request.POST)
        else:
            lines = lines_of(titles, self.suggestion, self.fields, self.plan)
        if self.request.POST.get("redraw") == "all":  # a field for every column that goes nowhere
            for line in unused(lines):
                line.target = "new"
        return lines

    def _form(self) -> PlanForm:
        consent = self.plan.get("consent", {})
        initial = {
            "match": ",".join(self.plan.get("match", [])),
            "faulty": self.plan.get("faulty", "leave_out"),
            "lists": [str(pk) for pk in self.plan.get("lists", [])],
            "tags": ", ".join(self.plan.get("tags", [])),
            **{name: consent[name] for name in ("basis", "channels", "how", "wording") if name in consent},
        }
        if "channels" not in initial:
            initial["channels"] = ["email"]
        data = self.request.POST if self.is_typed else None
        form = PlanForm(data, workspace=self.importing.workspace, matches=self._matches(), initial=initial)
        if self.is_typed and "redraw" in self.request.POST:
            form.errors.clear()
        return form

    def _matches(self) -> list[tuple[str, Any]]:
        """By which of the chosen columns people can be recognised."""
        targets = {line.target for line in self.lines}
        known = {"email": _("E-mail"), "phone": _("Mobile")} | {
            one.storage_key: one.label for one in self.fields if one.type in KEYS
        }
        both = [("email,phone", _("E-mail or mobile, whichever is found"))] if {"email", "phone"} <= targets else []
        single = [(name, known[name]) for name in known if name in targets]  # a field may be a customer's number
        return [*both, *single] or [("email", _("E-mail"))]

    @transaction.atomic
    def accept(self) -> bool:
        """Keeps the plan and asks for the check; else the faults stand at their places."""
        if not self.form.is_valid():
            return False
        try:
            with transaction.atomic():
                planning.accept(self.importing, self._said(), by=self.request.user)
        except ValidationError as error:
            self._show(error)
            return False
        return True

    def _said(self) -> dict[str, Any]:
        said = self.form.cleaned_data
        lists = [int(pk) for pk in said["lists"]]
        if said["new_list"]:
            lists.append(self._new_list(said["new_list"]).pk)
        consent = {name: said[name] for name in ("basis", "channels", "how", "wording")}
        columns = [line.as_plan(self._options(line)) for line in self.lines]
        match = said["match"].split(",")
        plan = {"columns": columns, "match": match, "lists": sorted(set(lists)), "tags": said["tags"]}
        return plan | {"faulty": said["faulty"], "consent": consent}

    def _new_list(self, name: str) -> List:
        """One of this name, made where there is none."""
        lists = List.objects.filter(workspace=self.importing.workspace, deleted_at=None)
        return lists.filter(name__iexact=name).first() or lists.create(workspace=self.importing.workspace, name=name)

    def _options(self, line: Line) -> list[str]:
        """For a new field of choices, every different answer in the file."""
        if not line.is_new or line.type not in WITH_OPTIONS:
            return []
        return options_of(row.cells[line.place] for row in self.table)

    def _show(self, error: ValidationError) -> None:
        for where, messages in put_errors(self.lines, error.message_dict).items():
            name = where.removeprefix("consent.")
            if name == "status":
                toast(self.request, messages[0])
            self.form.add_error(name if name in self.form.fields else None, messages)

    def context(self) -> dict[str, Any]:
        targets = [line.target for line in self.lines]
        folded = [line for line in self.lines if line.is_folded]
        return {
            "importing": self.importing,
            "lines": self.lines,
            "lines_open": [line for line in self.lines if not line.is_folded],
            "lines_folded": folded,
            "is_fold_open": any(not line.is_ignored or line.errors for line in folded),
            "proof": [self.form["how"], self.form["wording"]],
            "form": self.form,
            "suggestion": self.suggestion,
            "choices": target_choices(self.importing.workspace),
            "types": FieldType.choices,
            "used": sum(not line.is_ignored for line in self.lines),
            "unused": list(unused(self.lines)),
            "has_consent_column": "consent" in targets,
            "faulty_lines": [line for line in self.lines if line.errors],
        }
