"""Lists and tags of many contacts at once: a few statements for a thousand people, each told whether it changed.

The `..._pairs` functions write and record nothing; who calls them holds the contacts and records. The verbs do both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from crm.contacts import subscribing
from crm.contacts.models import Contact, ContactTag, List, Subscription, Tag
from crm.timeline.recording import build, record_many
from crm.workspaces.models import Workspace
from crm.workspaces.pouring import pour

T = TypeVar("T")
JOINED, LEFT = Subscription.Status.JOINED, Subscription.Status.LEFT
Pairs = Sequence[tuple[Contact, List]]
Write = Callable[[list[Contact]], list[bool]]
Tagged = Sequence[tuple[Contact, Tag]]


def join_pairs(pairs: Pairs, *, at: datetime) -> list[bool]:
    """Puts each contact on its list; for each pair whether that changed anything. A pair named twice changes once."""
    rows = _rows_of(pairs)
    changed = []
    for contact, row in pairs:
        found = rows.get((contact.pk, row.pk))
        changed.append(found is None or found.status == LEFT)
        if found is None:
            about = {"workspace_id": contact.workspace_id, "list": row, "contact": contact}
            rows[contact.pk, row.pk] = Subscription(**about, joined_at=at)
        found = rows[contact.pk, row.pk]
        found.status = JOINED
    new = [row for row in rows.values() if row.pk is None]
    back = [rows[contact.pk, row.pk].pk for (contact, row), did in zip(pairs, changed, strict=True) if did]
    Subscription.objects.filter(pk__in=[pk for pk in back if pk]).update(status=JOINED, joined_at=at, left_at=None)
    pour(sorted(new, key=lambda row: (row.contact_id, row.list_id)))
    return changed


def leave_pairs(pairs: Pairs, *, at: datetime) -> list[bool]:
    """Takes each contact off its list; the row stays, as in `subscribing.leave`."""
    rows = _rows_of(pairs)
    changed, gone = [], []
    for contact, row in pairs:
        found = rows.get((contact.pk, row.pk))
        changed.append(found is not None and found.status == JOINED)
        if found is not None and changed[-1]:
            found.status = LEFT
            gone.append(found.pk)
    Subscription.objects.filter(pk__in=gone).update(status=LEFT, left_at=at)
    return changed


def _rows_of(pairs: Pairs) -> dict[tuple[int, int], Subscription]:
    contacts, lists = {contact.pk for contact, _row in pairs}, {row.pk for _contact, row in pairs}
    rows = Subscription.objects.filter(contact_id__in=contacts, list_id__in=lists) if pairs else ()
    return {(row.contact_id, row.list_id): row for row in rows}


def tag_pairs(pairs: Tagged) -> list[bool]:
    had = _tags_of(pairs)
    changed, new = [], []
    for contact, tag in pairs:
        changed.append((contact.pk, tag.pk) not in had)
        if changed[-1]:
            had.add((contact.pk, tag.pk))
            new.append(ContactTag(workspace_id=contact.workspace_id, tag=tag, contact=contact))
    pour(sorted(new, key=lambda row: (row.contact_id, row.tag_id)))
    return changed


def untag_pairs(pairs: Tagged) -> list[bool]:
    had = _tags_of(pairs)
    changed = []
    for contact, tag in pairs:
        changed.append((contact.pk, tag.pk) in had)
        had.discard((contact.pk, tag.pk))
    gone = [(contact, tag) for (contact, tag), did in zip(pairs, changed, strict=True) if did]
    for tag in {tag.pk: tag for _contact, tag in gone}.values():
        ContactTag.objects.filter(tag=tag, contact__in=[contact for contact, of in gone if of == tag]).delete()
    return changed


def _tags_of(pairs: Tagged) -> set[tuple[int, int]]:
    contacts, tags = {contact.pk for contact, _tag in pairs}, {tag.pk for _contact, tag in pairs}
    rows = ContactTag.objects.filter(contact_id__in=contacts, tag_id__in=tags) if pairs else None
    return set(rows.values_list("contact_id", "tag_id")) if rows is not None else set()


def tags_named(workspace: Workspace, names: Iterable[str]) -> dict[str, Tag]:
    """Clean names with their tags, the new ones made. Case does not tell tags apart; who names one first spells it."""
    wanted = list(dict.fromkeys(names))
    found = {tag.name: tag for tag in workspace.tags.filter(name__in=wanted)} if wanted else {}
    return {name: found.get(name) or subscribing.tag_named(workspace, name) for name in wanted}


def subscribe(row: List, ids: Sequence[int], *, actor: str) -> list[bool | None]:
    """Puts the contacts on the list; in their order True (now on it), False (were already), None (there is no such contact)."""
    return _many(row, ids, lambda people: join_pairs(_with(people, row), at=timezone.now()), "list.joined", actor)


def unsubscribe(row: List, ids: Sequence[int], *, actor: str) -> list[bool | None]:
    return _many(row, ids, lambda people: leave_pairs(_with(people, row), at=timezone.now()), "list.left", actor)


def tag(row: Tag, ids: Sequence[int], *, actor: str) -> list[bool | None]:
    return _many(row, ids, lambda people: tag_pairs(_with(people, row)), "tag.added", actor)


def untag(row: Tag, ids: Sequence[int], *, actor: str) -> list[bool | None]:
    return _many(row, ids, lambda people: untag_pairs(_with(people, row)), "tag.removed", actor)


def _with(people: Iterable[Contact], row: T) -> list[tuple[Contact, T]]:
    return [(contact, row) for contact in people]


@transaction.atomic
def _many(row: List | Tag, ids: Sequence[int], write: Write, kind: str, actor: str) -> list[bool | None]:
    """Holds the people in the order of their ids, so that two calls never wait for each other."""
    alive = Contact.objects.filter(workspace_id=row.workspace_id, pk__in=ids).alive().order_by("pk")
    people = {contact.pk: contact for contact in alive.select_for_update(no_key=True)}
    known = [people[pk] for pk in ids if pk in people]
    changed = write(known)
    about: dict[str, Any] = {"subject": row, "actor": actor, "source": "api" if isinstance(row, List) else ""}
    events = zip(known, changed, strict=True)
    record_many(build(row.workspace_id, kind, contact=contact, **about) for contact, did in events if did)
    told = iter(changed)
    return [next(told) if pk in people else None for pk in ids]
