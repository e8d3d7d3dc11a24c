"""Two contacts are one person: a "no" of either is the person's "no", and a "yes" comes along with its proof."""

from __future__ import annotations

from typing import Any

from crm.consent.granting import address_of
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, PendingConsent, SubjectRequest, Suppression
from crm.contacts.merging import register_merger
from crm.contacts.models import Contact

PROOF = (
    *("channel", "state", "source", "wording", "form_version", "ip", "actor", "created_at"),
    *("asked_at", "asked_ip"),
)
ASKED_TO_STOP = (Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.COMPLAINED)


def merge(winner: Contact, loser: Contact) -> dict[str, Any]:
    """Copies the loser's word where the winner has none, or where it is a no. Returns what was laid over what, and which
    open requests came along."""
    laid = [memo for channel in Channel if (memo := _merge_channel(winner, loser, channel))]
    return {"laid": laid, "pending": _take_pending(winner, loser), "asked": _take_requests(winner, loser)}


def _merge_channel(winner: Contact, loser: Contact, channel: Channel) -> dict[str, int | None] | None:
    mine, theirs = _current(winner, channel), word_of(loser, channel)
    if theirs is None or (mine is not None and (mine.state == theirs.state or theirs.state == Consent.State.GRANTED)):
        return None
    if mine is not None:
        Consent.objects.filter(pk=mine.pk).update(is_current=False)
    copy = Consent.objects.create(
        workspace_id=winner.workspace_id, contact=winner, **{name: getattr(theirs, name) for name in PROOF}
    )
    return {"copy": copy.pk, "over": mine.pk if mine else None}


def word_of(contact: Contact, channel: Channel) -> Consent | None:
    """The contact's current word; or, where they got out by an address alone, the "no" that its block stands for."""
    said, address = _current(contact, channel), address_of(contact, channel)
    if address is None or (said is not None and said.state == Consent.State.WITHDRAWN):
        return said
    blocks = Suppression.objects.filter(workspace_id=contact.workspace_id, channel=channel, reason__in=ASKED_TO_STOP)
    block = blocks.filter(address_hash=address_hash(contact.workspace_id, address)).first()
    if block is None:
        return said
    source = "complaint" if block.reason == Suppression.Reason.COMPLAINED else "unsubscribe"
    return Consent(channel=channel, state=Consent.State.WITHDRAWN, source=source, created_at=block.created_at)


def _take_pending(winner: Contact, loser: Contact) -> list[int]:
    ids = list(PendingConsent.objects.filter(contact=loser, closed_at=None).values_list("pk", flat=True))
    PendingConsent.objects.filter(pk__in=ids).update(contact=winner)
    return ids


def _take_requests(winner: Contact, loser: Contact) -> list[int]:
    """The winner's own request of a kind is enough: the loser's stays where it is."""
    own = list(SubjectRequest.objects.filter(contact=winner, done_at=None).values_list("kind", flat=True))
    rows = SubjectRequest.objects.filter(contact=loser, done_at=None).exclude(kind__in=own)
    ids = list(rows.values_list("pk", flat=True))
    SubjectRequest.objects.filter(pk__in=ids).update(contact=winner)
    return ids


def unmerge(winner: Contact, loser: Contact, memo: Any) -> None:
    """Takes the copies back where nothing was said since."""
    memo = memo if isinstance(memo, dict) else {"laid": memo or []}
    for entry in memo["laid"]:
        gone, _rows = Consent.objects.filter(pk=entry["copy"], contact=winner, is_current=True).delete()
        if gone and entry["over"]:
            Consent.objects.filter(pk=entry["over"], contact=winner).update(is_current=True)
    PendingConsent.objects.filter(pk__in=memo.get("pending", []), contact=winner).update(contact=loser)
    SubjectRequest.objects.filter(pk__in=memo.get("asked", []), contact=winner).update(contact=loser)


def _current(contact: Contact, channel: str) -> Consent | None:
    return Consent.objects.filter(contact=contact, channel=channel, is_current=True).first()


register_merger(
    "consent",
    merge,
    unmerge,
    covers=["crm.Consent.contact", "crm.PendingConsent.contact", "crm.SubjectRequest.contact"],
)
