"""Writing fields of a contact, and the events that tell what changed. Shared by capturing, editing and merging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from crm.contacts.fields import display
from crm.contacts.models import Contact, CustomField
from crm.timeline.models import Event
from crm.timeline.recording import build

OWN = ("email", "phone", "first_name", "last_name", "source")


@dataclass(frozen=True, slots=True)
class Change:
    """`key` is a name of OWN or "f12"; `old` and `new` are values as stored."""

    key: str
    old: Any
    new: Any


def apply(contact: Contact, changes: Mapping[str, Any]) -> list[Change]:
    """Sets cleaned values on the instance, unsaved; a custom field set to None is dropped. Returns what really changed."""
    made = []
    for key, new in changes.items():
        old = getattr(contact, key) if key in OWN else contact.values.get(key)
        if old != new or type(old) is not type(new):
            made.append(Change(key, old, new))
            _set(contact, key, new)
    return made


def _set(contact: Contact, key: str, new: Any) -> None:
    if key in OWN:
        setattr(contact, key, new)
    elif new is None:
        contact.values.pop(key, None)
    else:
        contact.values[key] = new


def events_of(
    contact: Contact, changes: Iterable[Change], *, fields: Mapping[str, CustomField] | None = None, **about: Any
) -> list[Event]:
    """Unsaved events, one a change; `about` goes to each (actor, occurred_at, source...). A status speaks by its own kind.

    `fields` by storage key spares whoever tells of many contacts the question what they are called.
    """
    listed = list(changes)
    if fields is None:
        keys = [int(change.key[1:]) for change in listed if change.key not in OWN]
        fields = {field.storage_key: field for field in CustomField.objects.filter(pk__in=keys)} if keys else {}
    with translation.override(contact.workspace.language):
        return [event_of(contact, change, fields.get(change.key), about) for change in listed]


def event_of(contact: Contact, change: Change, field: CustomField | None, about: Mapping[str, Any]) -> Event:
    """The event of one change, unsaved, in the active language; `field` is None for the contact's own columns."""
    said = {"field": change.key, "old": change.old, "new": change.new}
    if field is None:
        shown = change.new or ""
        return build(contact.workspace, "field.changed", contact=contact, **about, **said, shown=shown)
    if field.is_sensitive:
        hidden: dict[str, Any] = {"field": change.key, "hidden": True}
        return build(contact.workspace, "field.changed", contact=contact, subject=field, **about, **hidden)
    said["shown"] = display(field, change.new)
    if field.key == "status" and change.new:
        number, label = int(change.new[1:]), said.pop("shown")
        subject = {"subject_id": number, "subject_label": label}
        return build(contact.workspace, "status.changed", contact=contact, **subject, **about, **said)
    return build(contact.workspace, "field.changed", contact=contact, subject=field, **about, **said)
