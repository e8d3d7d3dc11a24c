"""The confirmation mail: from the business, in its language, over the house's outgoing mail; in trial mode to the outbox.

State and clock: a request says when its mail is due, and the clock sends what is due. A mail that could not be handed over is
tried again with longer and longer waits.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.consent.confirming import MOST_MAILS, token_of
from crm.consent.models import PendingConsent

log = logging.getLogger(__name__)


def send_due(*, now: datetime | None = None, limit: int = 50) -> int:
    """Sends at most `limit` confirmation mails; returns how many were handed over."""
    sent = 0
    for _number in range(limit):
        pending = _claim(now or timezone.now())
        if pending is None:
            break
        sent += _send(pending)
    return sent


@transaction.atomic
def _claim(now: datetime) -> PendingConsent | None:
    """The next that is due, marked as mailed before the bytes go out: a crash loses a mail rather than doubling it."""
    due = PendingConsent.objects.filter(mail_due__lte=now, closed_at=None).order_by("mail_due")
    pending = due.select_for_update(skip_locked=True, of=("self",)).select_related("workspace", "contact").first()
    if pending is not None:
        changed = {"mail_due": None, "mailed_at": now, "mails": F("mails") + 1}
        PendingConsent.objects.filter(pk=pending.pk).update(**changed)
    return pending


def _send(pending: PendingConsent) -> bool:
    if pending.contact.email != pending.address or pending.contact.deleted_at:
        return False
    try:
        compose(pending).send()
    except (OSError, SMTPException):
        log.warning("A confirmation mail could not be handed over; it will be tried again.", exc_info=True)
        if pending.mails + 1 < MOST_MAILS:
            again = timezone.now() + timedelta(minutes=5 * 4**pending.mails)
            PendingConsent.objects.filter(pk=pending.pk).update(mail_due=again)
        return False
    return True


def compose(pending: PendingConsent) -> EmailMultiAlternatives:
    workspace = pending.workspace
    with translation.override(workspace.language), timezone.override(workspace.zone):
        link = settings.PUBLIC_URL + reverse("consent_public:confirmation", kwargs={"token": token_of(pending)})
        context = {
            "workspace": workspace,
            "pending": pending,
            "link": link,
            "wordings": list(pending.consents.values()),
        }
        name = workspace.sender_name or workspace.name
        mail = EmailMultiAlternatives(
            subject=_("One press to confirm: mailings of %(business)s") % {"business": workspace.name},
            body=render_to_string("crm/consent/confirmation_mail.txt", context),
            from_email=formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[pending.address],
            reply_to=[workspace.reply_to or workspace.sender_email]
            if workspace.reply_to or workspace.sender_email
            else [],
            headers={"X-Mashpech-Workspace": workspace.slug, "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("crm/consent/confirmation_mail.html", context), "text/html")
    return mail
