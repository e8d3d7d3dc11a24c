"""Taking turns over an identity that may not have a row yet: two captures of one address run one after the other."""

from __future__ import annotations

from django.db import connection

from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

SHARED = "pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
ALONE = "pg_advisory_xact_lock(hashtextextended(%s, 0))"


def lock_identities(workspace: Workspace, *, email: str | None, phone: str | None) -> None:
    """Held until the transaction ends; always taken in one order, so that two captures never wait for each other.

    A batch, which names thousands, takes the whole business at once (`lock_everybody`) and waits for whoever is in here.
    """
    keys = sorted(f"contact {workspace.pk} {identity}" for identity in (email, phone) if identity)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([SHARED, *([ALONE] * len(keys))])}", [_everybody(workspace), *keys])


def lock_everybody(workspace: Workspace) -> None:
    """The turn of a batch: one lock instead of one for each identity, of which the database has only some thousands."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ALONE}", [_everybody(workspace)])


def _everybody(workspace: Workspace) -> str:
    return f"contacts {workspace.pk}"


def locked(contact: Contact) -> Contact:
    """The contact's row as it is now, kept from others until the transaction ends."""
    return Contact.objects.select_for_update().select_related("workspace").get(pk=contact.pk)
