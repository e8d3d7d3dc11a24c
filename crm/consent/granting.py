"""The verbs of the ledger: grant, withdraw, suppress, unsuppress. Each is one transaction with its event.

A person's own statement is law: their withdrawal suppresses the address for the time after they are deleted or re-imported,
and only their own new consent lifts that. A member's hand lifts nothing by granting; a block is lifted on its own screen.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address

from django.db import transaction
from django.db.models import Q

from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, Suppression
from crm.contacts.models import Contact
from crm.timeline.recording import record
from crm.workspaces.models import Workspace

BY_THE_PERSON = "contact"
LIFTED_BY_THE_PERSON = (Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.ERASED)


def address_of(contact: Contact, channel: str) -> str | None:
    """Where the channel reaches this contact: an e-mail address, a phone, or nothing (browsing has no address)."""
    return {Channel.EMAIL: contact.email, Channel.SMS: contact.phone, Channel.WHATSAPP: contact.phone}.get(
        Channel(channel)
    )


@transaction.atomic
def grant(
    contact: Contact,
    channel: str,
    *,
    source: str,
    wording: str = "",
    form_version: str = "",
    ip: str | None = None,
    actor: str = BY_THE_PERSON,
    asked_at: datetime | None = None,
    asked_ip: str | None = None,
) -> Consent:
    """A new row every time, for every "yes" is a proof of its own; an event only when it changed something. `asked_at` and
    `asked_ip` tell of the first of the two moments, where the person confirmed by mail what was typed before."""
    row = _state(contact, channel, Consent.State.GRANTED, source, wording, form_version, ip, actor)
    if asked_at is not None:
        row.asked_at, row.asked_ip = asked_at, _address_or_none(asked_ip)
        row.save(update_fields=["asked_at", "asked_ip"])
    address = address_of(contact, channel)
    if actor == BY_THE_PERSON and address:
        unsuppress(contact.workspace, channel, address, reasons=LIFTED_BY_THE_PERSON)
    return row


@transaction.atomic
def withdraw(
    contact: Contact, channel: str, *, source: str, wording: str = "", ip: str | None = None, actor: str = BY_THE_PERSON
) -> Consent:
    """Writes nothing when the contact has already withdrawn: the first "no" is the one that counts."""
    current = _current(contact, channel)
    if current is not None and current.state == Consent.State.WITHDRAWN:
        return current
    return _state(contact, channel, Consent.State.WITHDRAWN, source, wording, "", ip, actor)


def state(contact: Contact, channel: str) -> str:
    """ "granted", "withdrawn" or "unknown" (never asked, never answered)."""
    row = Consent.objects.filter(contact=contact, channel=channel, is_current=True).only("state").first()
    return row.state if row else "unknown"


@transaction.atomic
def suppress(workspace: Workspace, channel: str, address: str, *, reason: str, hint: bool = True) -> Suppression:
    """Blocks an address of a channel. The first reason stays. `hint` keeps a masked form for a member's eyes."""
    digest = address_hash(workspace.pk, address)
    return suppress_hash(workspace.pk, channel, digest, reason=reason, hint=mask(address) if hint else "")[0]


def suppress_hash(
    workspace_id: int, channel: str, digest: bytes, *, reason: str, hint: str = ""
) -> tuple[Suppression, bool]:
    """As `suppress`, where only the hash is left, as in a token of someone erased. The second value: is it new?"""
    return Suppression.objects.get_or_create(
        workspace_id=workspace_id, channel=channel, address_hash=digest, defaults={"reason": reason, "hint": hint}
    )


def unsuppress(workspace: Workspace, channel: str, address: str, *, reasons: tuple[str, ...] = ()) -> bool:
    """Lifts the block of an address, or only one of the given reasons; says whether there was one."""
    digest = address_hash(workspace.pk, address)
    wanted = Q(reason__in=reasons) if reasons else Q()
    rows = Suppression.objects.filter(wanted, workspace=workspace, channel=channel, address_hash=digest)
    return bool(rows.delete()[0])


def is_suppressed(workspace: Workspace, channel: str, address: str) -> bool:
    digest = address_hash(workspace.pk, address)
    return Suppression.objects.filter(workspace=workspace, channel=channel, address_hash=digest).exists()


def mask(address: str) -> str:
    """d•••@example.test, •••0142."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"[:60] if at else f"•••{address[-4:]}"


def _address_or_none(ip: str | None) -> str | None:
    """A proxy may say anything; a consent is not lost for it."""
    try:
        return str(ip_address(ip or ""))
    except ValueError:
        return None


def _current(contact: Contact, channel: str) -> Consent | None:
    """The current row, under a lock on the contact: two statements about one person take turns."""
    Contact.objects.select_for_update(no_key=True).only("pk").get(pk=contact.pk)
    return Consent.objects.filter(contact=contact, channel=channel, is_current=True).first()


def _state(
    contact: Contact, channel: str, state: str, source: str, wording: str, form_version: str, ip: str | None, actor: str
) -> Consent:
    before = _current(contact, channel)
    if before is not None:
        Consent.objects.filter(pk=before.pk).update(is_current=False)
    row = Consent.objects.create(
        workspace_id=contact.workspace_id,
        contact=contact,
        channel=Channel(channel),
        state=state,
        source=source,
        wording=wording,
        form_version=form_version,
        ip=_address_or_none(ip),
        actor=actor,
    )
    if before is None or before.state != state:
        kind = f"consent.{state}"
        record(contact.workspace_id, kind, contact=contact, actor=actor, source=source, channel=str(row.channel))
    return row
