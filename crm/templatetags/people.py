"""Tags for sets of people: rows that say what each did last, and where the three buttons lead."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.contacts import columns
from crm.contacts.columns import Table
from crm.contacts.models import Contact

register = template.Library()
BUTTONS = {
    "save": "segments:segment_create",
    "mailing": "mailings:mailing_create",
    "automation": "automations:automation_create",
}


@register.filter
def told(value: Any) -> SafeString:
    """A value of somebody's data as people read it; what was typed is isolated."""
    if value is None or value == "":
        return SafeString("–")
    if isinstance(value, datetime):
        return format_html("<bdi>{}</bdi>", date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT"))
    return format_html("<bdi>{}</bdi>", value)


@register.simple_tag
def person_table(contacts: Iterable[Contact], look: Any = None) -> Table:
    """The people as a table: of the columns that the member likes, where the screen has a `look`, else the usual ones."""
    return columns.table(contacts, look.columns if look else columns.usual())


@register.simple_tag(takes_context=True)
def people_urls(context: dict[str, Any], rule: Any = None, query: str = "") -> dict[str, str]:
    """{"save", "mailing", "automation"}: addresses that take these people along as ?rule=JSON, or as `query`.

    A button whose screen does not exist, or for a member who only reads, has no address."""
    request = context["request"]
    if (not rule and not query) or not request.membership.may_edit:
        return {}
    carried = query or urlencode({"rule": rule if isinstance(rule, str) else json.dumps(rule, ensure_ascii=False)})
    found = {key: _address(name, request.workspace.slug) for key, name in BUTTONS.items()}
    return {key: f"{url}?{carried}" for key, url in found.items() if url}


def _address(name: str, slug: str) -> str:
    try:
        return reverse(name, kwargs={"workspace": slug})
    except NoReverseMatch:
        return ""
