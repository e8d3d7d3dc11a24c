"""A member or an integrator changes a known contact, bins it, or takes it out of the bin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import changing
from crm.contacts.fields import clean_values
from crm.contacts.identity import clean_email, clean_name, clean_phone
from crm.contacts.locking import hold_fields, lock_identities, locked
from crm.contacts.models import Contact
from crm.timeline.recording import record, record_many

CLEANERS = {
    "email": clean_email,
    "phone": clean_phone,
    "first_name": clean_name,
    "last_name": clean_name,
    "source": clean_name,
}


@transaction.atomic
def edit(contact: Contact, *, changes: Mapping[str, Any], actor: str) -> Contact:
    """Writes `changes` (email, phone, first_name, last_name, source, "f12"); None or "" empties. Returns the fresh contact.

    Raises ValidationError with a dict of fields: a malformed value, an address of somebody else, no address left at all.
    """
    if changes.keys() - CLEANERS.keys():
        hold_fields(contact.workspace)
    cleaned = _cleaned(contact, changes)
    lock_identities(contact.workspace, email=cleaned.get("email"), phone=cleaned.get("phone"))
    fresh = locked(contact)
    if fresh.merged_into_id is not None:
        raise ValidationError({"email": [_("This contact was merged into another meanwhile.")]})
    made = changing.apply(fresh, cleaned)
    _check_identity(fresh)
    if made:
        try:
            with transaction.atomic():
                fresh.save()
        except IntegrityError:
            raise ValidationError(
                _taken(fresh) or {"email": [_("Somebody changed this just now. Try again.")]}
            ) from None
        record_many(changing.events_of(fresh, made, actor=actor))
    return fresh


def _cleaned(contact: Contact, changes: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for key in CLEANERS.keys() & changes.keys():
        try:
            found[key] = CLEANERS[key](changes[key] if changes[key] is not None else "")
        except ValidationError as error:
            errors[key] = error.messages
    try:
        custom = {key: value for key, value in changes.items() if key not in CLEANERS}
        found |= clean_values(contact.workspace, custom)
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)
    return found


def _check_identity(contact: Contact) -> None:
    if not contact.email and not contact.phone:
        raise ValidationError({"email": [_("Write an e-mail address or a phone number.")]})
    taken = _taken(contact)
    if taken:
        raise ValidationError(taken)


def _taken(contact: Contact) -> dict[str, list[str]]:
    others = contact.workspace.contacts.filter(merged_into=None).exclude(pk=contact.pk)
    errors = {}
    for key in ("email", "phone"):
        value = getattr(contact, key)
        holder = others.filter(**{key: value}).first() if value else None
        if holder:
            words = (
                _("This belongs to another contact, in the bin: %(name)s.")
                if holder.deleted_at
                else _("This belongs to another contact: %(name)s.")
            )
            errors[key] = [words % {"name": holder}]
    return errors


@transaction.atomic
def bin(contact: Contact, actor: str) -> bool:
    """Moves the contact to the bin, where it lies 30 days; returns whether it was alive."""
    rows = Contact.objects.filter(pk=contact.pk, deleted_at=None, merged_into=None)
    binned = bool(rows.update(deleted_at=timezone.now(), updated_at=timezone.now()))
    if binned:
        record(contact.workspace_id, "contact.binned", contact=contact, actor=actor)
    return binned


@transaction.atomic
def restore(contact: Contact, actor: str) -> bool:
    """Undoes `bin`: the contact comes back with lists, tags and consent as they were. Returns whether it was binned."""
    rows = Contact.objects.filter(pk=contact.pk, deleted_at__isnull=False)
    restored = bool(rows.update(deleted_at=None, updated_at=timezone.now()))
    if restored:
        record(contact.workspace_id, "contact.restored", contact=contact, actor=actor)
    return restored
