"""Two contacts are one person: a "no" of either is the person's "no", and a "yes" comes along with its proof."""

from __future__ import annotations

from typing import Any

from crm.consent.models import Channel, Consent
from crm.contacts.merging import register_merger
from crm.contacts.models import Contact

PROOF = ("channel", "state", "source", "wording", "form_version", "ip", "actor", "created_at")


def merge(winner: Contact, loser: Contact) -> list[dict[str, int | None]]:
    """Copies the loser's word where the winner has none, or where it is a no; returns what was laid over what."""
    memo: list[dict[str, int | None]] = []
    for channel in Channel:
        mine, theirs = _current(winner, channel), _current(loser, channel)
        if theirs is None or (
            mine is not None and (mine.state == theirs.state or theirs.state == Consent.State.GRANTED)
        ):
            continue
        if mine is not None:
            Consent.objects.filter(pk=mine.pk).update(is_current=False)
        copy = Consent.objects.create(
            workspace_id=winner.workspace_id, contact=winner, **{name: getattr(theirs, name) for name in PROOF}
        )
        memo.append({"copy": copy.pk, "over": mine.pk if mine else None})
    return memo


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    """Takes the copies back where nothing was said since."""
    for entry in memo or []:
        gone, _rows = Consent.objects.filter(pk=entry["copy"], contact=winner, is_current=True).delete()
        if gone and entry["over"]:
            Consent.objects.filter(pk=entry["over"], contact=winner).update(is_current=True)


def _current(contact: Contact, channel: str) -> Consent | None:
    return Consent.objects.filter(contact=contact, channel=channel, is_current=True).first()


register_merger("consent", merge, unmerge)
