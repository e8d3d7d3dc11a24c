"""What this room adds to a contact's card: the mails of the person. And what it forgets when a person is erased or merged."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from campaigns.mailings.models import Delivery
from crm.contacts import card, erasing, merging
from crm.contacts.models import Contact
from crm.outbox.models import OutboxMessage
from crm.timeline.models import Event
from crm.workspaces.http import MemberRequest

MOST = 5


def draw_mails(request: MemberRequest, contact: Contact) -> SafeString | str:
    """The last mails, and whether they were opened or clicked."""
    people = merging.ids_of(contact)
    rows = Delivery.objects.filter(workspace=request.workspace, contact__in=people).exclude(
        state=Delivery.State.SKIPPED
    )
    listed = list(rows.select_related("mailing").defer("mailing__compiled").order_by("-pk")[: MOST + 1])
    if not listed:
        return ""
    did = _did(people, [row.mailing_id for row in listed])
    mails = [{"delivery": row, "did": did.get(row.mailing_id, "")} for row in listed[:MOST]]
    context = {"mails": mails, "more": len(listed) > MOST}
    return render_to_string("campaigns/mailings/_card_mails.html", context, request=request)


def _did(people: list[int], mailing_ids: list[int]) -> dict[int, str]:
    """The strongest thing the person did with each mailing: clicked before opened."""
    kinds = ("mailing.opened", "mailing.clicked")
    events = Event.objects.people().filter(contact__in=people, kind__in=kinds, subject_id__in=mailing_ids)
    found: dict[int, str] = {}
    for kind, subject_id in events.order_by("kind").values_list("kind", "subject_id").distinct():
        mailing_id = subject_id or 0
        if found.get(mailing_id) != "clicked":
            found[mailing_id] = kind.removeprefix("mailing.")
    return found


def forget(contact: Contact) -> None:
    """The rows stay, for the books must balance; the address and what servers said about it go. Who waits is not written to."""
    rows = Delivery.objects.filter(contact=contact)
    waiting = [Delivery.State.QUEUED, Delivery.State.DEFERRED, Delivery.State.CLAIMED]
    rows.filter(state__in=waiting).update(state=Delivery.State.CANCELLED, lease_until=None)
    rows.update(address="", reply_text="", contact=None)
    if contact.email:
        OutboxMessage.objects.filter(workspace_id=contact.workspace_id, rcpt_to=contact.email).delete()


card.register_panel("mails", draw_mails, order=60)
erasing.register_eraser("mailings", forget, covers=["campaigns.Delivery.contact"])
