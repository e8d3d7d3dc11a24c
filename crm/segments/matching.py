"""Who fits a rule, as a queryset of contacts that are alive."""

from __future__ import annotations

from datetime import datetime

from crm.contacts.fitting import fitting
from crm.contacts.models import Contact, ContactQuerySet
from crm.rules.criteria import Node
from crm.segments.models import Segment
from crm.workspaces.models import Workspace


def contacts(workspace: Workspace, rule: Node | None, *, now: datetime | None = None) -> ContactQuerySet:
    """The people a clean rule holds for; `{}` is everybody."""
    everybody: ContactQuerySet = Contact.objects.filter(workspace=workspace).alive()
    return fitting(everybody, rule, workspace, now=now)


def count(workspace: Workspace, rule: Node | None, *, now: datetime | None = None) -> int:
    return contacts(workspace, rule, now=now).count()


def members(segment: Segment, *, now: datetime | None = None) -> ContactQuerySet:
    """The people of a segment: those its rule holds for now, or those that were frozen and are still here."""
    if not segment.is_fixed:
        return contacts(segment.workspace, segment.rule, now=now)
    everybody: ContactQuerySet = Contact.objects.filter(workspace=segment.workspace).alive()
    return everybody.filter(pk__in=segment.members.values("contact"))
