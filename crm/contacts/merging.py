"""Two contacts are one person: a recorded act that can be undone. No event is rewritten; the loser's row stays and points.

Rooms above move what must follow the person: `register_merger("consent", merge, unmerge)`. `merge(winner, loser)` returns a
memo that JSON can hold; `unmerge(winner, loser, memo)` gets it back. Undoing is in `crm.contacts.unmerging`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.contacts import changing, sharing_groups
from crm.contacts.locking import hold_fields, lock_family, patient
from crm.contacts.models import Contact
from crm.timeline.recording import record

Merger = Callable[[Contact, Contact], Any]
Unmerger = Callable[[Contact, Contact, Any], object]
_mergers: dict[str, tuple[Merger, Unmerger]] = {}
covered: set[str] = set()  # "crm.Consent.contact": foreign keys to a contact that somebody here looks after
LOSER = "loser"
IDENTITY = ("email", "phone")


def register_merger(name: str, merge: Merger, unmerge: Unmerger, *, covers: Iterable[str] = ()) -> None:
    """`covers` names the foreign keys to a contact that this merger follows: "campaigns.Submission.contact"."""
    _mergers[name] = (merge, unmerge)
    covered.update(covers)


def mergers() -> Mapping[str, tuple[Merger, Unmerger]]:
    return _mergers


def ids_of(contact: Contact) -> list[int]:
    """The contact and everybody merged into it: whose events make up the card's timeline."""
    return [contact.pk, *contact.merged_from.values_list("pk", flat=True)]


@patient  # an automation that is at work on them may be there
@transaction.atomic
def merge(winner: Contact, loser: Contact, actor: str, *, choices: Mapping[str, str] | None = None) -> Contact:
    """The winner takes what it lacks: addresses, names, values, lists, tags; and keeps its own where both say something,
    unless `choices` says "loser" for that key ("last_name", "f12"). An address the winner gives up stays with the loser, so
    whoever comes by it is still found. Raises ValidationError where it makes no sense.
    """
    hold_fields(winner.workspace)
    winner, loser = _locked(winner, loser)
    _check(winner, loser)
    return join(winner, loser, actor, choices=_clean(choices or {}, winner, loser))


def join(winner: Contact, loser: Contact, actor: str, *, choices: Mapping[str, str], **about: Any) -> Contact:
    """The act itself, of two locked rows. The memo of it all lies in the event, under names that erasure takes out."""
    loser.merged_into = winner
    loser.save()
    moved = Contact.objects.filter(merged_into=loser)
    moved_ids = sorted(moved.values_list("pk", flat=True))
    moved.update(merged_into=winner)
    note = _fill(winner, loser, choices) | sharing_groups.share(winner, loser) | {"moved": moved_ids}
    note["memos"] = {name: moves[0](winner, loser) for name, moves in _mergers.items()}
    note["choices"] = {key: value for key, value in choices.items() if value == LOSER}
    record(winner.workspace_id, "contact.merged", contact=winner, subject=loser, actor=actor, **about, **note)
    return winner


def _locked(*contacts: Contact) -> list[Contact]:
    """Fresh rows in the order asked, locked in the order of their ids."""
    ids = [contact.pk for contact in contacts]
    found = lock_family(ids)
    if len(found) < len(set(ids)):
        raise ValidationError(_("These two cannot be merged."), code="merge")
    return [found[pk] for pk in ids]


def _check(winner: Contact, loser: Contact) -> None:
    if winner == loser or winner.workspace_id != loser.workspace_id or winner.merged_into_id or loser.merged_into_id:
        raise ValidationError(_("These two cannot be merged."), code="merge")
    if winner.deleted_at or loser.deleted_at:
        raise ValidationError(_("One of the two is in the bin. Restore it first."), code="merge")


def _clean(choices: Mapping[str, str], winner: Contact, loser: Contact) -> dict[str, str]:
    known = {*changing.OWN, *winner.values, *loser.values}
    if any(value not in ("winner", LOSER) for value in choices.values()):
        raise ValidationError({"choices": [_("Choose one of the two for every field.")]}, code="merge")
    if strange := [key for key in choices if key not in known]:
        raise ValidationError({"choices": [_("There is no such field: %(name)s.") % {"name": strange[0][:40]}]})
    return dict(choices)


def value_of(contact: Contact, key: str) -> Any:
    return getattr(contact, key) if key in changing.OWN else contact.values.get(key)


def _fill(winner: Contact, loser: Contact, choices: Mapping[str, str]) -> dict[str, Any]:
    """Fills the winner's blanks and what was chosen; returns what was taken, and what stood there before.

    Addresses change places: the row of the loser, which no audience reads, keeps the one the winner gave up.
    """
    offered = {key: getattr(loser, key) for key in changing.OWN} | loser.values
    said = {key: value for key, value in offered.items() if value not in (None, "")}
    taken = {
        key: value for key, value in said.items() if value_of(winner, key) in (None, "") or choices.get(key) == LOSER
    }
    replaced = {key: value_of(winner, key) for key in taken if value_of(winner, key) not in (None, "")}
    swapped = {key: replaced[key] for key in IDENTITY if key in replaced}
    if swapped:
        changing.apply(loser, swapped)
        loser.save()
    changing.apply(winner, taken)
    winner.save()
    return {"filled": taken, "replaced": replaced}
