"""What a file of people may hold: one column for each thing known of a person. Keys and heads: crm/contacts/portable.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from crm.consent.models import Channel, Consent
from crm.consent.showing import source_words
from crm.contacts import portable
from crm.contacts.portable import Cell
from crm.workspaces.models import Workspace

GROUPS: dict[str, str | Promise] = {
    "person": gettext_lazy("Contact details"),
    "fields": gettext_lazy("Custom fields"),
    "groups": gettext_lazy("Lists and tags"),
    "consent": gettext_lazy("Consent"),
}
STATES = {str(state): state.label for state in Consent.State}


@dataclass(slots=True)
class Person:
    """One person as read for a file. `consents` is {channel: (state, since, source)}."""

    pk: int
    email: str | None
    phone: str | None
    first_name: str
    last_name: str
    source: str
    created_at: datetime
    values: dict[str, Any]
    lists: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    consents: dict[str, tuple[str, datetime, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """`head` stands in the file, in the language of the business; `tell` gives the cell of a person."""

    key: str
    head: str
    group: str
    tell: Callable[[Person], Cell | datetime]
    is_sensitive: bool = False


def of(workspace: Workspace) -> list[Column]:
    """Every column, in the order of the file; the contact's number first, for by it we know the file again."""
    with override(workspace.language):
        parts = [*_own(), *_custom(workspace), *_groups(), *_consents()]
        heads = portable.heads((key, label) for key, label, *_rest in parts)
    return [Column(key, heads[key], group, tell, hidden) for key, _label, group, tell, hidden in parts]


Part = tuple[str, str, str, Callable[[Person], Any], bool]


def _own() -> Iterable[Part]:
    tells: dict[str, Callable[[Person], Any]] = {
        "id": lambda person: person.pk,
        "first_name": lambda person: person.first_name,
        "last_name": lambda person: person.last_name,
        "email": lambda person: person.email,
        "phone": lambda person: portable.phone_cell(person.phone),
        "source": lambda person: person.source,
        "created_at": lambda person: person.created_at,
    }
    for key, tell in tells.items():
        yield key, str(portable.OWN[key]), "person", tell, False


def _custom(workspace: Workspace) -> Iterable[Part]:
    for custom in workspace.custom_fields.active():
        key, write = custom.storage_key, portable.writer(custom)
        yield key, custom.label, "fields", _value(key, write), custom.is_sensitive


def _value(key: str, write: Callable[[Any], Cell]) -> Callable[[Person], Cell]:
    return lambda person: write(person.values.get(key))


def _groups() -> Iterable[Part]:
    yield "lists", str(portable.OWN["lists"]), "groups", lambda person: portable.joined(person.lists), False
    yield "tags", str(portable.OWN["tags"]), "groups", lambda person: portable.joined(person.tags), False


def _consents() -> Iterable[Part]:
    """Told, and never granted by a file: an import passes these columns over."""
    for channel in Channel:
        name = {"channel": channel.label}
        yield f"consent.{channel}", _("Consent: %(channel)s") % name, "consent", _said(channel, 0), False
        yield f"consent.{channel}.since", _("Consent: %(channel)s, since") % name, "consent", _said(channel, 1), False
        yield f"consent.{channel}.source", _("Consent: %(channel)s, how") % name, "consent", _said(channel, 2), False


def _said(channel: str, part: int) -> Callable[[Person], Any]:
    words: list[Callable[[Any], Any]] = [lambda state: str(STATES.get(state, state)), lambda at: at, source_words]
    return lambda person: words[part](person.consents[channel][part]) if channel in person.consents else None
