"""Starting the launcher's commands as real processes, on a folder and a port of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.launcher.test import IGNORED

ROOT = Path(__file__).resolve().parents[1]
READY = "Mashpech is at"


class Start:
    """One start of a launcher's command; what it says is kept in a file."""

    def __init__(self, environment: dict[str, str], log: Path, *arguments: str, command: str = "run") -> None:
        self.log = log
        with log.open("w") as file:
            run = [sys.executable, "-m", f"config.launcher.{command}", *arguments]
            self.process = subprocess.Popen(run, env=environment, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)

    def until(self, words: str, *, patience: float = 180) -> str:
        deadline = time.monotonic() + patience
        while words not in self.log.read_text():
            assert self.process.poll() is None, f"ended before it said {words!r}:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"did not say {words!r}:\n{self.log.read_text()}"
            time.sleep(0.1)
        return self.log.read_text()

    def ends(self, *, patience: float = 120) -> int:
        return self.process.wait(patience)

    def descendants(self) -> list[int]:
        found, waiting = [], [self.process.pid]
        while waiting:
            done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(waiting.pop())], capture_output=True, text=True)
            pids = [int(pid) for pid in done.stdout.split()]
            found += pids
            waiting += pids
        return found


@contextmanager
def home_folder() -> Iterator[Path]:
    """Not in pytest's folder: started by root, the database's user could not enter it, and would leave data under /var/lib."""
    home = Path(tempfile.mkdtemp(prefix="mashpech-home-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def environment_of(home: Path, **told: str) -> dict[str, str]:
    """This environment without what an operator may have set in it, with a free port, without the demo, and with `told`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if name not in IGNORED and not name.startswith("PYTEST")}
    ours.pop("TEST_DATABASE_URL", None)
    return ours | {"MASHPECH_HOME": str(home), "PORT": str(port), "MASHPECH_DEMO": "0"} | told


@contextmanager
def started(environment: dict[str, str], log: Path, *, patience: float = 180) -> Iterator[Start]:
    """`bin/run`, ready to be asked; ended at the end, whatever happened."""
    start = Start(environment, log)
    try:
        start.until(READY, patience=patience)
        yield start
    finally:
        if start.process.poll() is None:
            start.process.terminate()
            start.ends()


def say_of(environment: dict[str, str], *arguments: str, command: str = "run") -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", f"config.launcher.{command}", *arguments]
    return subprocess.run(run, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240)
