"""Decisions -> the database, set by set: people, lists, tags, consents, blocks, events. Called inside the chunk's transaction.

`write` returns what an undo needs of each row, by its number; the shape stands at ImportEffect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from crm.consent.granting import mask
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.capturing import bring_all_back
from crm.contacts.fields import display
from crm.contacts.models import Contact, Subscription, Tag
from crm.contacts.subscribing import tag_named
from crm.imports.copying import as_json, copy, new_ids
from crm.imports.deciding import Decision
from crm.imports.models import Import, ImportEffect
from crm.imports.world import OWN, Person, World
from crm.timeline.recording import Told, load

SOURCE = "import"
CONTACTS = 'id, workspace_id, email, phone, first_name, last_name, source, "values", created_at, updated_at'
CONSENTS = "id, workspace_id, contact_id, channel, state, source, wording, form_version, actor, created_at, is_current"
UPDATE_SQL = """
UPDATE crm_contact c SET email = u.email, phone = u.phone, first_name = u.first_name, last_name = u.last_name,
    source = u.source, "values" = u.said::jsonb, updated_at = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS u(id, email, phone, first_name, last_name, source, said)
WHERE c.id = u.id
"""
JOIN_SQL = """
INSERT INTO crm_subscription (workspace_id, contact_id, list_id, status, joined_at)
SELECT %s, u.contact_id, u.list_id, 'joined', %s FROM unnest(%s::bigint[], %s::bigint[]) AS u(contact_id, list_id)
ON CONFLICT (list_id, contact_id) DO UPDATE SET status = 'joined', joined_at = excluded.joined_at, left_at = NULL
    WHERE crm_subscription.status = 'left' AND crm_subscription.contact_id = ANY(%s)
RETURNING contact_id, list_id
"""
TAG_SQL = """
INSERT INTO crm_contacttag (workspace_id, contact_id, tag_id, created_at)
SELECT %s, u.contact_id, u.tag_id, %s FROM unnest(%s::bigint[], %s::bigint[]) AS u(contact_id, tag_id)
ON CONFLICT (tag_id, contact_id) DO NOTHING RETURNING contact_id, tag_id
"""
BLOCK_SQL = """
INSERT INTO crm_suppression (workspace_id, channel, address_hash, reason, hint, created_at)
SELECT %s, %s, u.digest, %s, u.hint, %s FROM unnest(%s::bytea[], %s::text[]) AS u(digest, hint)
ON CONFLICT (workspace_id, channel, address_hash) DO NOTHING
"""
Pair = tuple[int, int]


class Writer:
    def __init__(self, importing: Import, world: World) -> None:
        self.importing, self.world, self.workspace = importing, world, importing.workspace
        self.now = timezone.now()
        self.actor = f"user:{importing.created_by_id}" if importing.created_by_id else "system"
        self.befores: dict[int, dict[str, Any]] = defaultdict(dict)
        self.told: list[Told] = []
        status = self.workspace.custom_fields.filter(key="status", archived_at=None).first()
        self.status = status

    def write(self, decisions: Iterable[Decision]) -> dict[int, dict[str, Any]]:
        made = [one for one in decisions if one.person is not None]
        loud = [one for one in made if one.outcome == ImportEffect.Outcome.NEW or not one.is_quiet or one.conflict]
        self._free(loud)
        self._insert([one for one in made if one.outcome == ImportEffect.Outcome.NEW])
        self._bring_back([one for one in loud if one.back])
        self._update(loud)
        self._tell_of_rows(loud)
        self._join(loud)
        self._tag(loud)
        self._consent(loud)
        self._block([one for one in loud if one.dead])
        load(self.workspace.pk, self.told, occurred_at=self.now, source=SOURCE, actor=self.actor)
        return self.befores

    def _free(self, decisions: list[Decision]) -> None:
        """Addresses that move from one person to another within the chunk are given up before they are taken."""
        moved = [one for one in decisions if any(one.changes.get(key, (None,))[0] for key in ("email", "phone"))]
        ids = [one.person.id for one in moved if one.person and one.person.id]
        if ids:
            self._run("UPDATE crm_contact SET email = NULL, phone = NULL WHERE id = ANY(%s)", [ids])

    def _insert(self, decisions: list[Decision]) -> None:
        if not decisions:
            return
        people = [one.person for one in decisions if one.person]
        for person, pk in zip(people, new_ids("crm_contact", len(people)), strict=True):
            person.id = pk
        copy("crm_contact", CONTACTS, map(self._contact_row, people))

    def _contact_row(self, person: Person) -> tuple[Any, ...]:
        state = person.state
        created = person.created_at or self.now
        own = (state["email"], state["phone"], state["first_name"], state["last_name"], state["source"])
        return (person.id, self.workspace.pk, *own, as_json(values_of(state)), created, self.now)

    def _bring_back(self, decisions: list[Decision]) -> None:
        """What is lost by coming back is noted, so that an undo can give it back."""
        numbers = {one.person.id: one.number for one in decisions if one.person}
        if not numbers:
            return
        people = Contact.objects.filter(pk__in=numbers).order_by("pk")
        joined = Subscription.objects.filter(contact__in=numbers, status=Subscription.Status.JOINED)
        granted = Consent.objects.filter(contact__in=numbers, is_current=True, state=Consent.State.GRANTED)
        lists, consents = _by_contact(joined, "list_id"), _by_contact(granted, "pk")
        for contact in people:
            back = {"lists": lists[contact.pk], "consents": consents[contact.pk]}
            self.befores[numbers[contact.pk]]["back"] = back | {"deleted_at": contact.deleted_at.isoformat()}  # type: ignore[union-attr]
        about = {"actor": self.actor, "occurred_at": self.now, "source": SOURCE, "import": self.importing.pk}
        bring_all_back(list(people), about)

    def _update(self, decisions: list[Decision]) -> None:
        """Each person once, as the last row of the chunk left them."""
        people = {
            one.person.id: one.person for one in decisions if one.person and one.changes and not one.person.is_new
        }
        for one in decisions:
            if one.changes:
                self.befores[one.number]["set"] = {key: list(change) for key, change in one.changes.items()}
        if people:
            states = [person.state for person in people.values()]
            columns = [
                [state[key] for state in states] for key in ("email", "phone", "first_name", "last_name", "source")
            ]
            values = [as_json(values_of(state)) for state in states]
            self._run(UPDATE_SQL, [self.now, list(people), *columns, values])

    def _tell_of_rows(self, decisions: list[Decision]) -> None:
        for one in decisions:
            if one.person is None:
                continue
            said: dict[str, Any] = {"import": self.importing.pk, "row": one.number}
            if one.outcome == ImportEffect.Outcome.NEW:
                said["is_new"] = True
            else:
                said["fields"] = sorted(one.changes)
                said["old"] = {key: old for key, (old, _new) in one.changes.items()}
                said["new"] = {key: new for key, (_old, new) in one.changes.items()}
            self.told.append(Told("contact.imported", one.person.id, self.importing.pk, self.importing.name, said))
            self._tell_of_status(one)
            if one.conflict is not None:
                self._tell_of_conflict(one.person.id, one.conflict)

    def _tell_of_conflict(self, contact_id: int, holder: Person) -> None:
        name = f"{holder.state['first_name']} {holder.state['last_name']}".strip()
        label = name or holder.state["email"] or holder.state["phone"] or ""
        self._tell("contact.conflicted", contact_id, holder.id, label, phone=holder.state["phone"])

    def _tell_of_status(self, one: Decision) -> None:
        key = self.status.storage_key if self.status else ""
        person = one.person
        if person is None or not self.status or not key:
            return
        is_new = one.outcome == ImportEffect.Outcome.NEW
        old, new = (None, person.state.get(key)) if is_new else one.changes.get(key, (None, None))
        if new:
            with translation.override(self.workspace.language):
                label = display(self.status, new)
            said = {"field": key, "old": old, "new": new, "import": self.importing.pk}
            self.told.append(Told("status.changed", person.id, int(new[1:]), label, said))

    def _tell(self, kind: str, contact_id: int, subject_id: int | None = None, label: str = "", **said: Any) -> None:
        self.told.append(Told(kind, contact_id, subject_id, label, said | {"import": self.importing.pk}))

    def _join(self, decisions: list[Decision]) -> None:
        wanted = {(one.person.id, pk): one for one in decisions if one.person for pk in one.lists}
        if not wanted:
            return
        returned = [one.person.id for one in decisions if one.back and one.person]
        values = [self.workspace.pk, self.now, [pair[0] for pair in wanted], [pair[1] for pair in wanted], returned]
        names = dict(self.workspace.lists.filter(pk__in={pair[1] for pair in wanted}).values_list("pk", "name"))
        for pair in sorted(self._run(JOIN_SQL, values)):
            self.befores[wanted[pair].number].setdefault("lists", []).append(pair[1])
            self._tell("list.joined", pair[0], pair[1], names[pair[1]])

    def _tag(self, decisions: list[Decision]) -> None:
        names = sorted({name for one in decisions for name in one.tags})
        if not names:
            return
        tags: dict[str, Tag] = {name: tag_named(self.workspace, name) for name in names}
        labels = {tag.pk: tag.name for tag in tags.values()}
        wanted = {(one.person.id, tags[name].pk): one for one in decisions if one.person for name in one.tags}
        values = [self.workspace.pk, self.now, [pair[0] for pair in wanted], [pair[1] for pair in wanted]]
        for pair in sorted(self._run(TAG_SQL, values)):
            self.befores[wanted[pair].number].setdefault("tags", []).append(pair[1])
            self._tell("tag.added", pair[0], pair[1], labels[pair[1]])

    def _consent(self, decisions: list[Decision]) -> None:
        """New rows of the ledger; the word that counted before is named beside each, so that it can count again."""
        granted, withdrawn = str(Consent.State.GRANTED), str(Consent.State.WITHDRAWN)
        asked = [(one, str(channel), granted) for one in decisions for channel in one.granted]
        asked += [(one, str(channel), withdrawn) for one in decisions for channel in one.withdrawn]
        if not asked:
            return
        before = self._current({(one.person.id, channel) for one, channel, _state in asked if one.person})
        self._run("UPDATE crm_consent SET is_current = FALSE WHERE id = ANY(%s)", [list(before.values())])
        ids = new_ids("crm_consent", len(asked))
        copy("crm_consent", CONSENTS, self._consent_rows(asked, ids))
        for (one, channel, state), pk in zip(asked, ids, strict=True):
            if one.person:
                over = before.get((one.person.id, channel))
                self.befores[one.number].setdefault("consents", []).append([pk, over])
                self._tell(f"consent.{state}", one.person.id, channel=channel)

    def _current(self, asked: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
        rows = Consent.objects.filter(contact_id__in={pair[0] for pair in asked}, is_current=True)
        found = {(contact, channel): pk for contact, channel, pk in rows.values_list("contact_id", "channel", "pk")}
        return {pair: pk for pair, pk in found.items() if pair in asked}

    def _consent_rows(self, asked: list[tuple[Decision, str, str]], ids: list[int]) -> Iterator[tuple[Any, ...]]:
        proof = self.importing.plan["consent"]
        wording = "\n".join(filter(None, (proof["wording"], proof["how"])))
        where = f"import {self.importing.pk}"
        for (one, channel, state), pk in zip(asked, ids, strict=True):
            contact = one.person.id if one.person else None
            words, at = (wording if state == Consent.State.GRANTED else ""), self._when(one.said_at)
            version = f"{where}, row {one.number}"
            yield pk, self.workspace.pk, contact, channel, str(state), SOURCE, words, version, self.actor, at, True

    def _when(self, said_at: str | None) -> datetime:
        return (parse_datetime(said_at) if said_at else None) or self.now

    def _block(self, decisions: list[Decision]) -> None:
        addresses = {one.person.state["email"]: one for one in decisions if one.person}
        if not addresses:
            return
        digests = [address_hash(self.workspace.pk, address) for address in addresses]
        values = [
            self.workspace.pk,
            Channel.EMAIL,
            Suppression.Reason.DEAD,
            self.now,
            digests,
            list(map(mask, addresses)),
        ]
        self._run(BLOCK_SQL, values)
        for one, digest in zip(addresses.values(), digests, strict=True):
            self.befores[one.number]["blocked"] = digest.hex()

    def _run(self, sql: str, values: list[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []


def values_of(state: dict[str, Any]) -> dict[str, Any]:
    """The custom fields alone."""
    return {key: value for key, value in state.items() if key not in OWN and value is not None}


def _by_contact(rows: QuerySet[Any], name: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for contact_id, value in rows.order_by("pk").values_list("contact_id", name):
        found[contact_id].append(value)
    return found
