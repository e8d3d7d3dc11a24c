"""What stands on a contact's card. Rooms above add panels, so that this room imports none of them.

`register_panel(name, draw, order=30)`: orders below 50 stand under the fields (consent), the rest in the third column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from crm.contacts import grouping
from crm.contacts.fields import display
from crm.contacts.masking import MASK
from crm.contacts.models import Contact, CustomField, List, Tag
from crm.contacts.people import status_of
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.timeline.reading import History
from crm.workspaces.http import MemberRequest

Panel = Callable[[MemberRequest, Contact], SafeString | str]
_panels: dict[str, tuple[int, Panel]] = {}
SIDE_FROM = 50
# The turning points of a journey; everything else is told by the timeline below it.
TURNS = (
    "contact.created",
    "contact.imported",
    "form.submitted",
    "status.changed",
    "order.placed",
    "goal.reached",
    "survey.answered",
    "mailing.clicked",
    "share.clicked",
    "referral.joined",
    "referral.credited",
)
AGAIN = ("order.placed", "status.changed")
MOST_TURNS = 7


def register_panel(name: str, draw: Panel, *, order: int = 50) -> None:
    _panels[name] = (order, draw)


@dataclass(frozen=True, slots=True)
class Fact:
    """A custom field and what this contact says in it; `rating` is the number of full dots, or 0. Of a hidden one nothing is
    held but the mask."""

    field: CustomField
    value: Any
    text: str
    is_hidden: bool = False

    @property
    def rating(self) -> int:
        return self.value if self.field.type == "rating" and self.value else 0

    @property
    def dots(self) -> Iterable[bool]:
        return [number <= self.rating for number in range(1, self.field.rating_max + 1)]

    @property
    def is_link(self) -> bool:
        return self.field.type == "url" and bool(self.value)


def fact_of(field: CustomField, contact: Contact, *, is_shown: bool = False) -> Fact:
    value = contact.values.get(field.storage_key)
    if field.is_sensitive and value is not None and not is_shown:
        return Fact(field, None, MASK, is_hidden=True)
    return Fact(field, value, display(field, value))


@dataclass(frozen=True, slots=True)
class Part:
    """A group of the owner's and what this contact says in its fields."""

    name: str
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class Turn:
    icon: str
    tone: str
    words: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the sentence: a count of what the timeline holds, in words."""

    words: str
    group: str


class Card:
    """Everything the card's template asks for, read from rows when it is made."""

    def __init__(self, request: MemberRequest, contact: Contact, *, shown: int = 0) -> None:
        self.contact = contact
        fields = list(request.workspace.custom_fields.active())
        facts = {field.pk: fact_of(field, contact, is_shown=field.pk == shown) for field in fields}
        parts = [
            (part, [facts[field.pk] for field in part.fields]) for part in grouping.sections(request.workspace, fields)
        ]
        told = [(part, [fact for fact in facts if fact.text]) for part, facts in parts]
        self.filled = [Part(part.group.name if part.group else "", facts) for part, facts in told if facts]
        self.empty = [fact for _part, facts in parts for fact in facts if not fact.text]
        self.status_field = next((field for field in fields if field.key == "status"), None)
        self.status = status_of(contact, self.status_field)
        self.lists = _lists_of(contact)
        self.tags = list(Tag.objects.filter(contact_tags__contact=contact))
        self.history = History(request.workspace, contact, request.GET)
        self.turns = _turns(self.history)
        self.clauses = _clauses(self.history)
        self.start, self.side = _drawn(request, contact)


def _lists_of(contact: Contact) -> list[List]:
    rows = contact.subscriptions.filter(status="joined", list__deleted_at=None).select_related("list")
    return [row.list for row in rows.order_by("list__name")]


def _drawn(request: MemberRequest, contact: Contact) -> tuple[list[SafeString | str], list[SafeString | str]]:
    """Panels of the first column, then of the third; a panel with nothing to say returns an empty string."""
    ordered = sorted(_panels.values(), key=lambda panel: panel[0])
    start = [draw(request, contact) for order, draw in ordered if order < SIDE_FROM]
    side = [draw(request, contact) for order, draw in ordered if order >= SIDE_FROM]
    return [part for part in start if part], [part for part in side if part]


def _turns(history: History) -> list[Turn]:
    """First times, and every purchase and status; the oldest first. Of too many, the first and the latest stay."""
    events: list[Event] = []
    for condition in history.of_person:
        events += Event.objects.people().filter(condition, kind__in=TURNS).order_by("occurred_at", "id")[:500]
    seen: set[str] = set()
    chosen = []
    for event in sorted(events, key=lambda event: (event.occurred_at, event.pk)):
        if event.kind not in seen or event.kind in AGAIN:
            chosen.append(event)
        seen.add(event.kind)
    if len(chosen) > MOST_TURNS:
        chosen = chosen[:2] + chosen[-(MOST_TURNS - 2) :]
    return [_turn(event) for event in chosen]


def _turn(event: Event) -> Turn:
    kind = kinds.get(event.kind) if kinds.known(event.kind) else kinds.Kind(event.kind, event.kind, event.kind)
    tone = "money" if kind.is_money else "joined" if event.kind.startswith("referral.") else ""
    if event.kind == "status.changed":
        return Turn(kind.icon, tone, event.subject_label, "", event.occurred_at)
    return Turn(kind.icon, tone, str(kind.label), event.subject_label, event.occurred_at)


def _clauses(history: History) -> list[Clause]:
    """What the person did, counted."""
    counts: Counter[str] = Counter()
    for condition in history.of_person:
        rows = Event.objects.people().filter(condition, kind__in=CLAUSES).order_by().values_list("kind")
        counts.update(dict(rows.annotate(count=Count("id"))))
    return [Clause(say(counts[kind]), group) for kind, (group, say) in CLAUSES.items() if counts[kind]]


def _bought(count: int) -> str:
    return ngettext("one purchase", "%(count)d purchases", count) % {"count": count}


def _sent(count: int) -> str:
    return ngettext("one form sent", "%(count)d forms sent", count) % {"count": count}


def _clicked(count: int) -> str:
    return ngettext("one click in a mailing", "%(count)d clicks in mailings", count) % {"count": count}


def _shared(count: int) -> str:
    return ngettext("one share", "%(shown)s shares", count) % {"shown": count}


def _brought(count: int) -> str:
    return ngettext("one friend brought", "%(count)d friends brought", count) % {"count": count}


CLAUSES: dict[str, tuple[str, Callable[[int], str]]] = {
    "order.placed": ("money", _bought),
    "form.submitted": ("form", _sent),
    "mailing.clicked": ("mail", _clicked),
    "share.clicked": ("share", _shared),
    "referral.credited": ("share", _brought),
}
