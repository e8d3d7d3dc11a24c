"""Factories of mailings and their ledgers."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from campaigns.mailings import planning
from campaigns.mailings.models import Delivery, Link, Mailing
from campaigns.mailings.replies import Reply
from crm.models import Consent, Contact, List, Subscription, Workspace
from tests.campaigns.factories import DocumentFactory, block
from tests.crm.factories import ContactFactory, ListFactory, WorkspaceFactory


class MailingFactory(DjangoModelFactory[Mailing]):
    """A draft for everyone, with a greeting and a button, ready to be started: its business has a sender."""

    class Meta:
        model = Mailing

    class Params:
        service = factory.Trait(purpose=Mailing.Purpose.SERVICE)
        content = factory.Trait(purpose=Mailing.Purpose.CONTENT)
        sent = factory.Trait(status=Mailing.Status.SENT, audience_size=0)

    workspace = factory.SubFactory(WorkspaceFactory, with_sender=True)
    name = factory.Sequence("לתת לחבר רכב נקי {}".format)
    purpose = Mailing.Purpose.ADVERTISEMENT
    subject = "הרכב שלך כבר זוהר. של מי עוד?"
    document = factory.SubFactory(
        DocumentFactory,
        for_mail=True,
        workspace=factory.SelfAttribute("..workspace"),
        blocks=factory.LazyFunction(lambda: greeting()),
    )
    audience = factory.LazyFunction(lambda: {"everyone": True})


class DeliveryFactory(DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    mailing = factory.SubFactory(MailingFactory)
    workspace = factory.SelfAttribute("mailing.workspace")
    contact = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    address = factory.SelfAttribute("contact.email")
    state = Delivery.State.ACCEPTED


class LinkFactory(DjangoModelFactory[Link]):
    class Meta:
        model = Link

    mailing = factory.SubFactory(MailingFactory)
    workspace = factory.SelfAttribute("mailing.workspace")
    position = factory.Sequence(lambda number: number)
    url = "https://example.test/catalogue"
    label = "לכל הערכות"


def greeting() -> list[dict[str, Any]]:
    return [
        block("heading", text='היי {{ first_name | default: "חברים" }}'),
        block("text", text="יש מישהו שהחניה שלו מבקשת עזרה?"),
        block("button", text="לכל הערכות", link="https://example.test/catalogue"),
    ]


def make_people(workspace: Workspace, number: int, *, on: List | None = None, consent: bool = True) -> list[Contact]:
    """Contacts with consent to mailings, in a handful of statements; `on` puts them on a list."""
    people = Contact.objects.bulk_create(
        Contact(workspace=workspace, email=f"p{count}@example.test", first_name=f"דנה {count}")
        for count in range(number)
    )
    if consent:
        Consent.objects.bulk_create(
            Consent(workspace=workspace, contact=person, channel="email", state="granted", source="form")
            for person in people
        )
    if on:
        Subscription.objects.bulk_create(
            Subscription(workspace=workspace, list=on, contact=person) for person in people
        )
    return people


def make_list(workspace: Workspace, number: int = 0, **fields: Any) -> List:
    made = ListFactory(workspace=workspace, **fields)
    make_people(workspace, number, on=made)
    return made


def started(mailing: Mailing, *, chunk: int = planning.CHUNK) -> Mailing:
    """The mailing frozen and ready to be sent."""
    planning.start(mailing, None)
    while planning.freeze(mailing.pk, chunk=chunk):
        pass
    mailing.refresh_from_db()
    return mailing


class FakeTransport:
    """Answers as told by address; keeps what it was given. `during` is called in the middle of every group."""

    def __init__(self, replies: dict[str, Reply] | None = None, *, during: Any = None) -> None:
        self.replies, self.during = replies or {}, during
        self.mails: list[Any] = []

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, envelopes: Any) -> list[Reply]:
        self.mails += envelopes
        if self.during:
            self.during(envelopes)
        return [self.replies.get(envelope.recipient, Reply(250, "2.0.0 Ok")) for envelope in envelopes]

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mails]
