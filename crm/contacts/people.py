"""People as rows of a list: who, where they stand, what they did last. Two statements for a page, however long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crm.contacts.fields import display
from crm.contacts.models import Contact, CustomField
from crm.timeline import kinds
from crm.timeline.models import Event


@dataclass(frozen=True, slots=True)
class Row:
    contact: Contact
    status: str
    did: str
    did_at: object


def rows_of(contacts: Iterable[Contact]) -> list[Row]:
    """`contacts` are of one business. `status` is the option of the starter field, in words; `did` the latest event."""
    listed = list(contacts)
    if not listed:
        return []
    field = CustomField.objects.filter(workspace_id=listed[0].workspace_id, key="status", archived_at=None).first()
    latest = _latest([contact.pk for contact in listed])
    return [_row(contact, field, latest.get(contact.pk)) for contact in listed]


def status_of(contact: Contact, field: CustomField | None) -> str:
    value = contact.values.get(field.storage_key) if field else None
    return display(field, value) if field and value else ""


def _row(contact: Contact, field: CustomField | None, event: Event | None) -> Row:
    if event is None:
        return Row(contact, status_of(contact, field), "", None)
    words = kinds.sentence(event.kind, subject=event.subject_label, properties=event.properties)
    return Row(contact, status_of(contact, field), words, event.occurred_at)


LATEST = """
SELECT e.* FROM unnest(%s::bigint[]) AS c (id) CROSS JOIN LATERAL (
    SELECT * FROM crm_event WHERE contact_id = c.id AND verdict <> 'robot' ORDER BY occurred_at DESC, id DESC LIMIT 1
) e
"""  # one step into the index for each person, however long their story


def _latest(ids: list[int]) -> dict[int, Event]:
    return {event.contact_id: event for event in Event.objects.raw(LATEST, [ids]) if event.contact_id}
