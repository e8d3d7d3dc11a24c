"""Erasing a person for good, and emptying the bin. What happened keeps its count; who it was is gone.

Rooms above add what they hold: `register_eraser("consent", function)`, called inside the transaction before the row goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from crm.contacts.models import Contact
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.timeline.recording import record

BIN_DAYS = 30
Eraser = Callable[[Contact], object]
_erasers: dict[str, Eraser] = {}
covered: set[str] = set()


def register_eraser(name: str, erase: Eraser, *, covers: Iterable[str] = ()) -> None:
    """`covers` names the foreign keys to a contact that this eraser looks after: "campaigns.Submission.contact"."""
    _erasers[name] = erase
    covered.update(covers)


@transaction.atomic
def erase(contact: Contact, *, actor: str) -> None:
    """Walks the registry, takes the person out of every event, and deletes the row. `actor` is for the audit log of the edge.

    Duplicates merged into the contact go with it. Suppressions stay: consent's eraser sees to that.
    """
    fresh = Contact.objects.select_for_update().get(pk=contact.pk)
    for duplicate in fresh.merged_from.all():
        erase(duplicate, actor=actor)
    for one in _erasers.values():
        one(fresh)
    _forget_events(fresh)
    gone = {"subject_type": "contact", "subject_id": fresh.pk}  # a number, so that those who mirror us erase them too
    fresh.delete()
    record(fresh.workspace_id, "contact.erased", **gone, actor=actor)


def _forget_events(contact: Contact) -> None:
    """Cuts the tie between events and person, and drops the properties that a kind calls personal."""
    events = Event.objects.filter(contact=contact)
    for name in list(events.order_by().values_list("kind", flat=True).distinct()):
        rows = list(events.filter(kind=name).only("pk", "occurred_at", "properties"))
        for row in rows:
            row.properties = _impersonal(name, row.properties)
        Event.objects.bulk_update(rows, ["properties"], batch_size=500)
    events.update(contact=None)
    about = Event.objects.filter(workspace_id=contact.workspace_id, subject_type="contact", subject_id=contact.pk)
    about.update(subject_label="", subject_id=None)


def _impersonal(name: str, properties: dict[str, object]) -> dict[str, object]:
    """A kind nobody registered, or one that an integrator named, may hold anything: all of it goes."""
    if not kinds.known(name) or name.startswith(kinds.CUSTOM):
        return {}
    personal = kinds.get(name).personal
    return {key: value for key, value in properties.items() if key not in personal}


def empty_bin(now: datetime, *, limit: int = 500) -> int:
    """Erases contacts that were binned more than 30 days ago, each in its own transaction; returns how many."""
    old = Contact.objects.filter(deleted_at__lt=now - timedelta(days=BIN_DAYS)).order_by("deleted_at")[:limit]
    for contact in old:
        erase(contact, actor="system")
    return len(old)
