"""Capturing many people at once: what `capturing.capture` would do with each in turn, in a few statements for all.

The people named are read and held first, then each row is settled in memory in its order - so a second row about somebody finds
what the first one said - and all is written together. One transaction, one lock of the business: two batches take turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from crm.contacts import agreeing, capturing, together
from crm.contacts.agreeing import Agreement, Told
from crm.contacts.capturing import Person
from crm.contacts.changing import Change, events_of
from crm.contacts.fields import Fields, defaults_of, fields_of
from crm.contacts.locking import lock_everybody, patient
from crm.contacts.models import Contact, List
from crm.timeline.models import Event
from crm.timeline.recording import build, record_many
from crm.workspaces.models import Workspace
from crm.workspaces.pouring import pour

WRITE = """
UPDATE crm_contact c SET email = v.email, phone = v.phone, first_name = v.first_name, last_name = v.last_name,
    "values" = v."values", updated_at = %s
FROM jsonb_to_recordset(%s::jsonb)
    AS v(id bigint, email text, phone text, first_name text, last_name text, "values" jsonb)
WHERE c.id = v.id
"""
IDENTITIES = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Said:
    """One row: what was said about one person, cleaned."""

    person: Person
    lists: Sequence[List] = ()
    tags: Sequence[str] = ()
    agreements: Sequence[Agreement] = ()
    source: str = ""
    overwrite: bool = True


@dataclass(slots=True)
class Taken:
    """What became of a row."""

    contact: Contact
    created: bool = False
    changed: bool = False
    agreed: list[Told] = field(default_factory=list)


@dataclass(slots=True)
class _Settled:
    """A row settled in memory: what its events will tell, once everybody has an id."""

    said: Said
    taken: Taken
    about: dict[str, Any]
    changes: list[Change]
    conflict: dict[str, Any] | None = None


class _Book:
    """The people of the batch by their identities, as they are after the rows so far."""

    def __init__(self, workspace: Workspace, people: Sequence[Person]) -> None:
        self.workspace = workspace
        self.found: dict[str, dict[str, Contact]] = {key: {} for key in IDENTITIES}
        self.held: dict[int, tuple[str | None, str | None]] = {}
        self.new: list[Contact] = []
        self.touched: dict[int, Contact] = {}
        self.defaults = defaults_of(workspace)
        rows = _held(workspace, people)
        for contact in rows:
            contact.workspace = workspace
            self.held[contact.pk] = contact.email, contact.phone
            if contact.merged_into_id is None:
                self.place(contact, {})
        self._lead_home(rows)

    def _lead_home(self, rows: Sequence[Contact]) -> None:
        """Whoever comes by an address of a duplicate is the contact it was merged into, unless somebody has that address."""
        hosts = {contact.pk: contact for contact in rows}
        for duplicate in rows:
            host = hosts.get(duplicate.merged_into_id or 0)
            for key, found in self.found.items() if host else ():
                if getattr(duplicate, key):
                    found.setdefault(getattr(duplicate, key), host)  # type: ignore[arg-type]

    def place(self, contact: Contact, before: Mapping[str, str | None]) -> None:
        """Finds the contact by what it has now, and no longer by what it had."""
        for key, found in self.found.items():
            old, now = before.get(key), getattr(contact, key)
            if old and old != now:
                found.pop(old, None)
            if now:
                found[now] = contact

    def write(self, now: datetime) -> None:
        """Identities that moved between people are let go of before anybody takes them."""
        for key, place in (("email", 0), ("phone", 1)):
            moved = [pk for pk, row in self.touched.items() if self.held[pk][place] not in (None, getattr(row, key))]
            if moved:
                Contact.objects.filter(pk__in=moved).update(**{key: None})
        pour(self.new)
        if self.touched:
            rows = [_row(contact) for contact in self.touched.values()]
            with connection.cursor() as cursor:
                cursor.execute(WRITE, [now, json.dumps(rows)])


def _row(contact: Contact) -> dict[str, Any]:
    columns = ("id", "email", "phone", "first_name", "last_name", "values")
    return {column: getattr(contact, column) for column in columns}


def _held(workspace: Workspace, people: Sequence[Person]) -> list[Contact]:
    emails, phones = {one.email for one in people} - {None}, {one.phone for one in people} - {None}
    pks: set[int] = set()
    for asked in (Q(email__in=emails), Q(phone__in=phones)):  # apart, so that each is answered by its own index
        for merged in (True, False):  # and each half of them by its own
            found = workspace.contacts.filter(asked, merged_into__isnull=not merged).values_list("pk", "merged_into")
            pks.update(pk for pair in found for pk in pair if pk)
    rows = workspace.contacts.filter(pk__in=pks).order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def capture_many(workspace: Workspace, rows: Sequence[Said], *, actor: str) -> list[Taken]:
    """Makes or finds everybody, in the order of the rows; what each said is written as by `capturing.capture`."""
    return _take(workspace, rows, actor=actor)


@patient  # someone who takes no turns may be there
@transaction.atomic
def _take(workspace: Workspace, rows: Sequence[Said], *, actor: str) -> list[Taken]:
    now = timezone.now()
    lock_everybody(workspace)
    book, fields = _Book(workspace, [said.person for said in rows]), fields_of(workspace)
    settled = [_settle(book, said, {"actor": actor, "occurred_at": now, "source": said.source}) for said in rows]
    book.write(now)
    events = [list(_events(each, fields)) for each in settled]
    _join(settled, events, now)
    _tag(workspace, settled, events)
    record_many(event for listed in events for event in listed)
    _agree(settled, actor)
    return [each.taken for each in settled]


def _settle(book: _Book, said: Said, about: dict[str, Any]) -> _Settled:
    """`capturing._settle`, in memory."""
    person = said.person
    by_email, holder = book.found["email"].get(person.email or ""), book.found["phone"].get(person.phone or "")
    contact = capturing.who(person, by_email, holder)
    conflict: dict[str, Any] | None = None
    if holder is not None and holder is not contact:
        conflict = {"holder": holder, "subject_label": str(holder), "phone": holder.phone}
        person = replace(person, phone=None)
    if contact is None:
        taken = Taken(_new(book, person, about), created=True)
        return _Settled(replace(said, person=person), taken, about, [], conflict)
    is_back = contact.deleted_at is not None
    if is_back:
        capturing.bring_back(contact, about)
    before = {key: getattr(contact, key) for key in IDENTITIES}
    changes = capturing.write(contact, person, overwrite=said.overwrite)
    book.place(contact, before)
    if changes and contact.pk:
        book.touched[contact.pk] = contact
    return _Settled(said, Taken(contact, changed=bool(changes or is_back or conflict)), about, changes, conflict)


def _new(book: _Book, person: Person, about: Mapping[str, Any]) -> Contact:
    contact = Contact(
        workspace=book.workspace,
        email=person.email,
        phone=person.phone,
        values=book.defaults | dict(person.values),
        source=about["source"],
        created_at=about["occurred_at"],
        **person.names,
    )
    book.new.append(contact)
    book.place(contact, {})
    return contact


def _events(settled: _Settled, fields: Fields) -> Iterator[Event]:
    contact, about = settled.taken.contact, settled.about
    if settled.taken.created:
        yield build(contact.workspace_id, "contact.created", contact=contact, **about)
        yield from capturing.first_events(contact, settled.said.person, fields=fields, **about)
    if settled.changes:
        yield from events_of(contact, settled.changes, fields=fields, **about)
    if settled.conflict:
        holder = settled.conflict.pop("holder")
        note = settled.conflict | {"subject_id": holder.pk}
        yield build(contact.workspace_id, "contact.conflicted", contact=contact, **about, **note)


def _join(settled: Sequence[_Settled], events: list[list[Event]], now: datetime) -> None:
    asked = [(place, row) for place, each in enumerate(settled) for row in each.said.lists]
    pairs = [(settled[place].taken.contact, row) for place, row in asked]
    for (place, row), did in zip(asked, together.join_pairs(pairs, at=now), strict=True):
        if did:
            _tell(settled[place], events[place], "list.joined", row)


def _tag(workspace: Workspace, settled: Sequence[_Settled], events: list[list[Event]]) -> None:
    named = together.tags_named(workspace, (name for each in settled for name in each.said.tags))
    asked = [(place, named[name]) for place, each in enumerate(settled) for name in each.said.tags]
    pairs = [(settled[place].taken.contact, tag) for place, tag in asked]
    for (place, tag), did in zip(asked, together.tag_pairs(pairs), strict=True):
        if did:
            _tell(settled[place], events[place], "tag.added", tag)


def _tell(settled: _Settled, events: list[Event], kind: str, subject: Any) -> None:
    contact = settled.taken.contact
    settled.taken.changed = True
    events.append(build(contact.workspace_id, kind, contact=contact, subject=subject, **settled.about))


def _agree(settled: Sequence[_Settled], actor: str) -> None:
    asked = [(each.taken, agreement) for each in settled for agreement in each.said.agreements]
    told = agreeing.write([(taken.contact, agreement) for taken, agreement in asked], actor=actor)
    for (taken, _agreement), what in zip(asked, told, strict=True):
        taken.agreed.append(what)
        taken.changed = taken.changed or what.became in ("granted", "withdrawn")
