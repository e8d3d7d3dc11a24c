"""The line to a mail server: bytes out, replies in, against a deadline. What is said over it is `smtp`'s business."""

from __future__ import annotations

import socket
import ssl
import time

from campaigns.mailings.replies import Reply

CONNECT_SECONDS = 15.0
REPLY_SECONDS = 30.0
LONGEST_LINE = 1_000_000


class SmtpError(Exception):
    """The line could not be opened, or was lost. `reply` says in which words."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


class PartlyWritten(SmtpError):
    """The line was cut while we wrote; `written` bytes were handed to the network."""

    def __init__(self, written: int, error: OSError) -> None:
        super().__init__(Reply(0, str(error)))
        self.written = written


class Wire:
    """One connection. `deadline` (on the clock of time.monotonic) bounds everything after it was set."""

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError."""
        self.host = host
        self.deadline: float | None = None
        self._socket = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def secure(self) -> None:
        """From here on under TLS, and only with the server of that name. Raises OSError."""
        context = ssl.create_default_context()
        self._socket = context.wrap_socket(self._socket, server_hostname=self.host)
        self._buffer.clear()  # whatever was said before the line was secured is not trusted

    def close(self) -> None:
        self._socket.close()

    def ask(self, command: bytes) -> Reply:
        self.write(command + b"\r\n")
        return self.read()

    def expect(self, command: bytes, code: int) -> None:
        """Raises SmtpError with any other reply."""
        expected(self.ask(command), code)

    def write(self, data: bytes) -> None:
        """Raises PartlyWritten."""
        view, written = memoryview(data), 0
        try:
            while written < len(data):
                written += self._ready().send(view[written:])
        except OSError as error:
            raise PartlyWritten(written, error) from error

    def read(self) -> Reply:
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
            if not received or len(self._buffer) > LONGEST_LINE:
                raise SmtpError(Reply(0, "the server closed the line"))
            self._buffer += received
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def _ready(self) -> socket.socket:
        """The socket, with the time that is left for it."""
        left = REPLY_SECONDS if self.deadline is None else min(REPLY_SECONDS, self.deadline - time.monotonic())
        if left <= 0:
            raise OSError("the time for this group is over")
        self._socket.settimeout(left)
        return self._socket


def expected(reply: Reply, code: int) -> None:
    """Raises SmtpError with any other reply."""
    if reply.code != code:
        raise SmtpError(reply)
