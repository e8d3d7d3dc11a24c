"""Undoing a merge, at any time and in any order.

The merges of one person are a pile: each was laid over what stood there before it. To take one out, those above it are lifted
off, it is undone, and they are laid down again; so what is left is what there would be if it had never happened, and a "no"
that another of the duplicates said still holds. What the winner changed since stays with the winner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.contacts import changing, merging, sharing_groups
from crm.contacts.locking import hold_fields, lock_family, patient
from crm.contacts.models import Contact
from crm.timeline.models import Event
from crm.timeline.recording import record

KIND = "contact.merged"
EMPTY: dict[str, Any] = {"email": None, "phone": None, "first_name": "", "last_name": "", "source": ""}


@patient  # an automation that is at work on them may be there
@transaction.atomic
def unmerge(loser: Contact, actor: str) -> Contact:
    """Undoes the merge of `loser`. Returns it, a contact again. Raises ValidationError where it is none, or where an address
    it would take back belongs to somebody new."""
    found = Contact.objects.select_related("workspace").filter(pk=loser.pk).first()
    if found is None or found.merged_into_id is None:
        raise ValidationError(_("This contact was not merged."), code="merge")
    hold_fields(found.workspace)
    people = _locked_family(found.merged_into_id)
    if loser.pk not in people:  # undone by another hand while this one waited
        raise ValidationError(_("This contact was not merged."), code="merge")
    try:
        with transaction.atomic():
            return _take_out(people, loser.pk, actor)
    except IntegrityError:
        raise ValidationError(_("An address of this contact belongs to somebody new by now."), code="merge") from None


def _take_out(people: Mapping[int, Contact], pk: int, actor: str) -> Contact:
    acts = acts_of(people)
    place = next((place for place, act in enumerate(acts) if act.subject_id == pk), None)
    if place is None:
        return _release(people[pk], actor)
    above = [(act, _undo(people, act)) for act in reversed(acts[place + 1 :])]
    _undo(people, acts[place])
    host = people[acts[place].contact_id or 0]
    record(host.workspace_id, "contact.unmerged", contact=host, subject=people[pk], actor=actor)
    for act, choices in reversed(above):
        winner, other = people[act.contact_id or 0], people[act.subject_id or 0]
        about = {"occurred_at": act.occurred_at, "again": True}
        merging.join(winner, other, act.actor, choices=choices, **about)
        for row in people.values():
            row.refresh_from_db(fields=["merged_into"])
    return people[pk]


def acts_of(ids: Iterable[int]) -> list[Event]:
    """The merges that stand now among these, the oldest first: of each duplicate the latest act."""
    family = list(ids)
    events = Event.objects.filter(contact_id__in=family, kind=KIND, subject_type="contact", subject_id__in=family)
    merged = Contact.objects.filter(pk__in=family, merged_into__isnull=False).values("pk")
    latest = {event.subject_id: event for event in events.filter(subject_id__in=merged).order_by("id")}
    return sorted(latest.values(), key=lambda event: event.pk)


def _locked_family(pk: int) -> dict[int, Contact]:
    """The person's rows by id, locked in one order. `merged_into` never chains: whoever is merged points at the top."""
    merged = Contact.objects.filter(merged_into_id=pk).values_list("pk", flat=True)
    family = lock_family([pk, *merged])
    return {key: row for key, row in family.items() if pk in (row.pk, row.merged_into_id)}


def _undo(people: Mapping[int, Contact], act: Event) -> dict[str, str]:
    """Takes one merge back. Returns the choices of it that were really given back, for laying it down again."""
    winner, loser, memo = people[act.contact_id or 0], people[act.subject_id or 0], act.properties
    given = _give_back(winner, loser, memo)
    sharing_groups.give_back(winner, memo)
    loser.merged_into = None
    _save(winner, loser)
    for pk in memo.get("moved", []):
        if Contact.objects.filter(pk=pk, merged_into=winner).update(merged_into=loser):
            people[pk].merged_into = loser
    for name, (_merge, undo) in merging.mergers().items():
        undo(winner, loser, memo.get("memos", {}).get(name))
    return {key: choice for key, choice in memo.get("choices", {}).items() if key in given}


def _give_back(winner: Contact, loser: Contact, memo: Mapping[str, Any]) -> set[str]:
    filled, replaced = memo.get("filled", {}), memo.get("replaced", {})
    given = {key for key, value in filled.items() if merging.value_of(winner, key) == value}
    changing.apply(loser, {key: filled[key] for key in merging.IDENTITY if key in replaced and key in filled})
    changing.apply(winner, {key: replaced.get(key, EMPTY.get(key)) for key in given})
    return given


def _save(winner: Contact, loser: Contact) -> None:
    """The winner first, for it gives back what the loser takes."""
    for contact in (winner, loser):
        _check_addresses(contact)
        contact.save()


def _check_addresses(contact: Contact) -> None:
    """Somebody new may have come by an address meanwhile. Raises ValidationError that names them."""
    others = Contact.objects.filter(workspace_id=contact.workspace_id, merged_into=None).exclude(pk=contact.pk)
    for key in merging.IDENTITY if contact.merged_into_id is None else ():
        value = getattr(contact, key)
        holder = others.filter(**{key: value}).first() if value else None
        if holder:
            words = _("%(address)s belongs to another contact by now: %(name)s. Change it there, then undo the merge.")
            raise ValidationError(words % {"address": value, "name": holder}, code="merge")


def _release(loser: Contact, actor: str) -> Contact:
    """A merge that no event tells of: the rows part, and nothing else moves."""
    host = loser.merged_into
    loser.merged_into = None
    _check_addresses(loser)
    loser.save()
    record(loser.workspace_id, "contact.unmerged", contact=host, subject=loser, actor=actor)
    return loser
