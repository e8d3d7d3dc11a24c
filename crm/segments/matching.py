"""Who fits a rule, as a queryset of contacts that are alive."""

from __future__ import annotations

from datetime import datetime

from crm.contacts.matching import contacts
from crm.contacts.models import Contact, ContactQuerySet
from crm.rules.criteria import Node
from crm.segments.models import Segment
from crm.workspaces.models import Workspace

__all__ = ["contacts", "count", "kept", "members"]


def count(workspace: Workspace, rule: Node | None, *, now: datetime | None = None) -> int:
    return contacts(workspace, rule, now=now).count()


def kept(segment: Segment) -> ContactQuerySet:
    """The people of a segment as they are kept, for screens: true to seconds, and read at once however many they are.

    Where nothing is kept yet the rule is asked; whoever must be exact asks `members`.
    """
    if not segment.is_settled:
        return members(segment)
    everybody: ContactQuerySet = Contact.objects.filter(workspace=segment.workspace).alive()
    return everybody.filter(pk__in=segment.members.values("contact"))


def members(segment: Segment, *, now: datetime | None = None) -> ContactQuerySet:
    """The people of a segment: those its rule holds for now, or those that were frozen and are still here."""
    return kept(segment) if segment.is_fixed else contacts(segment.workspace, segment.rule, now=now)
