"""The one door for a person, new or known: a form, a member, an integrator all come in here.

Whoever comes twice at once is still one contact, and nothing either said is lost. Capture one person in a transaction:
several in different orders could wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import changing, subscribing
from crm.contacts.fields import Fields, clean_values, defaults_of
from crm.contacts.identity import clean_email, clean_name, clean_phone, one_line
from crm.contacts.locking import hold_fields, lock_identities, patient
from crm.contacts.models import Contact, List, Subscription
from crm.timeline.models import Event
from crm.timeline.recording import build, record, record_many
from crm.workspaces.models import Workspace

CLEANERS: dict[str, Callable[[Any], Any]] = {
    "email": clean_email,
    "phone": clean_phone,
    "first_name": clean_name,
    "last_name": clean_name,
}
_forgetters: dict[str, Callable[[Sequence[Contact]], object]] = {}


@dataclass(frozen=True, slots=True)
class Captured:
    contact: Contact
    created: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What was said about a person, cleaned: empty things are None or absent."""

    email: str | None
    phone: str | None
    names: Mapping[str, str]
    values: Mapping[str, Any]


def register_forgetter(name: str, forget: Callable[[Sequence[Contact]], object]) -> None:
    """`forget(contacts)` ends what people agreed to before they were deleted; called when a capture restores them."""
    _forgetters[name] = forget


def capture(
    workspace: Workspace,
    *,
    email: Any = None,
    phone: Any = None,
    first_name: str = "",
    last_name: str = "",
    values: Mapping[Any, Any] | None = None,
    lists: Iterable[List] = (),
    tags: Iterable[str] = (),
    source: str = "",
    actor: str = "",
    overwrite: bool = True,
    defaults: bool = True,
    occurred_at: datetime | None = None,
    medium: str = "",
    campaign: str = "",
) -> Captured:
    """Makes or finds the contact, writes what was said, joins the lists, adds the tags, and records it all.

    A new person gets the default of every field of which nothing was said; `defaults=False` where somebody saw the defaults
    and decided. What is empty says nothing and erases nothing; with `overwrite=False` only blanks are filled. An e-mail
    outweighs a phone: a phone that belongs to somebody else is left out, and the timeline says so. A binned person comes back
    without their old lists and consent. Raises ValidationError whose dict is keyed by email, phone, first_name, last_name,
    lists, tags, f12.
    """
    said = {"email": email, "phone": phone, "first_name": first_name, "last_name": last_name, "values": values or {}}
    joined, named = _lists_of(workspace, lists), cleaned_tags(tags)
    about: dict[str, Any] = {"actor": actor, "occurred_at": occurred_at or timezone.now()}
    about |= {"source": one_line(source)[:100], "medium": medium, "campaign": campaign}
    return _take(workspace, said, joined, named, overwrite=overwrite, defaults=defaults, about=about)


@patient  # someone who takes no turns (an import, a merge) may be there
@transaction.atomic
def _take(
    workspace: Workspace,
    said: Mapping[str, Any],
    lists: Iterable[List],
    tags: Iterable[str],
    *,
    overwrite: bool,
    defaults: bool,
    about: Mapping[str, Any],
) -> Captured:
    if said["values"]:
        hold_fields(workspace)
    captured = _settle(workspace, cleaned(workspace, said), overwrite=overwrite, defaults=defaults, about=about)
    for row in lists:
        subscribing.join(captured.contact, row, **about)
    for name in tags:
        subscribing.tag(captured.contact, name, **about)
    return captured


def cleaned(workspace: Workspace, said: Mapping[str, Any], *, fields: Fields | None = None) -> Person:
    """What was said (email, phone, first_name, last_name, values), as it is kept. Raises ValidationError with a dict.

    `fields` as in `clean_values`. Hold the fields (`locking.hold_fields`) from here to the writing."""
    errors: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for key, clean in CLEANERS.items():
        try:
            found[key] = clean(said[key])
        except ValidationError as error:
            errors[key] = error.messages
    try:
        found["values"] = clean_values(workspace, said["values"], fields=fields)
    except ValidationError as error:
        errors |= error.message_dict
    if not errors and not found["email"] and not found["phone"]:
        errors["email"] = [_("Write an e-mail address or a phone number.")]
    if errors:
        raise ValidationError(errors)
    names = {key: found[key] for key in ("first_name", "last_name") if found[key]}
    values = {key: value for key, value in found["values"].items() if value is not None}
    return Person(found["email"], found["phone"], names, values)


def _lists_of(workspace: Workspace, lists: Iterable[List]) -> list[List]:
    listed = list(lists)
    if any(row.workspace_id != workspace.pk or row.deleted_at for row in listed):
        raise ValidationError({"lists": [_("There is no such list.")]})
    return sorted(listed, key=lambda row: row.pk)


def cleaned_tags(tags: Iterable[str]) -> list[str]:
    try:
        return sorted({subscribing.clean_tag(name) for name in tags})
    except ValidationError as error:
        raise ValidationError({"tags": error.messages}) from None


def _settle(
    workspace: Workspace, person: Person, *, overwrite: bool, defaults: bool, about: Mapping[str, Any]
) -> Captured:
    """Under the locks of both identities: find, or insert, then write what is new."""
    lock_identities(workspace, email=person.email, phone=person.phone)
    contact, holder = _matches(workspace, person)
    if holder is not None and holder != contact:
        person = replace(person, phone=None)
    created = contact is None
    if contact is None:
        if defaults:
            person = replace(person, values=defaults_of(workspace) | dict(person.values))
        contact = _inserted(workspace, person, about)
    else:
        contact.workspace = workspace
        _write(contact, person, overwrite=overwrite, about=about)
    if holder is not None and holder != contact:
        note = {"contact": contact, "subject": holder, "phone": holder.phone}
        record(workspace, "contact.conflicted", **about, **note)
    return Captured(contact, created)


def _matches(workspace: Workspace, person: Person) -> tuple[Contact | None, Contact | None]:
    """Who this is, and who holds the phone. Whoever comes by an address of a duplicate is the contact it was merged into."""
    known = known_by(workspace, person)
    rows = workspace.contacts.filter(pk__in=set(known.values())).order_by("pk").select_for_update(of=("self",))
    found = {row.pk: row for row in rows}
    if known and (known != known_by(workspace, person) or any(row.merged_into_id for row in found.values())):
        raise IntegrityError("merged meanwhile")  # look again
    by_email, holder = found.get(known.get("email", 0)), found.get(known.get("phone", 0))
    return who(person, by_email, holder), holder


def who(person: Person, by_email: Contact | None, holder: Contact | None) -> Contact | None:
    """Which of the two this is, if any. A phone alone does not make somebody with another e-mail the same person."""
    if by_email is not None or holder is None:
        return by_email
    return holder if not person.email or not holder.email else None


def known_by(workspace: Workspace, person: Person) -> dict[str, int]:
    """{"email": id, "phone": id} of the contacts these addresses lead to: their own before those of merged duplicates."""
    asked = Q(email=person.email) if person.email else Q()
    asked |= Q(phone=person.phone) if person.phone else Q()
    rows = workspace.contacts.filter(Q(asked, merged_into=None) | Q(asked, merged_into__isnull=False))
    known: dict[str, int] = {}
    found = list(rows.order_by("pk").values_list("pk", "email", "phone", "merged_into"))
    for pk, email, phone, host in sorted(found, key=lambda row: row[3] is None):  # their own last, so that it stays
        known |= {"email": host or pk} if person.email and email == person.email else {}
        known |= {"phone": host or pk} if person.phone and phone == person.phone else {}
    return known


def _inserted(workspace: Workspace, person: Person, about: Mapping[str, Any]) -> Contact:
    contact = workspace.contacts.create(
        email=person.email,
        phone=person.phone,
        values=dict(person.values),
        source=about["source"],
        created_at=about["occurred_at"],
        **person.names,
    )
    record(workspace, "contact.created", contact=contact, **about)
    record_many(first_events(contact, person, **about))
    return contact


def first_events(contact: Contact, person: Person, **about: Any) -> list[Event]:
    """Of a new contact's values only the status is told apart."""
    blank = Contact(pk=contact.pk, workspace=contact.workspace)
    events = changing.events_of(contact, changing.apply(blank, person.values), **about)
    return [event for event in events if event.kind == "status.changed"]


def _write(contact: Contact, person: Person, *, overwrite: bool, about: Mapping[str, Any]) -> None:
    if contact.deleted_at is not None:
        bring_back(contact, about)
    changes = write(contact, person, overwrite=overwrite)
    if changes:
        contact.save()
        record_many(changing.events_of(contact, changes, **about))


def write(contact: Contact, person: Person, *, overwrite: bool) -> list[changing.Change]:
    """Sets what was said on the instance, unsaved."""
    said: dict[str, Any] = {**person.names, **person.values}
    addresses = {key: value for key, value in (("email", person.email), ("phone", person.phone)) if value}
    said |= {key: value for key, value in addresses.items() if not _is_of_a_duplicate(contact, key, value)}
    if not overwrite:
        said = {key: value for key, value in said.items() if _is_blank(contact, key)}
    return changing.apply(contact, said)


def _is_of_a_duplicate(contact: Contact, key: str, value: str) -> bool:
    """An address that came along by a merge names this person, and does not take the place of the one they are written to."""
    if contact.pk is None or getattr(contact, key) in (None, value):
        return False
    return contact.merged_from.filter(**{key: value}).exists()


def _is_blank(contact: Contact, key: str) -> bool:
    return not getattr(contact, key) if key in changing.OWN else key not in contact.values


def bring_back(contact: Contact, about: Mapping[str, Any]) -> None:
    """Out of the bin, without the lists they were on and without what they had agreed to."""
    bring_all_back([contact], about)


def bring_all_back(contacts: Sequence[Contact], about: Mapping[str, Any]) -> None:
    """Many people of one business at once, in as many statements as one."""
    ids = [contact.pk for contact in contacts]
    for contact in contacts:
        contact.deleted_at, contact.updated_at = None, timezone.now()
    Contact.objects.filter(pk__in=ids).update(deleted_at=None, updated_at=timezone.now())
    joined = Subscription.objects.filter(contact__in=ids, status=Subscription.Status.JOINED)
    joined.update(status=Subscription.Status.LEFT, left_at=about["occurred_at"])
    for forget in _forgetters.values():
        forget(contacts)
    record_many(build(one.workspace_id, "contact.restored", contact=one, **about) for one in contacts)
