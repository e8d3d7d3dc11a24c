"""Reading a mail as its receiver does."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings


class Mail:
    """The parts of a mail: decoded HTML and text, tracked links in order, the pixel, the way out."""

    def __init__(self, mime: bytes) -> None:
        message = message_from_bytes(mime, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.message = message
        self.text, self.html = (part.get_content() for part in message.iter_parts())  # type: ignore[attr-defined]

    @property
    def to(self) -> str:
        return str(self.message["To"].addresses[0].addr_spec)

    @property
    def links(self) -> list[str]:
        return list(dict.fromkeys(re.findall(re.escape(settings.PUBLIC_URL) + r"/l/[\w.-]+", self.html)))

    @property
    def pixel(self) -> str:
        found = re.search(re.escape(settings.PUBLIC_URL) + r"/o/[\w-]+\.gif", self.html)
        assert found is not None
        return found[0]

    @property
    def unsubscribe(self) -> str:
        return str(self.message["List-Unsubscribe"]).strip("<>")
