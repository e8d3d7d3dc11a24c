"""Notes: written, edited by who wrote them, pinned, deleted and brought back."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.identity import INVISIBLE
from crm.contacts.models import Contact
from crm.notes.models import NOTE_LENGTH, Note
from crm.timeline.models import Event
from crm.timeline.recording import record
from crm.workspaces.models import User

SHOWN = 200  # characters of a note that the timeline repeats


def clean_text(raw: Any) -> str:
    """Lines are kept; what nobody sees is not. Raises ValidationError {"text": [...]}."""
    if not isinstance(raw, str):
        raise ValidationError({"text": [_("Write text.")]})
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", raw)).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    if not text.strip():
        raise ValidationError({"text": [_("Write something.")]})
    if len(text.strip()) > NOTE_LENGTH:
        raise ValidationError({"text": [_("At most %(limit)s characters.") % {"limit": NOTE_LENGTH}]})
    return text.strip()


@transaction.atomic
def add(contact: Contact, *, text: Any, by: User | None, actor: str) -> Note:
    """`by` is None for a key. Raises ValidationError."""
    cleaned = clean_text(text)
    note = Note.objects.create(workspace_id=contact.workspace_id, contact=contact, text=cleaned, author=by)
    shown = " ".join(cleaned.split())[:SHOWN]
    record(contact.workspace_id, "note.added", contact=contact, subject_id=note.pk, actor=actor, shown=shown)
    return note


@transaction.atomic
def edit(note: Note, *, text: Any) -> Note:
    """The timeline keeps that a note was added, no longer its first words. Raises ValidationError."""
    cleaned = clean_text(text)
    fresh = Note.objects.select_for_update().get(pk=note.pk)
    if fresh.text != cleaned:
        fresh.text, fresh.edited_at = cleaned, timezone.now()
        fresh.save(update_fields=["text", "edited_at"])
        _forget(fresh)
    return fresh


def pin(note: Note) -> bool:
    """Keeps it above the others; returns whether that changed anything."""
    return bool(Note.objects.filter(pk=note.pk, pinned_at=None).update(pinned_at=timezone.now()))


def unpin(note: Note) -> bool:
    return bool(Note.objects.filter(pk=note.pk, pinned_at__isnull=False).update(pinned_at=None))


@transaction.atomic
def delete(note: Note) -> bool:
    """Out of sight, and its words out of the timeline; it can be brought back for 30 days."""
    _forget(note)
    return bool(Note.objects.filter(pk=note.pk, deleted_at=None).update(deleted_at=timezone.now()))


def restore(note: Note) -> bool:
    return bool(Note.objects.filter(pk=note.pk, deleted_at__isnull=False).update(deleted_at=None))


def empty_bin(before: datetime) -> int:
    """Deletes for good what was deleted before that moment; returns how many."""
    return Note.objects.filter(deleted_at__lt=before).delete()[0]


def _forget(note: Note) -> None:
    told = Event.objects.filter(workspace_id=note.workspace_id, kind="note.added", subject_id=note.pk)
    told.filter(subject_type="note").update(properties={})
