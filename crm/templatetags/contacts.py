"""Tags of the list of contacts."""

from __future__ import annotations

from typing import Any

from django import template

from crm.contacts.searching import Search

register = template.Library()


@register.simple_tag
def state_url(search: Search, **changed: Any) -> str:
    """The list's address with one part of its state changed; an empty part is dropped."""
    return search.query(**changed)
