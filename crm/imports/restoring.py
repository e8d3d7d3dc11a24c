"""Effects -> the database as it was before them, as far as nobody touched it since. Called inside the undo's transaction.

Effects come last first, so that a person whom several rows changed goes back step by step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.models import ContactTag, List, Subscription, Tag
from crm.imports.copying import as_json, copy, new_ids
from crm.imports.deciding import BLANK
from crm.imports.models import Import, ImportEffect
from crm.imports.world import OWN
from crm.imports.writing import CONSENTS, UPDATE_SQL, values_of
from crm.timeline.recording import Told, load

SOURCE = "import_undo"
Outcome, Undone = ImportEffect.Outcome, ImportEffect.Undone
PEOPLE_SQL = """
SELECT id, email, phone, first_name, last_name, source, "values"::text, deleted_at, merged_into_id FROM crm_contact
WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
# What segments conclude is no act of anybody; everything after the import's own first event is.
LIVED_SQL = """
SELECT DISTINCT e.contact_id FROM crm_event e
JOIN (SELECT contact_id, min(id) AS id FROM crm_event WHERE contact_id = ANY(%(ids)s) AND properties ->> 'import' = %(import)s
      GROUP BY contact_id) own ON own.contact_id = e.contact_id AND e.id > own.id
WHERE e.contact_id = ANY(%(ids)s) AND e.properties ->> 'import' IS DISTINCT FROM %(import)s AND e.kind NOT LIKE 'segment.%%'
"""
TAKEN_SQL = """
SELECT email, phone, id FROM crm_contact WHERE workspace_id = %s AND merged_into_id IS NULL
    AND (email = ANY(%s) OR phone = ANY(%s)) AND NOT id = ANY(%s)
"""
BIN_SQL = """
UPDATE crm_contact c SET deleted_at = u.at, updated_at = %s FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(id, at)
WHERE c.id = u.id
"""


@dataclass(slots=True)
class Subject:
    """A person as they are now, and what is to become of them."""

    id: int
    state: dict[str, Any]
    deleted_at: datetime | None
    is_merged: bool
    changed: bool = False
    moved: bool = False  # an address of theirs goes back
    bin_at: datetime | None = None


@dataclass(slots=True)
class Intent:
    """What goes back by other tables, gathered over a chunk: (contact, list), (contact, tag), consent rows, hashes of addresses."""

    leave: list[tuple[int, int]] = field(default_factory=list)
    rejoin: list[tuple[int, int]] = field(default_factory=list)
    untag: list[tuple[int, int]] = field(default_factory=list)
    consents: list[tuple[int, int | None]] = field(default_factory=list)
    revive: list[int] = field(default_factory=list)
    unblock: list[bytes] = field(default_factory=list)


class Restorer:
    def __init__(self, importing: Import) -> None:
        self.importing, self.workspace_id = importing, importing.workspace_id
        self.now = timezone.now()
        self.actor = f"user:{importing.created_by_id}" if importing.created_by_id else "system"
        self.intent, self.told = Intent(), list[Told]()
        self.subjects: dict[int, Subject] = {}
        self.lived: set[int] = set()

    def restore(self, effects: Sequence[ImportEffect]) -> dict[int, str]:
        """{row number: what could be undone} of the effects that did something."""
        loud = [one for one in effects if one.contact_id and (one.before or one.outcome == Outcome.NEW)]
        self._load(loud)
        taken = self._taken(loud)
        found = {one.number: self._one(one, taken) for one in loud}
        self._write_people()
        self._write_lists()
        self._write_tags()
        self._write_consents()
        self._unblock()
        load(self.workspace_id, self.told, occurred_at=self.now, source=SOURCE, actor=self.actor)
        return found

    def _load(self, effects: Sequence[ImportEffect]) -> None:
        ids = [one.contact_id for one in effects]
        for pk, *own, values, deleted_at, merged in self._rows(PEOPLE_SQL, [ids]):
            state = dict(zip(OWN, own, strict=True)) | json.loads(values)
            self.subjects[pk] = Subject(pk, state, deleted_at, merged is not None)
        asked = [one.contact_id for one in effects if one.outcome == Outcome.NEW or "back" in one.before]
        if asked:
            values = {"ids": asked, "import": str(self.importing.pk)}
            self.lived = {row[0] for row in self._rows(LIVED_SQL, values)}

    def _taken(self, effects: Sequence[ImportEffect]) -> set[str]:
        """Addresses that ought to go back to somebody and are another's by now. What lies in the bin because of this import
        gives its address up."""
        old = {key: [one.before.get("set", {}).get(key, [None])[0] for one in effects] for key in ("email", "phone")}
        emails, phones = (list(filter(None, old[key])) for key in ("email", "phone"))
        if not emails and not phones:
            return set()
        rows = self._rows(TAKEN_SQL, [self.workspace_id, emails, phones, list(self.subjects)])
        holders = {pk for _email, _phone, pk in rows}
        made = self.importing.effects.filter(
            contact_id__in=holders, outcome=Outcome.NEW, contact__deleted_at__isnull=False
        )
        ours = set(made.values_list("contact_id", flat=True))
        self._rows("UPDATE crm_contact SET email = NULL, phone = NULL WHERE id = ANY(%s)", [list(ours)])
        return {address for *addresses, pk in rows if pk not in ours for address in addresses if address}

    def _one(self, effect: ImportEffect, taken: set[str]) -> str:
        subject = self.subjects.get(effect.contact_id or 0)
        if subject is None:
            return Undone.NOTHING
        if subject.is_merged:
            return Undone.KEPT
        before = effect.before
        restored, left = self._values(subject, before.get("set", {}), taken)
        self._belongings(subject, before)
        undone: str = Undone.PARTLY if left else Undone.RESTORED
        if effect.outcome == Outcome.NEW or "back" in before:
            undone = self._to_bin(subject, before.get("back"))
        self._tell_of_undo(effect, subject, restored)
        return undone

    def _tell_of_undo(self, effect: ImportEffect, subject: Subject, restored: dict[str, Any]) -> None:
        said = {"import": self.importing.pk, "row": effect.number, "fields": sorted(restored)}
        said["old"] = {key: new for key, (_old, new) in restored.items()}
        said["new"] = {key: old for key, (old, _new) in restored.items()}
        self.told.append(Told("contact.import_undone", subject.id, self.importing.pk, self.importing.name, said))

    def _values(self, subject: Subject, changes: dict[str, Any], taken: set[str]) -> tuple[dict[str, Any], list[str]]:
        """(what goes back, what was edited since)"""
        restored, left = {}, []
        for key, (old, new) in changes.items():
            now = subject.state.get(key, BLANK.get(key))
            if now != new or type(now) is not type(new) or (key in ("email", "phone") and old in taken):
                left.append(key)
                continue
            restored[key] = (old, new)
            subject.state[key] = old
            subject.changed = True
            subject.moved = subject.moved or key in ("email", "phone")
        return restored, left

    def _belongings(self, subject: Subject, before: dict[str, Any]) -> None:
        back = before.get("back", {})
        intent = self.intent
        intent.leave += [(subject.id, pk) for pk in before.get("lists", []) if pk not in back.get("lists", [])]
        intent.untag += [(subject.id, pk) for pk in before.get("tags", [])]
        intent.consents += [(row, over) for row, over in before.get("consents", [])]
        if "blocked" in before:
            intent.unblock.append(bytes.fromhex(before["blocked"]))

    def _to_bin(self, subject: Subject, back: dict[str, Any] | None) -> str:
        if subject.id in self.lived:
            return Undone.KEPT
        if subject.deleted_at is None:
            subject.bin_at = parse_datetime(back["deleted_at"]) if back else self.now
        if back:
            self.intent.rejoin += [(subject.id, pk) for pk in back["lists"]]
            self.intent.revive += back["consents"]
        return Undone.BINNED

    def _write_people(self) -> None:
        binned = [one for one in self.subjects.values() if one.bin_at]
        for one in binned:
            self._tell("contact.binned", one.id)
        self._rows(BIN_SQL, [self.now, [one.id for one in binned], [one.bin_at for one in binned]])
        self._give_up(binned)
        changed = [one for one in self.subjects.values() if one.changed]
        moved = [one.id for one in changed if one.moved]
        self._rows("UPDATE crm_contact SET email = NULL, phone = NULL WHERE id = ANY(%s)", [moved])
        columns = [[one.state[key] for one in changed] for key in OWN]
        values = [as_json(values_of(one.state)) for one in changed]
        self._rows(UPDATE_SQL, [self.now, [one.id for one in changed], *columns, values])

    def _give_up(self, binned: Iterable[Subject]) -> None:
        """Somebody in the bin holds an address that goes back to whom it was taken from: it is no longer theirs."""
        returned = {one.state[key]: one.id for one in self.subjects.values() if one.moved for key in ("email", "phone")}
        for one in binned:
            for key in ("email", "phone"):
                if returned.get(one.state[key], one.id) != one.id:
                    one.state[key], one.changed, one.moved = None, True, True

    def _write_lists(self) -> None:
        leave = self._pairs(
            Subscription.objects.filter(status=Subscription.Status.JOINED), "list_id", self.intent.leave
        )
        names = dict(List.objects.filter(pk__in={pair[1] for pair in leave}).values_list("pk", "name"))
        for contact_id, list_id in leave:
            self._tell("list.left", contact_id, list_id, names.get(list_id, ""))
        Subscription.objects.filter(pk__in=list(leave.values())).delete()
        again = self._pairs(Subscription.objects.all(), "list_id", self.intent.rejoin)
        Subscription.objects.filter(pk__in=list(again.values())).update(status=Subscription.Status.JOINED, left_at=None)

    def _write_tags(self) -> None:
        untag = self._pairs(ContactTag.objects.all(), "tag_id", self.intent.untag)
        names = dict(Tag.objects.filter(pk__in={pair[1] for pair in untag}).values_list("pk", "name"))
        for contact_id, tag_id in untag:
            self._tell("tag.removed", contact_id, tag_id, names.get(tag_id, ""))
        ContactTag.objects.filter(pk__in=list(untag.values())).delete()

    def _pairs(self, rows: Any, column: str, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """{(contact, list or tag): row} of those wanted that are there."""
        if not wanted:
            return {}
        found = rows.filter(
            contact_id__in={pair[0] for pair in wanted}, **{f"{column}__in": {pair[1] for pair in wanted}}
        )
        there = {(contact, other): pk for contact, other, pk in found.values_list("contact_id", column, "pk")}
        return {pair: there[pair] for pair in wanted if pair in there}

    def _write_consents(self) -> None:
        """What the import said no longer counts, what counted before does again; a row that never counted says so."""
        overs = dict(self.intent.consents)
        rows = list(Consent.objects.filter(pk__in=list(overs), is_current=True).order_by("pk"))
        Consent.objects.filter(pk__in=[row.pk for row in rows]).update(is_current=False)
        again = [over for row in rows if (over := overs[row.pk])]
        Consent.objects.filter(pk__in=[*again, *self.intent.revive]).update(is_current=True)
        granted = [row for row in rows if row.state == Consent.State.GRANTED]
        copy("crm_consent", CONSENTS, self._taken_back(granted))
        for row in rows:
            if row.state == Consent.State.GRANTED or overs[row.pk]:
                state = Consent.State.WITHDRAWN if row.state == Consent.State.GRANTED else Consent.State.GRANTED
                self._tell(f"consent.{state}", row.contact_id, channel=row.channel)

    def _taken_back(self, rows: Sequence[Consent]) -> Iterator[tuple[Any, ...]]:
        for row, pk in zip(rows, new_ids("crm_consent", len(rows)), strict=True):
            state, where = Consent.State.WITHDRAWN, f"import {self.importing.pk}, undone"
            about = (self.workspace_id, row.contact_id, row.channel, str(state), SOURCE, "", where, self.actor)
            yield (pk, *about, self.now, False)

    def _unblock(self) -> None:
        digests = self.intent.unblock
        if digests:
            Suppression.objects.filter(
                workspace_id=self.workspace_id,
                channel=Channel.EMAIL,
                address_hash__in=digests,
                reason=Suppression.Reason.DEAD,
            ).delete()

    def _tell(self, kind: str, contact_id: int, subject_id: int | None = None, label: str = "", **said: Any) -> None:
        self.told.append(Told(kind, contact_id, subject_id, label, said | {"import": self.importing.pk}))

    def _rows(self, sql: str, values: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []
