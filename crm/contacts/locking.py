"""Taking turns over an identity that may not have a row yet: two captures of one address run one after the other."""

from __future__ import annotations

from django.db import connection

from crm.contacts.models import Contact
from crm.workspaces.models import Workspace


def lock_identities(workspace: Workspace, *, email: str | None, phone: str | None) -> None:
    """Held until the transaction ends; always taken in one order, so that two captures never wait for each other."""
    keys = sorted(f"contact {workspace.pk} {identity}" for identity in (email, phone) if identity)
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def locked(contact: Contact) -> Contact:
    """The contact's row as it is now, kept from others until the transaction ends."""
    return Contact.objects.select_for_update().select_related("workspace").get(pk=contact.pk)


def hold_fields(workspace: Workspace) -> None:
    """Until the transaction ends no field of the business changes its type: call it before answers are cleaned for writing.
    Any number of writers hold it at once."""
    _take("pg_advisory_xact_lock_shared", workspace)


def lock_fields(workspace: Workspace) -> None:
    """Waits for the writers of answers, and keeps others waiting, until the transaction ends."""
    _take("pg_advisory_xact_lock", workspace)


def _take(function: str, workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('crm_customfield'), %s)", [workspace.pk])
