"""Django's mail backend for mail of the system itself: over EMAIL_URL when set, else into the outbox."""

from __future__ import annotations

from collections.abc import Sequence

import environ
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from crm.outbox.models import OutboxMessage


class SystemMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if settings.EMAIL_URL:
            return int(smtp_connection().send_messages(email_messages) or 0)
        for message in email_messages:
            keep(message)
        return len(email_messages)


def smtp_connection() -> BaseEmailBackend:
    """Django's SMTP backend with the parts of EMAIL_URL, and a timeout."""
    parts = environ.Env.email_url_config(settings.EMAIL_URL)
    options = {
        "host": parts["EMAIL_HOST"],
        "port": parts["EMAIL_PORT"],
        "username": parts["EMAIL_HOST_USER"] or "",
        "password": parts["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": parts.get("EMAIL_USE_TLS", False),
        "use_ssl": parts.get("EMAIL_USE_SSL", False),
    }
    return get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=20, **options)


def keep(message: EmailMessage) -> None:
    for recipient in message.recipients():
        OutboxMessage.objects.create(
            mail_from=message.from_email,
            rcpt_to=recipient,
            subject=message.subject[:300],
            mime=message.message().as_bytes(),
        )
