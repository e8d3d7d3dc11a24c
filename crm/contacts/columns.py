"""Columns of lists of people: the contact's own, every custom field, and those that rooms above add by `register`.

A column fills its cells for a whole page at once, so that a page costs the same questions however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from crm.contacts.fields import display
from crm.contacts.models import Contact, ContactTag, CustomField, Subscription
from crm.contacts.people import Row, rows_of
from crm.timeline.sources import words_of
from crm.workspaces.models import Workspace

Text = str | Promise
Fill = Callable[[Sequence[Contact]], dict[int, Any]]
MOST = 12
USUAL = ("email", "phone", "did", "created")
MASK = "••••"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` says how a cell is drawn: text, email, phone, time, did, pills (a list of words), link. `sort` and `against`
    are names in narrowing.ORDERS, where an index serves the order."""

    key: str
    label: Text
    fill: Fill
    kind: str = "text"
    sort: str | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    column: Column
    value: Any


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: the person, and their cells in the order of the columns."""

    row: Row
    cells: list[Cell]

    @property
    def contact(self) -> Contact:
        return self.row.contact

    @property
    def status(self) -> str:
        return self.row.status


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[Column]
    lines: list[Line]


_columns: dict[str, Column] = {}


def register(*columns: Column) -> None:
    for column in columns:
        _columns[column.key] = column


def offered(workspace: Workspace) -> list[Column]:
    """All columns a list of this business may show, in the order of a chooser that nobody touched."""
    return [*_columns.values(), *(_of_field(field) for field in workspace.custom_fields.active())]


def usual() -> list[Column]:
    return [_columns[key] for key in USUAL]


def chosen(workspace: Workspace, keys: Iterable[str] | None) -> list[Column]:
    """The columns of these keys in their order; what is gone since is passed over, nothing said is the usual ones."""
    wanted = list(USUAL if keys is None else keys)[:MOST]
    known = {column.key: column for column in offered(workspace)} if set(wanted) - _columns.keys() else _columns
    return [known[key] for key in dict.fromkeys(wanted) if key in known]


def table(contacts: Iterable[Contact], columns: Sequence[Column]) -> Table:
    listed = list(contacts)
    rows = rows_of(listed)
    filled = {column.key: _filled(column, listed, rows) for column in columns}
    return Table(
        list(columns),
        [Line(row, [Cell(column, filled[column.key].get(row.contact.pk)) for column in columns]) for row in rows],
    )


def _filled(column: Column, contacts: Sequence[Contact], rows: Sequence[Row]) -> dict[int, Any]:
    """What people did last was asked for by the rows already."""
    return {row.contact.pk: row for row in rows} if column.kind == "did" else column.fill(contacts)


def _own(name: str, contacts: Sequence[Contact]) -> dict[int, Any]:
    return {contact.pk: getattr(contact, name) for contact in contacts}


def _source(contacts: Sequence[Contact]) -> dict[int, Any]:
    return {contact.pk: words_of(contact.source) for contact in contacts}


def _tags(contacts: Sequence[Contact]) -> dict[int, Any]:
    rows = ContactTag.objects.filter(contact__in=contacts).order_by("tag__name")
    return _grouped(rows.values_list("contact_id", "tag__name"))


def _lists(contacts: Sequence[Contact]) -> dict[int, Any]:
    joined = Subscription.objects.filter(contact__in=contacts, status="joined", list__deleted_at=None)
    return _grouped(joined.order_by("list__name").values_list("contact_id", "list__name"))


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, Any]:
    found: dict[int, list[str]] = {}
    for pk, name in pairs:
        found.setdefault(pk, []).append(name)
    return found


def _of_field(field: CustomField) -> Column:
    kind = {"url": "link"}.get(field.type, "text")
    return Column(field.storage_key, field.label, partial(_values, field), kind="text" if field.is_sensitive else kind)


def _values(field: CustomField, contacts: Sequence[Contact]) -> dict[int, Any]:
    """As the field's definition shows them; of a sensitive field only whether there is one."""
    found = {contact.pk: contact.values.get(field.storage_key) for contact in contacts}
    if field.is_sensitive:
        return {pk: MASK for pk, value in found.items() if value is not None}
    if field.type == "url":
        return found
    return {pk: display(field, value) for pk, value in found.items()}


register(
    Column("email", gettext_lazy("E-mail"), partial(_own, "email"), kind="email"),
    Column("phone", gettext_lazy("Mobile"), partial(_own, "phone"), kind="phone"),
    Column("did", gettext_lazy("Did last"), partial(_own, "pk"), kind="did"),
    Column("created", gettext_lazy("Joined"), partial(_own, "created_at"), kind="time", sort="", against="oldest"),
    Column(
        "updated",
        gettext_lazy("Last change"),
        partial(_own, "updated_at"),
        kind="time",
        sort="changed",
        against="-changed",
    ),
    Column("source", gettext_lazy("Source"), _source),
    Column("tags", gettext_lazy("Tags"), _tags, kind="pills"),
    Column("lists", gettext_lazy("Lists"), _lists, kind="pills"),
)
