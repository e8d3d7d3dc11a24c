"""Starting the sink of tests.sink in a process of its own, and reading its journal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Sink:
    """`mails` are the lines of the journal, oldest first."""

    port: int
    journal: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    @property
    def recipients(self) -> list[str]:
        return [address for mail in self.mails for address in mail["to"]]


@contextmanager
def running_sink(folder: Path, *, inject: Sequence[str] = ()) -> Iterator[Sink]:
    journal = folder / "journal.jsonl"
    options = [option for rule in inject for option in ("--inject", rule)]
    command = [sys.executable, "-m", "tests.sink", "--port", "0", "--journal", str(journal), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Sink(int(process.stdout.readline().split()[1]), journal)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close() if process.stdout else None
