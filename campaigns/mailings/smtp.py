"""A small SMTP client for many mails over one line: pipelined where the server offers it, and exact about what was sent.

What matters to the ledger is one distinction: was the final dot of this mail handed to the network? If not, the server cannot
have taken it, and it may be tried again (`LOST`). If so and no answer came, nobody can know (`UNCERTAIN`).
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from campaigns.mailings.replies import Reply
from campaigns.mailings.wire import PartlyWritten, SmtpError, Wire, expected

DOT_STUFFING = re.compile(rb"(?m)^\.")
LOST = Reply(0, "The line was cut before the mail was handed over.")
UNCERTAIN = Reply(0, "The line was cut after the mail was handed over and before the server answered.")
UNENCODABLE = Reply(553, "5.6.7 The server does not take addresses in letters other than Latin.")


@dataclass(frozen=True, slots=True)
class Server:
    """Where to send. `security` is "" (plain), "starttls" or "ssl"."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = ""

    @classmethod
    def from_url(cls, url: str) -> Server:
        """From `smtp://user:password@host:port`, `smtp+tls://` (STARTTLS) or `smtps://`/`smtp+ssl://`."""
        parts = urlsplit(url)
        security = {"smtp": "", "smtp+tls": "starttls", "smtps": "ssl", "smtp+ssl": "ssl"}.get(parts.scheme)
        if security is None or not parts.hostname:
            raise ValueError(
                f"EMAIL_URL must look like smtp+tls://user:password@host:587; its scheme is {parts.scheme!r}."
            )
        port = parts.port or {"": 25, "starttls": 587, "ssl": 465}[security]
        return cls(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), security)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail for one recipient. `mime` has CRLF line ends and no dot-stuffing."""

    sender: str
    recipient: str
    mime: bytes


class SmtpClient:
    """One line to one server. Open with `connect`; `send` takes any number of groups; not shared between threads."""

    def __init__(self, server: Server, *, hostname: str = "localhost") -> None:
        self.server, self.hostname = server, hostname
        self.extensions: dict[str, str] = {}
        self._wire: Wire | None = None
        self._refusal = LOST  # why the envelope just said was refused
        self._is_dirty = False  # a refused envelope is still open, and RSET must come before the next

    # -- opening and closing -------------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        return self._wire is not None

    @property
    def wire(self) -> Wire:
        """Raises SmtpError when the line is closed."""
        if self._wire is None:
            raise SmtpError(LOST)
        return self._wire

    def connect(self) -> None:
        """Raises SmtpError with the reply or the reason; the client is closed then."""
        self._is_dirty = False
        try:
            self._wire = Wire(self.server.host, self.server.port)
            self._greet(self._wire)
        except (OSError, ValueError) as error:
            self.close()
            raise SmtpError(Reply(0, f"{self.server.host}: {error}")) from error
        except SmtpError:
            self.close()
            raise

    def _greet(self, wire: Wire) -> None:
        if self.server.security == "ssl":
            wire.secure()
        expected(wire.read(), 220)
        self._hello(wire)
        if self.server.security == "starttls":
            wire.expect(b"STARTTLS", 220)
            wire.secure()
            self._hello(wire)
        if self.server.user:
            self._log_in(wire)

    def _hello(self, wire: Wire) -> None:
        name = self.hostname.encode("idna")
        reply = wire.ask(b"EHLO " + name)
        if reply.code != 250:
            wire.expect(b"HELO " + name, 250)
            self.extensions = {}
            return
        words = [line.partition(" ") for line in reply.text.split("\n")[1:]]
        self.extensions = {word.upper(): rest for word, _, rest in words}

    def _log_in(self, wire: Wire) -> None:
        offered = self.extensions.get("AUTH", "").upper().split()
        user, password = self.server.user.encode(), self.server.password.encode()
        if "PLAIN" in offered or "LOGIN" not in offered:
            wire.expect(b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password), 235)
        else:
            wire.expect(b"AUTH LOGIN", 334)
            wire.expect(base64.b64encode(user), 334)
            wire.expect(base64.b64encode(password), 235)

    def close(self) -> None:
        """Cuts the line without a word; also right after trouble."""
        if self._wire is not None:
            self._wire.close()
        self._wire = None

    def quit(self) -> None:
        """Takes leave politely, and cuts the line in any case."""
        try:
            if self._wire is not None:
                self._wire.ask(b"QUIT")
        except SmtpError:
            pass
        finally:
            self.close()

    # -- sending -------------------------------------------------------------------------------------------------------
    def send(self, envelopes: Sequence[Envelope], *, seconds: float = 100.0) -> list[Reply]:
        """Sends all; one reply for each, in order. Never raises: after a cut the line is closed, and the rest is `LOST` or
        carries the server's own words for closing it (421)."""
        replies: list[Reply] = []
        rest = LOST
        try:
            self.wire.deadline = time.monotonic() + seconds
            self._send(envelopes, replies)
            self.wire.deadline = None
        except SmtpError as error:
            self.close()
            rest = error.reply if error.reply.is_passing else LOST
        return replies + [rest] * (len(envelopes) - len(replies))

    def _send(self, envelopes: Sequence[Envelope], replies: list[Reply]) -> None:
        """Each write carries the body of one mail and the envelope of the next, so that a mail costs one round trip."""
        if not envelopes:
            return
        openings = [self._opening(envelope) for envelope in envelopes]
        opened = self._begin(openings[0])
        for number, envelope in enumerate(envelopes):
            following = openings[number + 1] if number + 1 < len(envelopes) else None
            if opened == 354:
                opened = self._body(envelope.mime, following, replies)
            else:
                replies.append(self._refusal)
                opened = self._begin(following) if following is not None else 0

    def _opening(self, envelope: Envelope) -> list[bytes]:
        """The three commands before the body; empty when the address cannot be said to this server."""
        try:
            sender, recipient = (self._address(text) for text in (envelope.sender, envelope.recipient))
        except (UnicodeError, ValueError):
            return []
        utf8 = b"" if (sender + recipient).isascii() else b" SMTPUTF8"
        return [b"MAIL FROM:<%b>%b" % (sender, utf8), b"RCPT TO:<%b>" % recipient, b"DATA"]

    def _address(self, address: str) -> bytes:
        if any(character in address for character in "\r\n<> \t\0"):
            raise ValueError(address)
        local, _, domain = address.rpartition("@")
        if not local.isascii() and "SMTPUTF8" not in self.extensions:
            raise ValueError(address)
        return local.encode() + b"@" + (domain.encode("idna") if not domain.isascii() else domain.encode())

    def _begin(self, opening: list[bytes]) -> int:
        """Says the envelope; returns the code for DATA, and otherwise leaves the refusal in `_refusal`."""
        if not opening:
            self._refusal = UNENCODABLE
            return 0
        commands = [b"RSET", *opening] if self._is_dirty else opening
        if "PIPELINING" not in self.extensions:
            return self._begin_slowly(commands)
        self.wire.write(b"\r\n".join(commands) + b"\r\n")
        if self._is_dirty:
            expected(self.wire.read(), 250)
        return self._hear()

    def _begin_slowly(self, commands: list[bytes]) -> int:
        for command in commands:
            reply = self.wire.ask(command)
            if not reply.is_positive:
                self._refusal, self._is_dirty = reply, True
                return 0
        self._is_dirty = False
        return reply.code

    def _hear(self) -> int:
        """The three answers to an envelope."""
        answers = [self.wire.read() for _command in range(3)]
        self._refusal = next((answer for answer in answers if not answer.is_positive), answers[-1])
        self._is_dirty = self._refusal.code != 354
        if self._is_dirty and answers[-1].code == 354:
            self.close()  # refused, and yet it waits for the body: without the final dot it takes nothing
        return 0 if self._is_dirty else 354

    def _body(self, mime: bytes, following: list[bytes] | None, replies: list[Reply]) -> int:
        """Sends one body, and the next envelope with it; appends the reply, returns the next envelope's code for DATA."""
        body = stuffed(mime)
        ahead = bool(following) and "PIPELINING" in self.extensions
        next_envelope = b"\r\n".join(following) + b"\r\n" if ahead and following else b""
        try:
            self.wire.write(body + next_envelope)
        except PartlyWritten as error:
            replies.append(UNCERTAIN if error.written >= len(body) else LOST)
            raise
        try:
            replies.append(self.wire.read())
        except SmtpError as error:
            replies.append(error.reply if error.reply.code == 421 else UNCERTAIN)  # 421 is an answer: not taken
            raise
        if following is None:
            return 0
        return self._hear() if ahead else self._begin(following)


def stuffed(mime: bytes) -> bytes:
    """The body as it goes over the wire: dots at line starts doubled, and the final dot."""
    if b"\n." in mime or mime.startswith(b"."):
        mime = DOT_STUFFING.sub(b"..", mime)
    return mime + (b".\r\n" if mime.endswith(b"\r\n") else b"\r\n.\r\n")
