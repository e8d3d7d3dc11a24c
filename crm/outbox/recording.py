"""Keeping mail instead of sending it."""

from __future__ import annotations

from collections.abc import Iterable
from email import policy
from email.parser import BytesHeaderParser

from crm.outbox.models import OutboxMessage
from crm.workspaces.models import Workspace

HEADERS = BytesHeaderParser(policy=policy.default)


def keep_many(
    workspace: Workspace | None, mails: Iterable[tuple[str, str, bytes]], *, owners_only: bool = False
) -> int:
    """Keeps mails given as (sender, recipient, MIME bytes), in one statement; returns how many."""
    messages = [_message(workspace, *mail) for mail in mails]
    for message in messages:
        message.owners_only = owners_only
    return len(OutboxMessage.objects.bulk_create(messages))


def _message(workspace: Workspace | None, sender: str, recipient: str, mime: bytes) -> OutboxMessage:
    headers = HEADERS.parsebytes(mime.split(b"\r\n\r\n" if b"\r\n\r\n" in mime else b"\n\n", 1)[0])
    return OutboxMessage(
        workspace=workspace,
        mail_from=sender[:254],
        rcpt_to=recipient[:254],
        subject=str(headers.get("Subject", ""))[:300],
        message_id=str(headers.get("Message-ID", "")).strip()[:200],
        mime=mime,
    )
