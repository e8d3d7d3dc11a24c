"""People read for a file: in the order that was asked for, a batch at a time, however many they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from crm.consent.models import Consent
from crm.contacts.models import Contact, ContactQuerySet, ContactTag, Subscription
from crm.exports.columns import Person
from crm.workspaces.models import Workspace

BATCH = 1000
COLUMNS = ("pk", "email", "phone", "first_name", "last_name", "source", "created_at", "values")


def numbers(people: ContactQuerySet) -> array[int]:
    """Who they are at this moment, eight bytes each: so the count is known before the first byte leaves, and no question stays
    open at the database while somebody's slow line takes the file."""
    return array("q", people.values_list("pk", flat=True).iterator(chunk_size=10_000))


def people(workspace: Workspace, ids: array[int], asked: Iterable[str]) -> Iterator[Person]:
    """The people themselves; who was erased since is left out. `asked` are keys of columns: only what they need is read."""
    wanted = set(asked)
    for start in range(0, len(ids), BATCH):
        yield from _batch(workspace, ids[start : start + BATCH].tolist(), wanted)


def _batch(workspace: Workspace, ids: list[int], wanted: set[str]) -> Iterator[Person]:
    rows = Contact.objects.filter(workspace=workspace, pk__in=ids, merged_into=None).order_by()
    found = {row[0]: Person(*row) for row in rows.values_list(*COLUMNS)}
    if "lists" in wanted:
        _take_lists(found)
    if "tags" in wanted:
        _take_tags(found)
    if any(key.startswith("consent.") for key in wanted):
        _take_consents(found)
    return (found[pk] for pk in ids if pk in found)


def _take_lists(found: dict[int, Person]) -> None:
    rows: Any = Subscription.objects.filter(contact_id__in=list(found), status="joined", list__deleted_at=None)
    for pk, name in rows.order_by("list__name", "list_id").values_list("contact_id", "list__name"):
        found[pk].lists.append(name)


def _take_tags(found: dict[int, Person]) -> None:
    rows = ContactTag.objects.filter(contact_id__in=list(found)).order_by("tag__name", "tag_id")
    for pk, name in rows.values_list("contact_id", "tag__name"):
        found[pk].tags.append(name)


def _take_consents(found: dict[int, Person]) -> None:
    rows = Consent.objects.filter(contact_id__in=list(found), is_current=True).order_by()
    for pk, channel, state, since, source in rows.values_list("contact_id", "channel", "state", "created_at", "source"):
        found[pk].consents[channel] = (state, since, source)
