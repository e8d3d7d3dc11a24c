"""An independent SMTP server that keeps a journal: what it answered 250 to, it wrote down and synced before answering.

    python -m tests.sink --port 0 --journal mails.jsonl --inject 'dead*=550 5.1.1 No such user' --inject 'late*=first:451 Later'

Prints `ready <port>` when it listens. Each line of the journal is one accepted mail:
{"at": seconds, "from": ..., "to": [...], "message_id": ..., "mime": text in latin-1}.

An injection is `pattern=action`, for recipients that match the pattern (fnmatch). An action is one of
  CODE TEXT        the answer to RCPT                       data:CODE TEXT    the answer to the end of DATA, nothing kept
  drop             the line is cut at RCPT                  drop-before       ... at the end of DATA, nothing kept
  drop-after       ... after the mail was journalled but before the answer
and `first:` before it does so only the first time the address is seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import time
from email import message_from_bytes
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

from aiosmtpd.smtp import SMTP, Envelope, Session


class Injections:
    def __init__(self, rules: list[str]) -> None:
        self.rules = [tuple(rule.split("=", 1)) for rule in rules]
        self.seen: set[str] = set()

    def of(self, address: str) -> str:
        """The action for an address now, or an empty string."""
        for pattern, action in self.rules:
            if fnmatch(address, pattern):
                return self._once(address, action)
        return ""

    def _once(self, address: str, action: str) -> str:
        if not action.startswith("first:"):
            return action
        if address in self.seen:
            return ""
        if not action.startswith(("first:drop-", "first:data:")):
            self.seen.add(address)  # what happens at the end of DATA is asked for twice
        return action.removeprefix("first:")


class Journal:
    def __init__(self, path: Path) -> None:
        self.file: IO[str] = open(path, "a", encoding="utf-8")  # noqa: SIM115  as long as the process

    def keep(self, envelope: Envelope) -> None:
        content: bytes = envelope.content or b""
        headers = message_from_bytes(content.split(b"\r\n\r\n", 1)[0])
        line = {
            "at": time.time(),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": str(headers.get("Message-ID", "")),
            "mime": content.decode("latin-1"),
        }
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


class Handler:
    def __init__(self, journal: Journal, injections: Injections) -> None:
        self.journal, self.injections = journal, injections

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        action = self.injections.of(address)
        if action == "drop":
            return cut(server)
        if action[:3].isdigit():
            return action
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        action = self.injections.of(envelope.rcpt_tos[0])
        self.injections.seen.add(envelope.rcpt_tos[0])
        if action == "drop-before":
            return cut(server)
        if action.startswith("data:"):
            return action.removeprefix("data:")
        self.journal.keep(envelope)
        return cut(server) if action == "drop-after" else "250 2.0.0 Kept"


def cut(server: SMTP) -> str:
    if server.transport is not None:
        server.transport.abort()
    return "421 Cut"


async def serve(port: int, journal: Path, rules: list[str]) -> None:
    handler = Handler(Journal(journal), Injections(rules))

    def connected() -> SMTP:
        return SMTP(handler, hostname="sink.test", enable_SMTPUTF8=True, data_size_limit=64 * 1024 * 1024)

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=1025)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--inject", action="append", default=[])
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.journal, arguments.inject))


if __name__ == "__main__":
    main()
