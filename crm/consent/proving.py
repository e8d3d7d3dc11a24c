"""Agreements that an integrator brings with their proof. The person's own word is law, and another system's word is not it.

A "yes" from outside never undoes a "no" of the person, never lifts a block of an address, never replaces a newer "yes"; a "no"
from outside counts unless the person said "yes" after it. The same proof brought again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm.consent.granting import address_of
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, Suppression
from crm.contacts import agreeing
from crm.contacts.agreeing import Agreement, Told
from crm.contacts.models import Contact
from crm.timeline.models import Event
from crm.timeline.recording import build, record_many
from crm.workspaces.pouring import pour

GRANTED, WITHDRAWN = Consent.State.GRANTED, Consent.State.WITHDRAWN
SOURCE = "api"
Key = tuple[int, str]
Rows = Sequence[tuple[Contact, Agreement]]


def prove(rows: Rows, *, actor: str) -> list[Told]:
    """Enters what may be entered; says of each what became of it. The caller's transaction holds the contacts."""
    current, blocked = _current(rows), _blocked(rows)
    new: list[Consent] = []
    told, events, closed = [], [], []
    for contact, agreement in rows:
        key = contact.pk, agreement.channel
        before = current.get(key)
        became = _decide(before, agreement, is_blocked=_digest(contact, agreement.channel) in blocked)
        told.append(Told(agreement.channel, became))
        if became not in (GRANTED, WITHDRAWN):
            continue
        if before is not None:
            before.is_current = False
            closed.append(before.pk)
        current[key] = _entry(contact, agreement, actor)
        new.append(current[key])
        events += _event(contact, before, current[key])
    Consent.objects.filter(pk__in=[pk for pk in closed if pk]).update(is_current=False)
    pour(new)
    record_many(events)
    return told


def _decide(before: Consent | None, agreement: Agreement, *, is_blocked: bool) -> str:
    state = GRANTED if agreement.is_granted else WITHDRAWN
    if before is not None and before.state == WITHDRAWN:
        return "kept" if agreement.is_granted else "unchanged"
    if before is not None and (before.created_at > agreement.at or _is_same(before, agreement, state)):
        return "unchanged"
    return "blocked" if is_blocked and agreement.is_granted else str(state)


def _is_same(before: Consent, agreement: Agreement, state: str) -> bool:
    return before.state == state and before.created_at == agreement.at and before.wording == agreement.wording


def _entry(contact: Contact, agreement: Agreement, actor: str) -> Consent:
    return Consent(
        workspace_id=contact.workspace_id,
        contact=contact,
        channel=Channel(agreement.channel),
        state=GRANTED if agreement.is_granted else WITHDRAWN,
        source=SOURCE,
        wording=agreement.wording,
        actor=actor,
        created_at=agreement.at,
    )


def _event(contact: Contact, before: Consent | None, row: Consent) -> list[Event]:
    if before is not None and before.state == row.state:
        return []
    about: dict[str, Any] = {"actor": row.actor, "source": SOURCE, "channel": str(row.channel)}
    return [build(contact.workspace_id, f"consent.{row.state}", contact=contact, **about)]


def _current(rows: Rows) -> dict[Key, Consent]:
    people = {contact.pk for contact, _agreement in rows}
    return {
        (row.contact_id, row.channel): row for row in Consent.objects.filter(contact_id__in=people, is_current=True)
    }


def _digest(contact: Contact, channel: str) -> tuple[str, bytes] | None:
    address = address_of(contact, channel)
    return (channel, address_hash(contact.workspace_id, address)) if address else None


def _blocked(rows: Rows) -> set[tuple[str, bytes]]:
    wanted = {digest for contact, agreement in rows if (digest := _digest(contact, agreement.channel))}
    if not wanted:
        return set()
    found = Suppression.objects.filter(
        workspace_id=rows[0][0].workspace_id, address_hash__in=[digest for _channel, digest in wanted]
    )
    return {(row.channel, bytes(row.address_hash)) for row in found}


def states(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What each contact says now, by channel; those who never said anything are left out."""
    told: dict[int, dict[str, str]] = {}
    rows = Consent.objects.filter(contact_id__in=ids, is_current=True).order_by("contact_id", "channel")
    for contact_id, channel, state in rows.values_list("contact_id", "channel", "state"):
        told.setdefault(contact_id, {})[channel] = state
    return told


agreeing.register(lambda: list(Channel.values), prove, states)
