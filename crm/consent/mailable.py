"""Who may be written to, for callers that think in sets: SQL over alias `c` of crm_contact, and for a QuerySet.

Mailable = has an address, consented to the channel, is not suppressed. Being on a list is the audience's question, not ours.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.consent.hashing import AddressHash, hash_sql
from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

COLUMN = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.WHATSAPP: "phone"}


def granted_sql(channel: str) -> tuple[str, list[Any]]:
    """True where the contact's current word on the channel is yes."""
    sql = "EXISTS (SELECT 1 FROM crm_consent k WHERE k.contact_id = c.id AND k.channel = %s"
    return f"{sql} AND k.is_current AND k.state = 'granted')", [str(Channel(channel))]


def suppressed_sql(workspace: Workspace, channel: str) -> tuple[str, list[Any]]:
    """True where the contact's address on the channel is blocked; false without an address."""
    column = COLUMN.get(Channel(channel))
    if column is None:
        return "FALSE", []
    digest, pads = hash_sql("c.workspace_id", f"c.{column}")
    sql = f"(c.{column} IS NOT NULL AND EXISTS (SELECT 1 FROM crm_suppression s WHERE s.workspace_id = %s"  # noqa: S608
    return f"{sql} AND s.channel = %s AND s.address_hash = {digest}))", [workspace.pk, str(Channel(channel)), *pads]


def mailable(queryset: QuerySet[Contact], channel: str) -> QuerySet[Contact]:
    """Narrows contacts to those with an address, consent, and no block. For browsing, consent alone decides."""
    consents = Consent.objects.filter(
        contact=OuterRef("pk"), channel=channel, is_current=True, state=Consent.State.GRANTED
    )
    column = COLUMN.get(Channel(channel))
    if column is None:
        return queryset.filter(Exists(consents))
    blocks = Suppression.objects.filter(
        workspace=OuterRef("workspace_id"),
        channel=channel,
        address_hash=AddressHash(OuterRef("workspace_id"), OuterRef(column)),
    )
    return queryset.filter(Q(**{f"{column}__isnull": False}), Exists(consents), ~Exists(blocks))
