"""What members see of consent: the current word per channel with its proof, and whether the address is blocked."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.consent.granting import address_of
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, PendingConsent, Suppression
from crm.contacts.models import Contact
from crm.workspaces.models import User

SOURCES = {
    "form": gettext_lazy("in a form"),
    "member": gettext_lazy("typed by a member"),
    "import": gettext_lazy("in an import"),
    "api": gettext_lazy("from a connected system"),
    "unsubscribe": gettext_lazy("on the page of preferences"),
    "preferences": gettext_lazy("on the page of preferences"),
    "one_click": gettext_lazy("by one click in the mail program"),
    "complaint": gettext_lazy("by reporting spam"),
}
LIFTED_BY_A_MEMBER = (Suppression.Reason.DEAD, Suppression.Reason.BY_HAND)


@dataclass(frozen=True, slots=True)
class Proof:
    """One statement of the ledger, with its words made readable."""

    row: Consent
    source: str
    actor: str

    @property
    def is_granted(self) -> bool:
        return self.row.state == Consent.State.GRANTED


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel of one contact: `proofs` newest first; `block` when the address may not be written to at all."""

    channel: str
    label: str
    current: Proof | None
    proofs: list[Proof]
    block: Suppression | None
    pending: PendingConsent | None = None

    @property
    def state(self) -> str:
        return self.current.row.state if self.current else "unknown"


def standings(contact: Contact) -> list[Standing]:
    """Every channel, asked of the database in three or four questions."""
    rows = list(Consent.objects.filter(contact=contact))
    names = _names(rows)
    proofs = [Proof(row, source_words(row.source), _actor(row.actor, names)) for row in rows]
    blocks, waiting = _blocks(contact), list(PendingConsent.objects.filter(contact=contact).open())
    return [_standing(Channel(channel), proofs, blocks, waiting) for channel in Channel]


def source_words(source: str) -> str:
    return str(SOURCES.get(source, source))


def _standing(
    channel: Channel, proofs: list[Proof], blocks: dict[str, Suppression], waiting: list[PendingConsent]
) -> Standing:
    own = [proof for proof in proofs if proof.row.channel == channel]
    current = next((proof for proof in own if proof.row.is_current), None)
    pending = next((row for row in waiting if channel in row.consents), None)
    return Standing(channel, str(channel.label), current, own, blocks.get(channel), pending)


def _blocks(contact: Contact) -> dict[str, Suppression]:
    addresses = {channel: address_of(contact, channel) for channel in Channel}
    digests = {channel: address_hash(contact.workspace_id, text) for channel, text in addresses.items() if text}
    rows = Suppression.objects.filter(workspace_id=contact.workspace_id, address_hash__in=set(digests.values()))
    return {row.channel: row for row in rows if digests.get(Channel(row.channel)) == bytes(row.address_hash)}


def _names(rows: list[Consent]) -> dict[str, str]:
    ids = {int(row.actor[5:]) for row in rows if row.actor.startswith("user:") and row.actor[5:].isdigit()}
    return {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _actor(actor: str, names: dict[str, str]) -> str:
    if actor == "contact":
        return _("The person")
    return names.get(actor, "") or (_("A connected system") if actor.startswith("key:") else "")
