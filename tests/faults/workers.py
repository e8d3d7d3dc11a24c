"""Workers of the nursery on the database of the test, to be killed one at a time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from django.db import connection


class Nursery:
    """Starts workers, and kills one of them at a time."""

    def __init__(self, process: subprocess.Popen[str], chance: random.Random) -> None:
        self.process, self.chance = process, chance
        self.workers: list[int] = []
        self.kills = 0

    def start(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.workers.append(int(self.process.stdout.readline()))

    def kill_one(self) -> None:
        worker = self.workers.pop(self.chance.randrange(len(self.workers)))
        os.kill(worker, signal.SIGKILL)
        self.kills += 1


@contextmanager
def nursery(chance: random.Random, room: str = "sending", **told: str) -> Iterator[Nursery]:
    parts = connection.settings_dict
    address = f"{parts['USER']}:{quote(parts['PASSWORD'], safe='')}@" if parts["USER"] else ""
    socket = parts["OPTIONS"].get("host", "") or (parts["HOST"] if parts["HOST"].startswith("/") else "")
    place = "" if socket or not parts["HOST"] else f"{parts['HOST']}:{parts['PORT'] or 5432}"
    careful = {
        "options": "-c jit=off -c synchronous_commit=on"
    }  # the servers of tests may forget what they said in a crash
    query = urlencode(careful | ({"host": socket} if socket else {}), quote_via=quote)
    url = f"postgres://{address}{place}/{parts['NAME']}?{query}"
    told |= {"DATABASE_URL": url, "DEBUG": "1", "LOG_LEVEL": "ERROR", "DATABASE_CONN_MAX_AGE": "600"}
    command = [sys.executable, "-m", "tests.faults.nursery", room]
    with subprocess.Popen(
        command, env=os.environ | told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process, chance)
