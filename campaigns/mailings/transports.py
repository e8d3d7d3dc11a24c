"""The ways out: a mail server, or in trial mode the outbox. Both answer every mail with a Reply; the ledger is the same."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from campaigns.mailings.replies import Reply
from campaigns.mailings.smtp import LOST, Envelope, Server, SmtpClient
from campaigns.mailings.wire import SmtpError
from crm.outbox import recording
from crm.workspaces.models import Workspace

RECONNECTS = 5  # within one group; after that the rest waits for its next try
GROUP_SECONDS = 100.0  # well within the lease of what is being sent
KEPT = Reply(250, "Kept in the outbox.")


class Unreachable(Exception):
    """The way out is closed as a whole; nobody's mail was begun. `str` is for the owner's eyes."""


class Transport(Protocol):
    def open(self) -> None:
        """Raises Unreachable."""

    def send(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        """One reply for each, in order; never raises."""

    def close(self) -> None: ...


class SmtpTransport:
    def __init__(self, url: str) -> None:
        self.client = SmtpClient(Server.from_url(url), hostname=urlsplit(settings.SITE_URL).hostname or "localhost")

    def open(self) -> None:
        if self.client.is_open:
            return
        try:
            self.client.connect()
        except SmtpError as error:
            raise Unreachable(str(error)) from error

    def send(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        """A cut line is a normal event: what was not handed over goes out over a new one. A mail at which the line is cut
        every time is passed over, so that it holds up nobody."""
        replies: list[Reply] = []
        end = time.monotonic() + GROUP_SECONDS
        for _attempt in range(RECONNECTS):
            fresh = not self.client.is_open  # a line that stood idle may be dead, and that is not the mail's doing
            if len(replies) == len(envelopes) or time.monotonic() >= end or not self._opens():
                break
            got = self.client.send(envelopes[len(replies) :], seconds=end - time.monotonic())
            done = next((place for place, reply in enumerate(got) if reply is LOST), len(got))
            replies += got[: max(done, 1 if fresh else 0)]
        return replies + [LOST] * (len(envelopes) - len(replies))

    def _opens(self) -> bool:
        try:
            self.open()
        except Unreachable:
            return False
        return True

    def close(self) -> None:
        self.client.quit()


class Recorder:
    """Trial mode: what would have gone out is kept, byte for byte, where members can open it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def open(self) -> None:
        pass

    def send(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        recording.keep_many(
            self.workspace, [(envelope.sender, envelope.recipient, envelope.mime) for envelope in envelopes]
        )
        return [KEPT] * len(envelopes)

    def close(self) -> None:
        pass


def transport_for(workspace: Workspace) -> Transport:
    return SmtpTransport(settings.EMAIL_URL) if settings.EMAIL_URL else Recorder(workspace)
