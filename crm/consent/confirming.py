"""Double opt-in: what a stranger typed waits until the address itself says yes.

Anybody can type anybody's address into a public form. So a typed consent is only a claim where the business asks for
confirmation, and always where the person had said no before: then it waits in PendingConsent, and a mail to the address asks.
A press on the page behind its link grants; opening the link does nothing, for robots open links. What the form would have
overwritten, and lists the person had left, wait with it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.consent.granting import LIFTED_BY_THE_PERSON, address_of, grant, state
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, PendingConsent, Suppression
from crm.contacts import subscribing
from crm.contacts.capturing import capture
from crm.contacts.models import Contact, List
from crm.timeline.recording import record
from crm.workspaces.signing import BadToken, sign, unsign

PURPOSE = "confirm consent"
BODY = struct.Struct(">Q16s")
PER_HOUR, PER_DAY = 3, 6  # confirmation mails to one address, whoever asks for them
AGAIN_AFTER = timedelta(minutes=10)
MOST_MAILS = 5  # of one request


@dataclass(frozen=True, slots=True)
class Held:
    """What waits together with a consent: details that would overwrite known ones, and ids of lists the person had left."""

    said: Mapping[str, Any] = field(default_factory=dict)
    lists: tuple[int, ...] = ()


@transaction.atomic
def settle(
    contact: Contact,
    consents: Mapping[str, str],
    *,
    source: str,
    form_version: str = "",
    ip: str | None = None,
    held: Held | None = None,
    now: datetime | None = None,
) -> PendingConsent | None:
    """Grants what needs no proof, and asks for the rest by mail. Returns the request that waits, or None."""
    waiting = {channel: words for channel, words in consents.items() if _must_wait(contact, channel)}
    for channel, words in consents.items():
        if channel not in waiting and not _is_proven_already(contact, channel):
            grant(contact, channel, source=source, wording=words, form_version=form_version, ip=ip)
    if not waiting:
        return None
    return _ask(contact, waiting, source, form_version, ip, held or Held(), now or timezone.now())


def _must_wait(contact: Contact, channel: str) -> bool:
    """True where the person said no before, and for e-mail where the business asks for confirmation."""
    if has_said_no(contact, channel):
        return True
    is_asked = contact.workspace.double_opt_in and channel == Channel.EMAIL
    return is_asked and state(contact, channel) != Consent.State.GRANTED


def _is_proven_already(contact: Contact, channel: str) -> bool:
    """A confirmed yes is not laid under one that nobody confirmed."""
    is_asked = contact.workspace.double_opt_in and channel == Channel.EMAIL
    return is_asked and state(contact, channel) == Consent.State.GRANTED


def has_said_no(contact: Contact, channel: str) -> bool:
    """By a withdrawal, or by a block of the address that only they can lift, as after they were erased."""
    if state(contact, channel) == Consent.State.WITHDRAWN:
        return True
    address = address_of(contact, channel)
    blocks = Suppression.objects.filter(
        workspace_id=contact.workspace_id, channel=channel, reason__in=LIFTED_BY_THE_PERSON
    )
    return bool(address) and blocks.filter(address_hash=address_hash(contact.workspace_id, address or "")).exists()


def _ask(
    contact: Contact,
    consents: Mapping[str, str],
    source: str,
    form_version: str,
    ip: str | None,
    held: Held,
    now: datetime,
) -> PendingConsent:
    """Without an e-mail address it waits unasked: nobody could press anything."""
    address = contact.email or ""
    may_mail = bool(address) and not is_too_often(address, now=now)
    pending = PendingConsent.objects.create(
        workspace_id=contact.workspace_id,
        contact=contact,
        address=address,
        consents=dict(consents),
        held={"said": dict(held.said), "lists": list(held.lists)},
        source=source,
        form_version=form_version,
        ip=ip or None,
        created_at=now,
        mail_due=now if may_mail else None,
    )
    channels = sorted(consents)
    record(contact.workspace_id, "consent.asked", contact=contact, actor="contact", source=source, channels=channels)
    return pending


def is_too_often(address: str, *, now: datetime) -> bool:
    """Whether this address got, or will get, as many confirmation mails as one may; of any business of this server."""
    for most, window in ((PER_HOUR, timedelta(hours=1)), (PER_DAY, timedelta(days=1))):
        recent = Q(mailed_at__gt=now - window) | Q(mail_due__gt=now - window)
        if PendingConsent.objects.filter(recent, address=address).count() >= most:
            return True
    return False


@transaction.atomic
def ask_again(pending: PendingConsent, *, now: datetime | None = None) -> PendingConsent:
    """A member sends the mail once more. Raises ValidationError where that would be too much."""
    now = now or timezone.now()
    row = PendingConsent.objects.select_for_update(of=("self",)).select_related("contact").get(pk=pending.pk)
    if not row.is_open or not row.address or row.address != row.contact.email:
        raise ValidationError(_("There is nothing to confirm any more."))
    is_recent = row.mail_due or (row.mailed_at and row.mailed_at > now - AGAIN_AFTER)
    if is_recent or row.mails >= MOST_MAILS or is_too_often(row.address, now=now):
        raise ValidationError(_("This address got enough confirmation mails for now. Try again later."))
    row.mail_due = now
    row.save(update_fields=["mail_due"])
    return row


# -- the link ---------------------------------------------------------------------------------------------------------


def token_of(pending: PendingConsent) -> str:
    """Bound to the address and the exact words: if either changes, the link is good for nothing."""
    return sign(BODY.pack(pending.pk, _digest(pending)), purpose=PURPOSE)


def read(token: str) -> PendingConsent:
    """Raises BadToken for a link we did not write, or whose request is gone."""
    body = unsign(token, purpose=PURPOSE)
    if len(body) != BODY.size:
        raise BadToken
    pk, digest = BODY.unpack(body)
    pending = PendingConsent.objects.select_related("contact", "workspace").filter(pk=min(pk, 2**63 - 1)).first()
    if pending is None or digest != _digest(pending):
        raise BadToken
    return pending


def _digest(pending: PendingConsent) -> bytes:
    said = json.dumps([pending.workspace_id, pending.address, pending.consents], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).digest()[:16]


@transaction.atomic
def confirm(pending: PendingConsent, *, ip: str | None = None, now: datetime | None = None) -> bool:
    """The person pressed: grants in the words that were typed, with both moments, and does what waited with them. Says
    whether it was news; False too where the link is too old, or the address no longer theirs."""
    now = now or timezone.now()
    row = PendingConsent.objects.select_for_update(of=("self",)).select_related("contact__workspace").get(pk=pending.pk)
    contact = row.contact.merged_into or row.contact
    if not row.is_open or contact.deleted_at or contact.email != row.address:
        return False
    asked: dict[str, Any] = {"form_version": row.form_version, "asked_at": row.created_at, "asked_ip": row.ip}
    for channel, wording in row.consents.items():
        grant(contact, channel, source=row.source, wording=wording, ip=ip, **asked)
    _do_what_waited(contact, row)
    PendingConsent.objects.filter(pk=row.pk).update(confirmed_at=now, confirmed_ip=ip or None)
    same = PendingConsent.objects.filter(contact=contact, address=row.address, closed_at=None)
    same.update(closed_at=now, mail_due=None)
    return True


def _do_what_waited(contact: Contact, row: PendingConsent) -> None:
    """What was typed and does not fit any more, as a field that was archived since, is passed over."""
    said = dict(row.held.get("said", {}))
    values = {key: said.pop(key) for key in list(said) if key[0] == "f" and key[1:].isdigit()}
    known = {field.storage_key for field in contact.workspace.custom_fields.active()}
    values = {key: value for key, value in values.items() if key in known}
    names = {key: value for key, value in said.items() if key in ("first_name", "last_name")}
    with suppress(ValidationError):
        capture(contact.workspace, email=row.address, values=values, actor="contact", **names)
    lists = List.objects.filter(workspace_id=contact.workspace_id, pk__in=row.held.get("lists", []), deleted_at=None)
    for one in lists:
        subscribing.join(contact, one, actor="contact", source=row.source)
