"""Tags of the list and of the card of contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template

from crm.contacts.events import OWN_FIELDS
from crm.contacts.models import Contact
from crm.contacts.searching import Search
from crm.timeline.sources import words_of

register = template.Library()


@register.simple_tag
def state_url(search: Search, **changed: Any) -> str:
    """The list's address with one part of its state changed; an empty part is dropped."""
    return search.query(**changed)


ICONS = {"phone": "phone", "email": "mail", "source": "route"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of who the contact is: `place` is the id of its line."""

    label: str
    icon: str
    value: str
    place: str


@register.simple_tag
def identity_line(contact: Contact, detail: str) -> Line:
    """`detail` is phone, email or source."""
    value = getattr(contact, detail) or ""
    words = words_of(value) if detail == "source" and value else value
    return Line(str(OWN_FIELDS[detail]), ICONS[detail], words, f"identity-{detail}")
