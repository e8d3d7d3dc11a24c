"""What stays of consent when a person goes: nothing that names them, and the wish not to be written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from crm.consent import journaling
from crm.consent.granting import address_of, state, suppress
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, PendingConsent, Suppression
from crm.contacts.capturing import register_forgetter
from crm.contacts.erasing import BIN_DAYS, register_eraser
from crm.contacts.models import Contact


def erase(contact: Contact) -> None:
    """Blocks the addresses, by hash and without a hint. One who only lay too long in the bin asked for nothing: of them
    only a "no" is kept. The proofs go with the row."""
    asked = contact.deleted_at is None or contact.deleted_at > timezone.now() - timedelta(days=BIN_DAYS)
    journaling.note(contact, was_asked=asked)
    for channel in Channel:
        address = address_of(contact, channel)
        if not address:
            continue
        if state(contact, channel) == Consent.State.WITHDRAWN:
            suppress(contact.workspace, channel, address, reason=Suppression.Reason.UNSUBSCRIBED, hint=False)
        elif asked:
            suppress(contact.workspace, channel, address, reason=Suppression.Reason.ERASED, hint=False)
        _forget_hint(contact, channel, address)


def forget(contacts: Sequence[Contact]) -> None:
    """People who come back from the bin are asked anew: an old "yes" ends, an old "no" does not."""
    Consent.objects.filter(contact__in=contacts, is_current=True, state=Consent.State.GRANTED).update(is_current=False)
    PendingConsent.objects.filter(contact__in=contacts, closed_at=None).update(closed_at=timezone.now(), mail_due=None)


def _forget_hint(contact: Contact, channel: str, address: str) -> None:
    digest = address_hash(contact.workspace_id, address)
    Suppression.objects.filter(workspace=contact.workspace, channel=channel, address_hash=digest).update(hint="")


register_eraser(
    "consent",
    erase,
    covers=["crm.Consent.contact", "crm.PendingConsent.contact", "crm.SubjectRequest.contact"],
)
register_forgetter("consent", forget)
