"""A kept mail as its reader's program would show it."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property

SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
LINK = re.compile(r"(https?://[^\s<>\"')]+)")


class Letter:
    """The parts of a mail. A broken one shows what can be read of it."""

    def __init__(self, mime: bytes) -> None:
        message = message_from_bytes(mime, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.message = message

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers a person may ask about, then all others."""
        every = [(name, str(value)) for name, value in self.message.items()]
        first = [row for wanted in SHOWN for row in every if row[0].lower() == wanted.lower()]
        return first + [row for row in every if row not in first]

    @property
    def sender(self) -> tuple[str, str]:
        """(name, address) of the first sender."""
        return parseaddr(str(self.message.get("From", "")))

    @property
    def subject(self) -> str:
        return str(self.message.get("Subject", ""))

    @cached_property
    def html(self) -> str:
        return self._content("html")

    @cached_property
    def text(self) -> str:
        return self._content("plain")

    @property
    def framed(self) -> str:
        """The HTML with links that open a window of their own, so that the frame stays the mail."""
        base = '<base target="_blank">'
        head = re.search(r"<head[^>]*>", self.html, re.IGNORECASE)
        return self.html[: head.end()] + base + self.html[head.end() :] if head else base + self.html

    @property
    def text_parts(self) -> list[tuple[str, bool]]:
        """The text cut at its links: (words, is it a link)."""
        return [(part, place % 2 == 1) for place, part in enumerate(LINK.split(self.text)) if part]

    def _content(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        if part is None:
            return ""
        try:
            return str(part.get_content())
        except (LookupError, UnicodeError):
            return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
