"""Two contacts side by side: what each says, field by field, and what follows if they become one.

Rooms above add lines to what follows: `register_preview("consent", lines)`, where `lines(one, other)` yields `Line`s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.contacts import changing
from crm.contacts.events import OWN_FIELDS
from crm.contacts.fields import display
from crm.contacts.identity import local_phone
from crm.contacts.merging import LOSER, ids_of, value_of
from crm.contacts.models import Contact, Subscription
from crm.timeline.models import Event

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Side:
    contact: Contact
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the two. `differs` where both say something and not the same: the owner chooses which stays."""

    key: str
    label: Text
    sides: tuple[Side, Side]
    differs: bool
    kept: int  # id of the contact whose value is chosen at first

    @property
    def is_address(self) -> bool:
        return self.key in ("email", "phone")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that follows: `tone` "leaf" for what is gained, "ember" for a no, "" for the rest."""

    icon: str
    words: str
    names: list[str] = field(default_factory=list)
    tone: str = ""


Preview = Callable[[Contact, Contact], Iterable[Line]]
_previews: dict[str, Preview] = {}


def register_preview(name: str, lines: Preview) -> None:
    _previews[name] = lines


class Comparison:
    """`kept` is the one whose card stays, `other` the one who is merged into it."""

    def __init__(self, kept: Contact, other: Contact) -> None:
        self.kept, self.other = kept, other
        self.contacts = (kept, other)
        self.rows = list(_rows(kept, other))

    @property
    def differing(self) -> list[Row]:
        return [row for row in self.rows if row.differs]

    @property
    def follows(self) -> list[Line]:
        lines = [_lists(*self.contacts), _tags(*self.contacts)]
        lines += [line for preview in _previews.values() for line in preview(*self.contacts)]
        return [line for line in [*lines, _history(*self.contacts)] if line]


def fuller(one: Contact, other: Contact) -> tuple[Contact, Contact]:
    """The one whose card is offered to stay first: who says more; of equals, who came first."""
    first, second = sorted((one, other), key=lambda contact: (contact.created_at, contact.pk))
    return (second, first) if _said(second) > _said(first) else (first, second)


def _said(contact: Contact) -> int:
    own = sum(bool(getattr(contact, key)) for key in changing.OWN)
    return own + len(contact.values)


def _rows(kept: Contact, other: Contact) -> Iterable[Row]:
    for key in changing.OWN:
        label = str(OWN_FIELDS[key])
        yield from _row(key, label, kept, other, local_phone if key == "phone" else str)
    for custom in kept.workspace.custom_fields.active():
        yield from _row(custom.storage_key, custom.label, kept, other, partial(display, custom))


def _row(key: str, label: Text, kept: Contact, other: Contact, show: Callable[[Any], str]) -> Iterable[Row]:
    mine, theirs = value_of(kept, key), value_of(other, key)
    if mine in (None, "") and theirs in (None, ""):
        return
    sides = (
        Side(kept, show(mine) if mine not in (None, "") else ""),
        Side(other, show(theirs) if theirs not in (None, "") else ""),
    )
    differs = mine not in (None, "") and theirs not in (None, "") and mine != theirs
    yield Row(key, label, sides, differs, kept.pk if mine not in (None, "") else other.pk)


def choices_of(comparison: Comparison, asked: Any) -> dict[str, str]:
    """What a form chose: `keep-<key>` is the id of the contact whose value stays; the rest stays as the kept card has it."""
    chosen = {row.key: asked.get(f"keep-{row.key}", "") for row in comparison.differing}
    return {key: LOSER for key, pk in chosen.items() if pk == str(comparison.other.pk)}


def _lists(one: Contact, other: Contact) -> Line | None:
    rows = Subscription.objects.filter(contact__in=(one, other), list__deleted_at=None).select_related("list")
    left = {row.list_id for row in rows if row.status == Subscription.Status.LEFT}
    joined = {row.list_id: row.list.name for row in rows if row.list_id not in left}
    return Line("list-details", _("On the lists"), sorted(joined.values())) if joined else None


def _tags(one: Contact, other: Contact) -> Line | None:
    names = {row.tag.name for contact in (one, other) for row in contact.contact_tags.select_related("tag")}
    return Line("tag", _("With the tags"), sorted(names)) if names else None


def _history(one: Contact, other: Contact) -> Line | None:
    count = Event.objects.people().filter(contact__in=[*ids_of(one), *ids_of(other)]).count()
    words = ngettext("One activity on one card", "%(count)d activities on one card", count) % {"count": count}
    return Line("history", words) if count else None
