"""Who fits a rule, as a queryset of contacts that are alive."""

from __future__ import annotations

from datetime import datetime

from crm.contacts.fitting import fitting
from crm.contacts.models import Contact, ContactQuerySet
from crm.rules.criteria import Node
from crm.workspaces.models import Workspace


def contacts(workspace: Workspace, rule: Node | None, *, now: datetime | None = None) -> ContactQuerySet:
    """The people a clean rule holds for; `{}` is everybody."""
    everybody: ContactQuerySet = Contact.objects.filter(workspace=workspace).alive()
    return fitting(everybody, rule, workspace, now=now)
