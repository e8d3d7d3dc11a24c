"""A mail to a member about a contact, as an automation asked for it.

In trial mode the mail is a row of the outbox; one that goes out twice after a crash carries the same Message-ID, by which
mailboxes show it once.
"""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.automations.errand_answers import Failed, GaveUp
from campaigns.automations.models import Errand
from crm.contacts.models import Contact
from crm.outbox.models import OutboxMessage
from crm.workspaces.models import Membership, User


def do(errand: Errand) -> str:
    members = Membership.objects.filter(workspace=errand.workspace_id, pk=errand.payload.get("member") or 0)
    reader = members.select_related("user").first()
    if reader is None:
        raise GaveUp(_("This person does not work in the business."))
    try:
        mail(errand, reader.user).send()
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(str(error) or type(error).__name__) from error
    return reader.user.email


def mail(errand: Errand, reader: User) -> EmailMessage:
    contact = Contact.objects.get(pk=errand.enrolment.contact_id)
    with translation.override(reader.language):
        url = reverse("contacts:contact_card", kwargs={"workspace": errand.workspace.slug, "pk": contact.pk})
        words = {
            "words": errand.payload["words"],
            "name": str(contact),
            "automation": errand.enrolment.automation.name,
            "business": errand.workspace.name,
            "link": settings.SITE_URL + url,
        }
        body = _(
            "%(words)s\n\nContact: %(name)s\nAutomation: %(automation)s\n%(business)s\n\nTo the contact's card:\n%(link)s"
        )
        return EmailMessage(
            subject=_("%(words)s: %(name)s") % words,
            body=body % words,
            to=[reader.email],
            headers={"Message-ID": message_id(errand), "X-Mashpech-Workspace": errand.workspace.slug},
        )


def message_id(errand: Errand) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<errand-{errand.key}@{domain}>"


def forget_mails(contact: Contact) -> None:
    """Mails about an erased person that the outbox kept."""
    for pk in contact.enrolments.values_list("pk", flat=True):
        kept = OutboxMessage.objects.filter(workspace_id=contact.workspace_id)
        kept.filter(message_id__startswith=f"<errand-{pk}-").delete()
