"""A mailing before it is sent: as one person would see it, and as a test in a member's own mailbox."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.content import merging
from campaigns.content.compiling import CompiledMail
from campaigns.content.pieces import assemble
from campaigns.content.previewing import example, someone_known, visible
from campaigns.mailings.compiling import compile_mailing
from campaigns.mailings.composing import Composer, Person, composer_for
from campaigns.mailings.ledger import Row
from campaigns.mailings.models import Mailing
from campaigns.mailings.smtp import Envelope
from campaigns.mailings.transports import Transport, Unreachable, transport_for
from crm.contacts.models import Contact
from crm.workspaces.models import User


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees: subject with the law's word, and HTML whose links lead straight on, uncounted."""

    subject: str
    html: str
    text: str


def reader_of(mailing: Mailing, contact_id: int | None) -> Contact:
    """The contact of the preview: the named one of this business, else the newest with a name, else an example."""
    people = Contact.objects.alive().filter(workspace=mailing.workspace)
    found = people.filter(pk=contact_id).first() if contact_id else None
    return found or someone_known(mailing.workspace) or example(mailing.workspace)


def as_seen_by(mailing: Mailing, contact: Contact | None) -> Seen:
    """Draft or started; a started one from what was frozen. Raises MergeError where the subject is faulty."""
    composer = _composer(mailing)
    compiled, person = composer.compiled, _person(composer, contact)
    holes = {"unsubscribe": "#", **composer.personal_holes(None)}
    html, text = (
        assemble(part, values=person.values, visible=person.visible, links=_straight(compiled), holes=holes)
        for part in (compiled.html, compiled.text)
    )
    return Seen(composer.subject(person), html, text)


def send_test(mailing: Mailing, *, to: User, contact: Contact | None, transport: Transport | None = None) -> None:
    """One mail to the member, as the contact would get it, its subject marked. Raises ValidationError in plain words."""
    if not mailing.workspace.has_sender:
        raise ValidationError(
            _("A test needs the sender's details. Fill them in under “Sender and domain”."), code="sender"
        )
    composer = _composer(mailing)
    row = Row(-secrets.randbits(62), None, to.email, 0)
    links = _straight(composer.compiled)
    mark = _("[Test] ")
    holes = {"unsubscribe": "#", **composer.personal_holes(None)}
    person = _person(composer, contact)
    mime = composer.fill(row, person, holes=holes, links=links, now=timezone.now(), mark=mark)
    way = transport or transport_for(mailing.workspace)
    try:
        way.open()
        (reply,) = way.send([Envelope(composer.sender, to.email, mime)])
    except Unreachable as error:
        raise ValidationError(_("The mail server does not answer: %(why)s") % {"why": error}, code="server") from error
    finally:
        way.close()
    if not reply.is_positive:
        raise ValidationError(_("The mail server refused the test: %(why)s") % {"why": reply}, code="server")


def _composer(mailing: Mailing) -> Composer:
    return composer_for(mailing) if mailing.compiled else Composer(mailing, compile_mailing(mailing))


def _person(composer: Composer, contact: Contact | None) -> Person:
    values = merging.values_of(contact, composer.people.keys, fields=composer.people.fields)
    return Person(values, visible(composer.compiled, composer.workspace, contact))


def _straight(compiled: CompiledMail) -> list[str]:
    return [link.url.replace("&", "&amp;").replace('"', "%22") for link in compiled.links]
