"""Leaving by the token of a mail. Works with nothing but the token: the mailing, the contact, even the consent may be gone."""

from __future__ import annotations

from django.db import transaction

from crm.consent.granting import LIFTED_BY_THE_PERSON, grant, mask, suppress_hash, withdraw
from crm.consent.models import Channel, Suppression
from crm.consent.tokens import Unsubscribe
from crm.contacts.models import Contact
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.timeline.recording import record
from crm.workspaces.models import Workspace

MERGES_FOLLOWED = 5
EVENT = "mailing.unsubscribed"


def contact_of(token: Unsubscribe) -> Contact | None:
    """The person of the token, in the bin or not, or whom they were merged into; None when erased."""
    found = Contact.objects.select_related("workspace").filter(workspace_id=token.workspace_id)
    contact = found.filter(pk=token.contact_id).first()
    for _step in range(MERGES_FOLLOWED):
        if contact is None or contact.merged_into_id is None:
            break
        contact = found.filter(pk=contact.merged_into_id).first()
    return contact


@transaction.atomic
def unsubscribe(token: Unsubscribe, *, source: str, wording: str = "", ip: str | None = None) -> bool:
    """No more advertising e-mail to this address; says whether that was news. Never fails for what is gone."""
    if not Workspace.objects.filter(pk=token.workspace_id).exists():
        return False
    contact = contact_of(token)
    if contact is not None:
        withdraw(contact, Channel.EMAIL, source=source, wording=wording, ip=ip)
    hint = _hint(contact)
    _row, is_new = suppress_hash(
        token.workspace_id, Channel.EMAIL, token.address_hash, reason=Suppression.Reason.UNSUBSCRIBED, hint=hint
    )
    if is_new and token.mailing_id and kinds.known(EVENT):
        _record(token, contact, source)
    return is_new


@transaction.atomic
def come_back(token: Unsubscribe, contact: Contact, *, wording: str, ip: str | None = None) -> None:
    """A change of heart on the same page: consent anew, in these words; the person's own block is lifted."""
    grant(contact, Channel.EMAIL, source="preferences", wording=wording, ip=ip)
    Suppression.objects.filter(
        workspace_id=token.workspace_id,
        channel=Channel.EMAIL,
        address_hash=token.address_hash,
        reason__in=LIFTED_BY_THE_PERSON,
    ).delete()


def _hint(contact: Contact | None) -> str:
    return mask(contact.email) if contact is not None and contact.email else ""


def _record(token: Unsubscribe, contact: Contact | None, source: str) -> None:
    """The mailing's own count. Its name is taken from what was recorded of it before, for the mailing may be gone."""
    before = Event.objects.filter(
        workspace_id=token.workspace_id, kind__in=["mailing.sent", "mailing.delivered"], subject_id=token.mailing_id
    )
    label = before.values_list("subject_label", flat=True).first() or ""
    record(
        token.workspace_id,
        EVENT,
        contact=contact,
        subject_type="mailing",
        subject_id=token.mailing_id,
        subject_label=label,
        actor="contact",
        source=source,
    )
