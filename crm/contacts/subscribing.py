"""Joining and leaving lists, getting and losing tags. Each does nothing, and records nothing, when it is so already."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.identity import one_line
from crm.contacts.models import Contact, ContactTag, List, Subscription, Tag
from crm.timeline.recording import record
from crm.workspaces.models import Workspace

TAG_LENGTH = 60


@transaction.atomic
def join(contact: Contact, list: List, *, actor: str, source: str = "", **about: Any) -> bool:
    """Puts the contact on the list, also one who had left it; returns whether that changed anything.

    Raises ValidationError for a list in the bin, ValueError for one of another business.
    """
    _same_business(contact, list)
    if list.deleted_at:
        raise ValidationError(_("The list was deleted."), code="deleted")
    now = about.get("occurred_at") or timezone.now()
    _row, joined = Subscription.objects.get_or_create(
        list=list, contact=contact, defaults={"workspace_id": contact.workspace_id, "joined_at": now}
    )
    if not joined:
        gone = Subscription.objects.filter(list=list, contact=contact, status=Subscription.Status.LEFT)
        joined = bool(gone.update(status=Subscription.Status.JOINED, joined_at=now, left_at=None))
    if joined:
        record(contact.workspace_id, "list.joined", contact=contact, subject=list, actor=actor, source=source, **about)
    return joined


@transaction.atomic
def leave(contact: Contact, list: List, *, actor: str, source: str = "") -> bool:
    """Takes the contact off; the row stays, so that an import cannot put them back. Returns whether they were on the list."""
    _same_business(contact, list)
    rows = Subscription.objects.filter(list=list, contact=contact, status=Subscription.Status.JOINED)
    left = bool(rows.update(status=Subscription.Status.LEFT, left_at=timezone.now()))
    if left:
        record(contact.workspace_id, "list.left", contact=contact, subject=list, actor=actor, source=source)
    return left


def clean_tag(raw: Any) -> str:
    """One line of at most 60 characters. Raises ValidationError."""
    name = one_line(raw) if isinstance(raw, str) else ""
    if not name or len(name) > TAG_LENGTH:
        raise ValidationError(_("Write a tag of at most %(limit)s characters.") % {"limit": TAG_LENGTH}, code="invalid")
    return name


def tag_named(workspace: Workspace, name: str) -> Tag:
    """The tag of that name, made when it is new. Case does not tell tags apart."""
    name = clean_tag(name)
    found = workspace.tags.filter(name__iexact=name).first()
    if found is None:
        try:
            with transaction.atomic():
                found = workspace.tags.create(name=name)
        except IntegrityError:  # another request made it meanwhile
            found = workspace.tags.get(name__iexact=name)
    return found


@transaction.atomic
def tag(contact: Contact, name: str, *, actor: str, **about: Any) -> bool:
    """Gives the contact a tag, made when it is new; returns whether they did not have it. Raises ValidationError."""
    found = tag_named(contact.workspace, name)
    _row, added = ContactTag.objects.get_or_create(
        tag=found, contact=contact, defaults={"workspace_id": contact.workspace_id}
    )
    if added:
        record(contact.workspace_id, "tag.added", contact=contact, subject=found, actor=actor, **about)
    return added


@transaction.atomic
def untag(contact: Contact, name: str, *, actor: str) -> bool:
    """Takes a tag off; returns whether the contact had it."""
    found = Tag.objects.filter(workspace_id=contact.workspace_id, name__iexact=one_line(name)).first()
    removed = found and ContactTag.objects.filter(tag=found, contact=contact).delete()[0]
    if removed:
        record(contact.workspace_id, "tag.removed", contact=contact, subject=found, actor=actor)
    return bool(removed)


def _same_business(contact: Contact, list: List) -> None:
    if contact.workspace_id != list.workspace_id:
        raise ValueError("a contact joins only lists of its own business")
