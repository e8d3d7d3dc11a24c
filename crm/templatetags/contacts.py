"""Tags of the list and of the card of contacts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template

from crm.contacts.columns import Column
from crm.contacts.events import OWN_FIELDS
from crm.contacts.models import Contact
from crm.contacts.narrowing import DESCENDING
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


@register.simple_tag
def state_param(search: Search) -> str:
    """`state=`: the whole state of the list as one parameter, for what comes back to it."""
    return urlencode({"state": search.query()})


@register.simple_tag
def sort_head(search: Any, column: Column | None = None) -> dict[str, str]:
    """{"url", "aria"} of the head of a column that an index can sort by (None is the name); {} of others and elsewhere."""
    sort, against = (column.sort, column.against) if column else ("name", "-name")
    if not isinstance(search, Search) or sort is None or search.only == "bin":
        return {}
    on = search.sort in (sort, against)
    aria = "" if not on else "descending" if search.sort in DESCENDING else "ascending"
    return {"url": search.query(sort=against if search.sort == sort else sort), "aria": aria}


@register.simple_tag
def people_state(rule: Any) -> str:
    """The state of a list that holds the people of a rule, for the bulk bar of screens that are no search."""
    return "?" + urlencode({"rule": json.dumps(rule, ensure_ascii=False, separators=(",", ":"))})
