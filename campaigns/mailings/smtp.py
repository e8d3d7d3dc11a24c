"""A small SMTP client for many mails over one line: pipelined where the server offers it, and exact about what was sent.

What matters to the ledger is one distinction: was the final dot of this mail handed to the network? If not, the server cannot
have taken it, and it may be tried again (`LOST`). If so and no answer came, nobody can know (`UNCERTAIN`).
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from campaigns.mailings.replies import Reply

CONNECT_SECONDS = 15.0
REPLY_SECONDS = 30.0
DOT_STUFFING = re.compile(rb"(?m)^\.")
LOST = Reply(0, "The line was cut before the mail was handed over.")
UNCERTAIN = Reply(0, "The line was cut after the mail was handed over and before the server answered.")
UNENCODABLE = Reply(553, "5.6.7 The server does not take addresses in letters other than Latin.")


class SmtpError(Exception):
    """The line could not be opened, or was lost. `reply` says in which words."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class PartlyWritten(SmtpError):
    def __init__(self, written: int, error: OSError) -> None:
        super().__init__(Reply(0, str(error)))
        self.written = written


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
        self._socket: socket.socket | None = None
        self._buffer = bytearray()
        self._deadline: float | None = None
        self._refusal = LOST  # why the envelope just said was refused
        self._is_dirty = False  # a refused envelope is still open, and RSET must come before the next

    # -- opening and closing -------------------------------------------------------------------------------------------
    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def connect(self) -> None:
        """Raises SmtpError with the reply or the reason; the client is closed then."""
        try:
            self._open()
        except (OSError, ValueError) as error:
            self.close()
            raise SmtpError(Reply(0, f"{self.server.host}: {error}")) from error
        except SmtpError:
            self.close()
            raise

    def _open(self) -> None:
        server = self.server
        self._socket = socket.create_connection((server.host, server.port), timeout=CONNECT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer.clear()
        self._is_dirty = False
        if server.security == "ssl":
            self._secure()
        self._expect(self._read(), 220)
        self._hello()
        if server.security == "starttls":
            self._expect(self._ask(b"STARTTLS"), 220)
            self._secure()
            self._hello()
        if server.user:
            self._log_in()

    def _secure(self) -> None:
        assert self._socket is not None
        context = ssl.create_default_context()
        self._socket = context.wrap_socket(self._socket, server_hostname=self.server.host)
        self._buffer.clear()  # whatever was said before the line was secured is not trusted

    def _hello(self) -> None:
        reply = self._ask(b"EHLO " + self.hostname.encode("idna"))
        if reply.code != 250:
            self._expect(self._ask(b"HELO " + self.hostname.encode("idna")), 250)
            self.extensions = {}
            return
        words = [line.partition(" ") for line in reply.text.split("\n")[1:]]
        self.extensions = {name.upper(): rest for name, _, rest in words}

    def _log_in(self) -> None:
        offered = self.extensions.get("AUTH", "").upper().split()
        user, password = self.server.user.encode(), self.server.password.encode()
        if "PLAIN" in offered or "LOGIN" not in offered:
            self._expect(self._ask(b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password)), 235)
        else:
            self._expect(self._ask(b"AUTH LOGIN"), 334)
            self._expect(self._ask(base64.b64encode(user)), 334)
            self._expect(self._ask(base64.b64encode(password)), 235)

    def close(self) -> None:
        """Cuts the line without a word; also right after trouble."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def quit(self) -> None:
        """Takes leave politely, and cuts the line in any case."""
        try:
            if self._socket is not None:
                self._ask(b"QUIT")
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
        self._deadline = time.monotonic() + seconds
        try:
            self._send(envelopes, replies)
        except SmtpError as error:
            self.close()
            rest = error.reply if error.reply.is_passing else LOST
        finally:
            self._deadline = None
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
        self._write(b"\r\n".join(commands) + b"\r\n")
        if self._is_dirty:
            self._expect(self._read(), 250)
        return self._hear()

    def _begin_slowly(self, commands: list[bytes]) -> int:
        for command in commands:
            reply = self._ask(command)
            if not reply.is_positive:
                self._refusal, self._is_dirty = reply, True
                return 0
        self._is_dirty = False
        return reply.code

    def _hear(self) -> int:
        """The three answers to an envelope."""
        answers = [self._read(), self._read(), self._read()]
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
            self._write(body + next_envelope)
        except PartlyWritten as error:
            replies.append(UNCERTAIN if error.written >= len(body) else LOST)
            raise
        try:
            replies.append(self._read())
        except SmtpError:
            replies.append(UNCERTAIN)
            raise
        if following is None:
            return 0
        return self._hear() if ahead else self._begin(following)

    # -- the wire ------------------------------------------------------------------------------------------------------
    def _ask(self, command: bytes) -> Reply:
        self._write(command + b"\r\n")
        return self._read()

    def _write(self, data: bytes) -> None:
        """Raises PartlyWritten with how many bytes the network took."""
        view, written = memoryview(data), 0
        try:
            while written < len(data):
                written += self._ready().send(view[written:])
        except OSError as error:
            raise PartlyWritten(written, error) from error

    def _read(self) -> Reply:
        """One reply, its lines joined by newlines. Raises SmtpError when the line is cut, or the server says 421."""
        lines: list[str] = []
        while True:
            line = self._line()
            if len(line) < 3 or not line[:3].isdigit():
                raise SmtpError(Reply(0, f"not SMTP: {line[:80]!r}"))
            lines.append(line[4:])
            if line[3:4] != "-":
                break
        reply = Reply(int(line[:3]), "\n".join(lines))
        if reply.code == 421:
            raise SmtpError(reply)
        return reply

    def _line(self) -> str:
        while (end := self._buffer.find(b"\n")) < 0:
            try:
                received = self._ready().recv(65536)
            except OSError as error:
                raise SmtpError(Reply(0, str(error))) from error
            if not received or len(self._buffer) > 1_000_000:
                raise SmtpError(Reply(0, "the server closed the line"))
            self._buffer += received
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def _ready(self) -> socket.socket:
        """The socket, with the time that is left for it."""
        if self._socket is None:
            raise OSError("the line is closed")
        left = REPLY_SECONDS if self._deadline is None else min(REPLY_SECONDS, self._deadline - time.monotonic())
        if left <= 0:
            raise OSError("the time for this group is over")
        self._socket.settimeout(left)
        return self._socket

    def _expect(self, reply: Reply, code: int) -> None:
        if reply.code != code:
            raise SmtpError(reply)


def stuffed(mime: bytes) -> bytes:
    """The body as it goes over the wire: dots at line starts doubled, and the final dot."""
    if b"\n." in mime or mime.startswith(b"."):
        mime = DOT_STUFFING.sub(b"..", mime)
    return mime + (b".\r\n" if mime.endswith(b"\r\n") else b"\r\n.\r\n")
