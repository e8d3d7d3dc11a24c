"""What is known of the people that a chunk of rows may be about: loaded at once, then kept up to date while rows are decided.

The dry run and the import load the same world and decide by the same code (`deciding`); only the import locks and writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from crm.consent.hashing import address_hash
from crm.imports.models import Import

OWN = ("email", "phone", "first_name", "last_name", "source")


@dataclass(slots=True, eq=False)
class Person:
    """A contact, there or about to be (`id` 0). `state` holds OWN and the values of custom fields by their keys."""

    id: int
    state: dict[str, Any]
    is_new: bool = False
    is_binned: bool = False
    lists: dict[int, str] = field(default_factory=dict)  # list -> Subscription.Status
    tags: set[str] = field(default_factory=set)  # in lower case
    consents: dict[str, tuple[int, str]] = field(default_factory=dict)  # channel -> (row, state) of what counts now
    blocked: set[str] = field(default_factory=set)  # channels of which the address is blocked
    created_at: Any = None
    touched: bool = False


@dataclass(slots=True)
class Row:
    """A staged row that can be understood."""

    number: int
    said: dict[str, Any]
    email: str | None
    phone: str | None
    match: str | None
    again: bool


class World:
    """People by what they are recognised by. `kept` are people of earlier chunks as a dry run left them."""

    def __init__(self, importing: Import, rows: Sequence[Row], *, lock: bool, kept: World | None = None) -> None:
        self.importing, self.plan = importing, importing.plan
        self.workspace_id = importing.workspace_id
        self.key = self.plan["match"][0] if self.plan["match"][0] not in ("email", "phone") else ""
        self.by_email: dict[str, Person] = {}
        self.by_phone: dict[str, Person] = {}
        self.by_key: dict[str, list[Person]] = {}
        self.people: dict[int, Person] = {}
        self.blocks: set[tuple[str, str]] = set(kept.blocks) if kept else set()
        if rows:
            self._load(rows, lock=lock, kept=kept)

    def index(self, person: Person) -> None:
        if person.state["email"]:
            self.by_email[person.state["email"]] = person
        if person.state["phone"]:
            self.by_phone[person.state["phone"]] = person
        value = self.key_of(person)
        if value is not None and person not in self.by_key.setdefault(value, []):
            self.by_key[value].append(person)

    def forget(self, person: Person) -> None:
        """Before an address or the key of a person changes."""
        for found, name in ((self.by_email, "email"), (self.by_phone, "phone")):
            if person.state[name] and found.get(person.state[name]) is person:
                del found[person.state[name]]
        value = self.key_of(person)
        if value is not None and person in self.by_key.get(value, ()):
            self.by_key[value].remove(person)

    def key_of(self, person: Person) -> str | None:
        value = person.state.get(self.key) if self.key else None
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def is_blocked(self, channel: str, address: str | None) -> bool:
        return bool(address) and (channel, address) in self.blocks

    def keep(self, other: World, people: Iterable[Person]) -> None:
        """Remembers what became in `other` of people who may come again."""
        for person in people:
            if person.id:
                self.people[person.id] = person
            self.index(person)
        self.blocks |= other.blocks

    def _load(self, rows: Sequence[Row], *, lock: bool, kept: World | None) -> None:
        for found in _people(self.workspace_id, rows, self.key, lock=lock):
            known = kept.people.get(found.id) if kept else None
            self.people[found.id] = known or found
        fresh = [person for pk, person in self.people.items() if kept is None or pk not in kept.people]
        targets = {column["target"] for column in self.plan["columns"]}
        _load_lists(fresh, None if "lists" in targets else self.plan["lists"])
        _load_tags(fresh, None if "tags" in targets else [name.lower() for name in self.plan["tags"]])
        _load_consents(fresh)
        for person in self.people.values():
            self.index(person)
        if kept:
            self._borrow(kept, rows)
        self._load_blocks(rows)

    def _borrow(self, kept: World, rows: Sequence[Row]) -> None:
        """People whom only the dry run made, and addresses it moved from one person to another."""
        for row in rows:
            if row.again:
                found = [kept.by_email.get(row.email or ""), kept.by_phone.get(row.phone or "")]
                for person in (*found, *kept.by_key.get(row.match or "", ())):
                    if person is not None:
                        self.index(person)

    def _load_blocks(self, rows: Sequence[Row]) -> None:
        """Which of the addresses, in the file or in the database, must not be written to."""
        emails = {row.email for row in rows if row.email} | {person.state["email"] for person in self.people.values()}
        phones = {row.phone for row in rows if row.phone} | {person.state["phone"] for person in self.people.values()}
        hashes = {address_hash(self.workspace_id, address): address for address in emails | phones if address}
        with connection.cursor() as cursor:
            cursor.execute(BLOCKS_SQL, [self.workspace_id])
            if cursor.fetchone() is None:
                return
            cursor.execute(BLOCKED_SQL, [self.workspace_id, list(hashes)])
            self.blocks |= {(channel, hashes[bytes(digest)]) for channel, digest in cursor.fetchall()}


BLOCKS_SQL = "SELECT 1 FROM crm_suppression WHERE workspace_id = %s LIMIT 1"
BLOCKED_SQL = "SELECT channel, address_hash FROM crm_suppression WHERE workspace_id = %s AND address_hash = ANY(%s)"
FOUND_SQL = """
SELECT id FROM crm_contact WHERE workspace_id = %(workspace)s AND email IS NOT NULL AND merged_into_id IS NULL
    AND email = ANY(%(emails)s)
UNION
SELECT id FROM crm_contact WHERE workspace_id = %(workspace)s AND phone IS NOT NULL AND merged_into_id IS NULL
    AND phone = ANY(%(phones)s)
"""
FOUND_BY_KEY_SQL = """
UNION
SELECT id FROM crm_contact WHERE workspace_id = %(workspace)s AND merged_into_id IS NULL
    AND "values" ? %(key)s AND ("values" -> %(key)s)::text = ANY(%(matches)s)
"""
PEOPLE_SQL = """
SELECT id, email, phone, first_name, last_name, source, "values"::text, deleted_at IS NOT NULL FROM crm_contact
WHERE id = ANY(%s) AND merged_into_id IS NULL ORDER BY id
"""


def _people(workspace_id: int, rows: Sequence[Row], key: str, *, lock: bool) -> list[Person]:
    """Whoever a row may be about. Locked in the order of ids, as captures and edits do, so that nobody waits in a ring."""
    asked: dict[str, Any] = {
        "workspace": workspace_id,
        "emails": [row.email for row in rows if row.email],
        "phones": [row.phone for row in rows if row.phone],
    }
    sql = FOUND_SQL
    if key:
        sql += FOUND_BY_KEY_SQL
        asked |= {"key": key, "matches": [row.match for row in rows if row.match]}
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        ids = [found[0] for found in cursor.fetchall()]
        cursor.execute(PEOPLE_SQL + ("FOR NO KEY UPDATE" if lock else ""), [ids])
        return [_person(*found) for found in cursor.fetchall()]


def _person(pk: int, email: Any, phone: Any, first: str, last: str, source: str, values: str, binned: bool) -> Person:
    own = {"email": email, "phone": phone, "first_name": first, "last_name": last, "source": source}
    return Person(pk, own | json.loads(values), is_binned=binned)


LISTS_SQL = """
SELECT contact_id, list_id, status FROM crm_subscription
WHERE contact_id = ANY(%s) AND (%s::bigint[] IS NULL OR list_id = ANY(%s))
"""
TAGS_SQL = """
SELECT g.contact_id, lower(t.name) FROM crm_contacttag g JOIN crm_tag t ON t.id = g.tag_id
WHERE g.contact_id = ANY(%s) AND (%s::text[] IS NULL OR lower(t.name) = ANY(%s))
"""


def _load_lists(people: Sequence[Person], asked: Sequence[int] | None) -> None:
    """Of the asked lists, or of all where rows name them; so too with tags."""
    for person, list_id, status in _loaded(LISTS_SQL, people, asked):
        person.lists[list_id] = status


def _load_tags(people: Sequence[Person], asked: Sequence[str] | None) -> None:
    for person, name in _loaded(TAGS_SQL, people, asked):
        person.tags.add(name)


def _loaded(sql: str, people: Sequence[Person], asked: Sequence[Any] | None) -> list[tuple[Any, ...]]:
    by_id = {person.id: person for person in people}
    if not by_id or (asked is not None and not asked):
        return []
    with connection.cursor() as cursor:
        listed = None if asked is None else list(asked)
        cursor.execute(sql, [list(by_id), listed, listed])
        return [(by_id[found[0]], *found[1:]) for found in cursor.fetchall()]


CONSENTS_SQL = "SELECT contact_id, channel, id, state FROM crm_consent WHERE is_current AND contact_id = ANY(%s)"


def _load_consents(people: Sequence[Person]) -> None:
    by_id = {person.id: person for person in people}
    if by_id:
        with connection.cursor() as cursor:
            cursor.execute(CONSENTS_SQL, [list(by_id)])
            for contact_id, channel, pk, state in cursor.fetchall():
                by_id[contact_id].consents[channel] = (pk, state)


ROWS_SQL = """
SELECT number, refused, reasons::text, said::text, email, phone, match, again FROM crm_importrow
WHERE import_id = %s AND number > %s ORDER BY number LIMIT %s
"""


@dataclass(slots=True)
class Staged:
    number: int
    refused: bool
    reasons: list[dict[str, Any]]
    row: Row


def staged(importing: Import, *, after: int, limit: int) -> list[Staged]:
    """The next rows in the order of the file, refused ones too."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_SQL, [importing.pk, after, limit])
        return [
            Staged(number, refused, json.loads(reasons) if reasons != "[]" else [],
                   Row(number, json.loads(said), email, phone, match, again))
            for number, refused, reasons, said, email, phone, match, again in cursor.fetchall()
        ]  # fmt: skip
