"""Children that never outlive us: started with a death wish, read line by line, stopped in order.

PR_SET_PDEATHSIG is set in the child after its user changed (changing the user clears it). It fires when the *thread* that
started the child ends, so children are started by the main thread only.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def death_wish(signal_number: int = signal.SIGKILL) -> Callable[[], None]:
    """A preexec_fn: the child gets `signal_number` when this process ends, however it ends."""
    parent = os.getpid()

    def wish() -> None:
        end_with_parent(signal_number)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)

    return wish


def end_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """For a process that is already running."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal_number)


@dataclass
class Child:
    """One process of ours. `stop_signal` asks it to end, `death_signal` is what it gets when we are killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    sink: Callable[[str, str], None] | None = None
    audible: bool = False  # a server's chatter while starting is kept for last_words only
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=20), repr=False)
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        identity: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the children in order
            preexec_fn=death_wish(self.death_signal),
            cwd="/" if self.user else None,
            **identity,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process
        assert self.process.stdout
        for line in self.process.stdout:
            self.tail.append(line.strip())
            if self.sink and self.audible:
                self.sink(self.name, line.rstrip("\n"))

    def last_words(self) -> str:
        """What it said last, for a sentence about its failure."""
        time.sleep(0.1)  # the reader may be a line behind
        return " | ".join(list(self.tail)[-4:]) or "it said nothing"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        if self.runs:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def ask_to_stop(self) -> None:
        if self.runs:
            with suppress(ProcessLookupError):
                os.kill(self.pid, self.stop_signal)

    def wait(self, *, patience: float) -> bool:
        """Whether it ended by itself in time; else its whole group is killed."""
        if self.process is None:
            return True
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
            return False
        return True


# -- leftovers of a killed start -----------------------------------------------------------------------------------------
def born_at(pid: int) -> str:
    """The start time of a process in kernel ticks, which tells it from a later one with the same number; "" if gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def remember(path: Path, pids: list[int]) -> None:
    path.write_text(json.dumps({str(pid): born_at(pid) for pid in pids}))


def end_leftovers(path: Path, *, patience: float) -> int:
    """Waits for processes remembered in `path`, then kills what is left; returns how many were still there."""
    try:
        remembered: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        return 0
    alive = found = [int(pid) for pid, born in remembered.items() if born and born_at(int(pid)) == born]
    deadline = time.monotonic() + patience
    while alive and time.monotonic() < deadline:
        time.sleep(0.1)
        alive = [pid for pid in alive if born_at(pid) == remembered[str(pid)]]
    for pid in alive:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return len(found)
