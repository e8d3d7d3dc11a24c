"""What a person may choose on the page of preferences: everything, nothing, or list by list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.consent.granting import LIFTED_BY_THE_PERSON, mask, state
from crm.consent.models import Channel, Consent, SubjectRequest, Suppression
from crm.consent.showing import source_words
from crm.consent.tokens import Unsubscribe
from crm.contacts.models import Contact, Subscription
from crm.contacts.subscribing import join, leave
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace


class Preferences:
    """What the page shows of one token. The words of a button are the words of the proof."""

    def __init__(self, workspace: Workspace, token: Unsubscribe, contact: Contact | None) -> None:
        self.workspace, self.token, self.contact = workspace, token, contact

    @property
    def address(self) -> str:
        """Masked, for a forwarded mail must not tell its reader whose it was."""
        return mask(self.contact.email) if self.contact and self.contact.email else ""

    @cached_property
    def block(self) -> Suppression | None:
        rows = Suppression.objects.filter(workspace=self.workspace, channel=Channel.EMAIL)
        return rows.filter(address_hash=self.token.address_hash).first()

    @property
    def is_blocked(self) -> bool:
        return self.block is not None

    @property
    def may_return(self) -> bool:
        """A person takes back what a person asked for; a dead address or a report of spam stays as it is."""
        return self.block is None or self.block.reason in LIFTED_BY_THE_PERSON

    @cached_property
    def is_out(self) -> bool:
        """Nothing but service mail reaches this person."""
        return self.is_blocked or (self.contact is not None and state(self.contact, Channel.EMAIL) == "withdrawn")

    @cached_property
    def subscriptions(self) -> list[Subscription]:
        return list(choosable(self.contact)) if self.contact and not self.is_out else []

    @cached_property
    def channels(self) -> list[Consent]:
        """What the person agreed to beside e-mail: each is stopped on its own."""
        if self.contact is None:
            return []
        rows = Consent.objects.filter(contact=self.contact, is_current=True, state=Consent.State.GRANTED)
        return [row for row in rows if row.channel != Channel.EMAIL]

    @cached_property
    def why(self) -> Consent | None:
        """The word on which mails are sent."""
        rows = Consent.objects.filter(contact=self.contact, channel=Channel.EMAIL, is_current=True)
        return rows.filter(state=Consent.State.GRANTED).first() if self.contact else None

    @property
    def why_source(self) -> str:
        return source_words(self.why.source) if self.why else ""

    @cached_property
    def asked(self) -> set[str]:
        """Kinds of request about the data that wait for the business."""
        if self.contact is None:
            return set()
        return set(SubjectRequest.objects.filter(contact=self.contact, done_at=None).values_list("kind", flat=True))

    def stop_words(self, channel: str) -> str:
        return _("Stop: %(channel)s") % {"channel": Channel(channel).label}

    @property
    def leave_words(self) -> str:
        return _("Stop all mailings")

    @property
    def return_words(self) -> str:
        return _("I agree that %(business)s sends me mailings. I can stop them at any time.") % {
            "business": self.workspace.name
        }


def choosable(contact: Contact) -> QuerySet[Subscription]:
    """The lists this person is or was on: nobody joins from here what they never asked for."""
    rows = Subscription.objects.filter(contact=contact, list__deleted_at=None)
    return rows.select_related("list").order_by("list__name")


@transaction.atomic
def save_lists(contact: Contact, wanted: Iterable[str]) -> None:
    """Joins and leaves so that exactly the wanted ones (ids, as a form sends them) of the choosable are joined."""
    ids = {whole(value) for value in wanted}
    for row in choosable(contact):
        is_on = row.status == Subscription.Status.JOINED
        if row.list_id in ids and not is_on:
            join(contact, row.list, actor="contact", source="preferences")
        elif row.list_id not in ids and is_on:
            leave(contact, row.list, actor="contact", source="preferences")
