"""What the URL of a list of contacts says beside words, list and tag: any rule, and an order that an index serves."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.contacts.fitting import fitting
from crm.contacts.models import ContactQuerySet
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.grammar import clean
from crm.workspaces.models import Workspace

# The name in the URL -> the columns of one index, read in its direction or against it. Nothing else can be sorted by: a
# million people are not sorted while somebody waits.
ORDERS: dict[str, tuple[str, ...]] = {
    "": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "name": ("first_name", "last_name", "id"),
    "-name": ("-first_name", "-last_name", "-id"),
    "changed": ("-updated_at", "-id"),
    "-changed": ("updated_at", "id"),
}
DESCENDING = frozenset({"", "-name", "changed"})
UNREADABLE = _("The filter cannot be read. Clear it, or build it again.")


def read_rule(text: str, workspace: Workspace) -> tuple[Node, str]:
    """(clean rule, "") of `?rule=`; or ({}, what is wrong with it). Nothing asked is no fault."""
    if not text:
        return {}, ""
    try:
        return clean(json.loads(text), workspace), ""
    except RuleError as error:
        return {}, str(error.messages[0])
    except (ValueError, RecursionError):
        return {}, str(UNREADABLE)


def narrowed(contacts: ContactQuerySet, rule: Node, fault: str, workspace: Workspace) -> ContactQuerySet:
    """A filter that cannot be read fits nobody: an act on "all" must never fall on everybody."""
    found: ContactQuerySet = contacts.none() if fault else fitting(contacts, rule, workspace)
    return found


def members_of(rule: Node) -> list[Node]:
    """The rule as conditions that join others under `all`."""
    if not rule:
        return []
    return list(rule["all"]) if "all" in rule else [rule]


def as_text(rule: Node) -> str:
    return json.dumps(rule, ensure_ascii=False, separators=(",", ":")) if rule else ""


def order_named(name: str) -> str:
    return name if name in ORDERS else ""


def ordered(contacts: ContactQuerySet, name: str) -> Any:
    return contacts.order_by(*ORDERS[name])
