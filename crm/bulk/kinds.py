"""What each kind of act does to a chunk of people, and how it is taken back. Rooms' own modules register below.

Everything is set-based: a few statements for a thousand people, with the same events that the single verbs record. Both
functions run inside the transaction of the chunk and take contact ids in ascending order, so that two acts over the same
people wait for each other and never deadlock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from crm.bulk.models import BulkAct
from crm.contacts.models import Contact, ContactQuerySet


class Impossible(Exception):
    """What the act speaks of is gone: the tag, the list or the field was removed meanwhile. Its text is for the owner."""


@dataclass(slots=True)
class Done:
    """`changed` maps contact id to what was there before (JSON); who is in neither and can be reached was so already."""

    changed: dict[int, Any] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)


Apply = Callable[[BulkAct, list[int], datetime], Done]
Undo = Callable[[BulkAct, dict[int, Any], datetime], set[int]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`undo` takes {contact id: before} and returns whom it restored; the others were changed since and stay."""

    apply: Apply
    undo: Undo
    takes_binned: bool = False


_kinds: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    _kinds[name] = kind


def get(name: str) -> Kind:
    return _kinds[name]


def reachable(act: BulkAct, ids: list[int]) -> ContactQuerySet:
    """Those of the ids that the act may touch at all: alive; or in the bin, for restoring."""
    contacts: ContactQuerySet = Contact.objects.filter(workspace_id=act.workspace_id, pk__in=ids)
    if get(act.kind).takes_binned:
        return contacts.filter(merged_into=None)
    return contacts.alive()


def asked(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """The rows that a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
