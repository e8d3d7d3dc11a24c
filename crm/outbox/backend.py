"""Django's mail backend for mail of the system itself: over EMAIL_URL when set, else into the outbox.

A mail about one business says so in the header `X-Mashpech-Workspace: <slug>`, which does not travel: in trial mode that
business's owners find it in their outbox. Mail about nobody's business, such as a password reset, is kept out of sight.
"""

from __future__ import annotations

from collections.abc import Sequence

import environ
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from crm.outbox import recording
from crm.workspaces.models import Workspace

WORKSPACE = "X-Mashpech-Workspace"


class SystemMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many mails were taken; raises what SMTP raises, unless told to fail silently."""
        kept = [(message, message.extra_headers.pop(WORKSPACE, "")) for message in email_messages]
        if settings.EMAIL_URL:
            return int(smtp_connection(fail_silently=self.fail_silently).send_messages(email_messages) or 0)
        for message, slug in kept:
            keep(message, Workspace.objects.filter(slug=slug).first() if slug else None)
        return len(kept)


def smtp_connection(*, fail_silently: bool = False) -> BaseEmailBackend:
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
    backend = "django.core.mail.backends.smtp.EmailBackend"
    return get_connection(backend, fail_silently=fail_silently, timeout=20, **options)


def keep(message: EmailMessage, workspace: Workspace | None) -> None:
    mime = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own messages take it
    mails = [(message.from_email, recipient, mime) for recipient in message.recipients()]
    recording.keep_many(workspace, mails, owners_only=True)
