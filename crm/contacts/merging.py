"""Two contacts are one person: a recorded act that can be undone. No event is rewritten; the loser's row stays and points.

Rooms above move what must follow the person: `register_merger("consent", merge, unmerge)`. `merge(winner, loser)` returns a
memo that JSON can hold; `unmerge(winner, loser, memo)` gets it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.contacts import changing
from crm.contacts.locking import hold_fields
from crm.contacts.models import Contact, ContactTag, Subscription
from crm.timeline.models import Event
from crm.timeline.recording import record

Merger = Callable[[Contact, Contact], Any]
Unmerger = Callable[[Contact, Contact, Any], object]
_mergers: dict[str, tuple[Merger, Unmerger]] = {}


def register_merger(name: str, merge: Merger, unmerge: Unmerger) -> None:
    _mergers[name] = (merge, unmerge)


def ids_of(contact: Contact) -> list[int]:
    """The contact and everybody merged into it: whose events make up the card's timeline."""
    return [contact.pk, *contact.merged_from.values_list("pk", flat=True)]


@transaction.atomic
def merge(winner: Contact, loser: Contact, actor: str) -> Contact:
    """The winner takes what it lacks: addresses, names, values, lists, tags. Raises ValidationError where it makes no sense."""
    hold_fields(winner.workspace)
    rows = Contact.objects.select_for_update(of=("self",)).select_related("workspace").order_by("pk")
    both = {row.pk: row for row in rows.filter(pk__in=[winner.pk, loser.pk])}
    winner, loser = both[winner.pk], both[loser.pk]
    if winner == loser or winner.workspace_id != loser.workspace_id or winner.merged_into_id or loser.merged_into_id:
        raise ValidationError(_("These two cannot be merged."), code="merge")
    loser.merged_into = winner
    loser.save()
    Contact.objects.filter(merged_into=loser).update(merged_into=winner)
    filled = _fill(winner, loser)
    memos = {name: moves[0](winner, loser) for name, moves in _mergers.items()}
    note = {"filled": filled, "memos": memos, "lists": _share_lists(winner, loser), "tags": _share_tags(winner, loser)}
    record(winner.workspace_id, "contact.merged", contact=winner, subject=loser, actor=actor, **note)
    return winner


def _fill(winner: Contact, loser: Contact) -> dict[str, Any]:
    """Fills the winner's blanks; returns what was filled."""
    offered = {key: getattr(loser, key) for key in changing.OWN} | loser.values
    blank = {key: value for key, value in offered.items() if value and not _of(winner, key)}
    changing.apply(winner, blank)
    winner.save()
    return blank


def _of(contact: Contact, key: str) -> Any:
    return getattr(contact, key) if key in changing.OWN else contact.values.get(key)


def _share_lists(winner: Contact, loser: Contact) -> list[int]:
    had = winner.subscriptions.values_list("list_id", flat=True)
    rows = loser.subscriptions.filter(status=Subscription.Status.JOINED).exclude(list_id__in=list(had))
    for row in rows:
        winner.subscriptions.create(workspace_id=row.workspace_id, list_id=row.list_id, joined_at=row.joined_at)
    return [row.list_id for row in rows]


def _share_tags(winner: Contact, loser: Contact) -> list[int]:
    had = winner.contact_tags.values_list("tag_id", flat=True)
    rows = loser.contact_tags.exclude(tag_id__in=list(had))
    ContactTag.objects.bulk_create(
        [ContactTag(workspace_id=row.workspace_id, tag_id=row.tag_id, contact=winner) for row in rows]
    )
    return [row.tag_id for row in rows]


@transaction.atomic
def unmerge(loser: Contact, actor: str) -> Contact:
    """Undoes `merge`; what the winner took and did not change since goes back. Returns the loser, a contact again."""
    loser = Contact.objects.select_for_update().get(pk=loser.pk)
    if loser.merged_into_id is None:
        raise ValidationError(_("This contact was not merged."), code="merge")
    winner = Contact.objects.select_for_update().get(pk=loser.merged_into_id)
    acts = Event.objects.filter(kind="contact.merged", subject_type="contact", subject_id=loser.pk)
    act = acts.filter(contact_id=winner.pk).order_by("-id").first()
    memo = act.properties if act else {}
    _give_back(winner, memo)
    loser.merged_into = None
    loser.save()
    for name, (_merge, undo) in _mergers.items():
        undo(winner, loser, memo.get("memos", {}).get(name))
    record(winner.workspace_id, "contact.unmerged", contact=winner, subject=loser, actor=actor)
    return loser


def _give_back(winner: Contact, memo: dict[str, Any]) -> None:
    taken = {key: value for key, value in memo.get("filled", {}).items() if _of(winner, key) == value}
    empty: dict[str, Any] = {"email": None, "phone": None, "first_name": "", "last_name": "", "source": ""}
    changing.apply(winner, {key: empty.get(key) for key in taken})
    winner.save()
    winner.subscriptions.filter(list_id__in=memo.get("lists", [])).delete()
    winner.contact_tags.filter(tag_id__in=memo.get("tags", [])).delete()
