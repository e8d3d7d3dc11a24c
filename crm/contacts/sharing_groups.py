"""Lists and tags of two contacts who become one, and back. Leaving is a "no" for that list, whoever of the two said it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.contacts.models import Contact, ContactTag, Subscription

JOINED, LEFT = Subscription.Status.JOINED, Subscription.Status.LEFT


def share(winner: Contact, loser: Contact) -> dict[str, Any]:
    """{"lists": {list id: what the winner's row became and what it was}, "tags": ids it got}."""
    return {"lists": _share_lists(winner, loser), "tags": _share_tags(winner, loser)}


def _share_lists(winner: Contact, loser: Contact) -> dict[str, dict[str, str | None]]:
    mine = {row.list_id: row for row in winner.subscriptions.all()}
    memo: dict[str, dict[str, str | None]] = {}
    for row in loser.subscriptions.order_by("list_id"):
        own = mine.get(row.list_id)
        if own is None:
            same = {"status": row.status, "joined_at": row.joined_at, "left_at": row.left_at}
            winner.subscriptions.create(workspace_id=row.workspace_id, list_id=row.list_id, **same)
        elif own.status == JOINED and row.status == LEFT:
            Subscription.objects.filter(pk=own.pk).update(status=LEFT, left_at=row.left_at)
        else:
            continue
        memo[str(row.list_id)] = {"now": _stamp(row), "was": own.status if own else None}
    return memo


def _stamp(row: Subscription) -> str:
    """Tells a row that somebody touched since from one that nobody did."""
    moment = row.left_at if row.status == LEFT else row.joined_at
    return f"{row.status} {moment.isoformat() if moment else ''}"


def _share_tags(winner: Contact, loser: Contact) -> list[int]:
    had = winner.contact_tags.values_list("tag_id", flat=True)
    rows = loser.contact_tags.exclude(tag_id__in=list(had))
    ContactTag.objects.bulk_create(
        [ContactTag(workspace_id=row.workspace_id, tag_id=row.tag_id, contact=winner) for row in rows]
    )
    return [row.tag_id for row in rows]


def give_back(winner: Contact, memo: Mapping[str, Any]) -> None:
    """Undoes `share` where nobody changed it since. An older memo has only the ids of the lists that were joined."""
    lists = memo.get("lists", {})
    if isinstance(lists, list):
        winner.subscriptions.filter(list_id__in=lists, status=JOINED).delete()
        lists = {}
    for row in winner.subscriptions.filter(list_id__in=[int(pk) for pk in lists]):
        state = lists[str(row.list_id)]
        if _stamp(row) != state["now"]:
            continue
        if state["was"] is None:
            row.delete()
        else:
            Subscription.objects.filter(pk=row.pk).update(status=state["was"], left_at=None)
    winner.contact_tags.filter(tag_id__in=memo.get("tags", [])).delete()
