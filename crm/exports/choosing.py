"""Whose file it is: the people of an address. It holds the state of the list of contacts (q, list, tag, only), or `segment`,
or `rule`, or `ids`; what is not ours is not found, and what cannot be read is refused rather than taken for everybody."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from crm.contacts.models import Contact, ContactQuerySet
from crm.contacts.searching import NARROWINGS, Search
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.segments import matching
from crm.segments.models import Segment
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

MOST_IDS = 10_000
STATE = ("q", "list", "tag", "only", "segment", "rule", "ids")


@dataclass(frozen=True, slots=True)
class Chosen:
    """`name` says who they are ("News", "VIP"); `state` is the address again, without what it does not need."""

    people: ContactQuerySet
    name: str
    state: dict[str, str]


def choose(workspace: Workspace, asked: QueryDict) -> Chosen:
    """Raises Http404 for what is not of this business, BadRequest for a rule or numbers that cannot be read."""
    state = {name: str(asked[name]) for name in STATE if asked.get(name)}
    if "segment" in state:
        segment = get_object_or_404(Segment, workspace=workspace, pk=whole(state["segment"]), deleted_at=None)
        return Chosen(_ordered(matching.members(segment)), segment.name, state)
    if "rule" in state:
        rule = _rule(state["rule"], workspace)
        return Chosen(_ordered(matching.contacts(workspace, rule)), _("By conditions"), state)
    if "ids" in state:
        return Chosen(_ordered(_by_ids(workspace, ",".join(asked.getlist("ids")))), _("Chosen contacts"), state)
    search = Search.of(workspace, asked)
    return Chosen(search.people(), _name(search), state)


def _ordered(people: ContactQuerySet) -> ContactQuerySet:
    return people.order_by("-created_at", "-id")


def _rule(text: str, workspace: Workspace) -> dict[str, Any]:
    try:
        return clean(json.loads(text), workspace)
    except (RuleError, ValueError, RecursionError) as error:
        raise BadRequest(f"rule: {error}") from error


def _by_ids(workspace: Workspace, text: str) -> ContactQuerySet:
    parts = {part.strip() for part in text.split(",") if part.strip()}
    ids = {number for number in map(whole, parts) if number is not None}
    if not parts or len(ids) < len(parts) or len(ids) > MOST_IDS:
        raise BadRequest(f"ids: at most {MOST_IDS} numbers of contacts, with commas between them")
    found = Contact.objects.filter(workspace=workspace, pk__in=ids)
    if found.count() < len(ids):
        raise Http404
    return found.alive()


def _name(search: Search) -> str:
    parts = [search.words, search.on_list.name if search.on_list else "", search.tag.name if search.tag else ""]
    parts.append(str(NARROWINGS[search.only][0]) if search.only else "")
    return " · ".join(part for part in parts if part) or _("All contacts")
