"""What this room holds about a person: every statement with its proof, what waits, what is blocked, what they asked for."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from crm.consent.granting import address_of
from crm.consent.hashing import address_hash
from crm.consent.models import Channel, Consent, PendingConsent, SubjectRequest, Suppression
from crm.consent.showing import source_words
from crm.contacts.disclosing import Section, register_discloser
from crm.contacts.models import Contact
from crm.workspaces.models import Workspace

CHANNELS = dict(Channel.choices)


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    yield _consents(ids)
    yield _pending(ids)
    yield _blocks(workspace, ids)
    yield _requests(ids)


def _consents(ids: list[int]) -> Section:
    rows = [
        {
            "channel": row.channel,
            "channel_text": str(CHANNELS[row.channel]),
            "state": row.state,
            "state_text": row.get_state_display(),
            "at": row.created_at,
            "ip": row.ip,
            "asked_at": row.asked_at,
            "asked_ip": row.asked_ip,
            "wording": row.wording,
            "source": row.source,
            "source_text": source_words(row.source),
            "form_version": row.form_version,
            "is_current": row.is_current,
        }
        for row in Consent.objects.filter(contact__in=ids).order_by("created_at", "id")
    ]
    columns = (
        *(("channel_text", _("Channel")), ("state_text", _("Said")), ("at", _("When")), ("source_text", _("How"))),
        *(("wording", _("In these words")), ("asked_at", _("Typed in the form")), ("ip", _("IP address"))),
    )
    return Section("consents", _("Consent to mailings"), columns, rows)


def _pending(ids: list[int]) -> Section:
    rows = [
        {
            "address": row.address,
            "consents": row.consents,
            "held": row.held,
            "asked_at": row.created_at,
            "ip": row.ip,
            "mailed_at": row.mailed_at,
            "confirmed_at": row.confirmed_at,
            "confirmed_ip": row.confirmed_ip,
            "channels_text": ", ".join(str(CHANNELS.get(channel, channel)) for channel in row.consents),
        }
        for row in PendingConsent.objects.filter(contact__in=ids).order_by("created_at", "id")
    ]
    columns = (("channels_text", _("Channel")), ("address", _("Address")), ("asked_at", _("Typed in the form")))
    return Section(
        "confirmations", _("Confirmations by mail"), (*columns, ("confirmed_at", _("Confirmed by mail"))), rows
    )


def _blocks(workspace: Workspace, ids: list[int]) -> Section:
    """Blocks are kept by hash, so they are found from the addresses. They outlive the person: that is what they are for."""
    people = Contact.objects.filter(workspace=workspace, pk__in=ids)
    spoken = {
        (str(channel), address_hash(workspace.pk, address)): address
        for contact in people
        for channel in Channel
        if (address := address_of(contact, channel))
    }
    found = Suppression.objects.filter(workspace=workspace, address_hash__in={digest for _channel, digest in spoken})
    rows = [
        {
            "address": spoken[row.channel, bytes(row.address_hash)],
            "channel": row.channel,
            "channel_text": row.get_channel_display(),
            "reason": row.reason,
            "reason_text": row.get_reason_display(),
            "since": row.created_at,
        }
        for row in found.order_by("created_at", "id")
        if (row.channel, bytes(row.address_hash)) in spoken
    ]
    columns = (
        ("address", _("Address")),
        ("channel_text", _("Channel")),
        ("reason_text", _("Why")),
        ("since", _("Since")),
    )
    return Section("blocks", _("Addresses that are not written to"), columns, rows, stays=True)


def _requests(ids: list[int]) -> Section:
    rows = [
        {"kind": row.kind, "kind_text": row.get_kind_display(), "asked_at": row.created_at, "done_at": row.done_at}
        for row in SubjectRequest.objects.filter(contact__in=ids)
    ]
    columns = (("kind_text", _("Request")), ("asked_at", _("When")), ("done_at", _("Done")))
    return Section("requests", _("Requests about the data"), columns, rows)


register_discloser(
    "consent",
    tell,
    covers=["crm.Consent.contact", "crm.PendingConsent.contact", "crm.SubjectRequest.contact"],
    order=20,
)
