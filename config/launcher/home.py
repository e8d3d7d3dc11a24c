"""The data folder: where everything lives, who holds it, and its secrets.

home/secrets.json     made once, 0600: SECRET_KEY, TOKEN_KEYS, the database password
home/lock             held (flock) while a command works here; says who and where
home/processes.json   the children of the holder, so that a next start can wait for the leftovers of a killed one
home/pgdata broker media static sockets clock
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from config.launcher.words import Problem

ROOT = Path(__file__).resolve().parents[2]
SPACE_NEEDED = 300  # MB: a database with the demo, and room for its log
LONGEST_SOCKET_FOLDER = 80  # bytes; the kernel's limit for the whole path is 107


@dataclass
class Home:
    path: Path
    _lock: IO[str] | None = field(default=None, repr=False)
    _outside: Path | None = field(default=None, repr=False)

    @classmethod
    def open(cls) -> Home:
        """Makes the folder if need be. Raises Problem if it cannot be written or its disk is full."""
        home = cls(Path(os.environ.get("MASHPECH_HOME") or ROOT / ".mashpech").expanduser().absolute())
        try:
            home.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=home.path):
                pass
            free = shutil.disk_usage(home.path).free // 1_000_000
        except OSError as error:
            raise Problem(
                f"The data folder {home.path} cannot be written ({error.strerror}). "
                "Set MASHPECH_HOME to a folder that this user may write."
            ) from None
        if free < SPACE_NEEDED:
            raise Problem(
                f"Only {free} MB are free for the data folder {home.path}; at least {SPACE_NEEDED} MB are needed."
            )
        return home

    def folder(self, name: str, *, mode: int = 0o700) -> Path:
        folder = self.path / name
        folder.mkdir(mode=mode, exist_ok=True)
        return folder

    @property
    def mark(self) -> str:
        """Tells this folder from others in names outside it, also after it was moved, or made anew in the same place."""
        return self.secrets()["mark"]

    @property
    def sockets(self) -> Path:
        """A folder for unix sockets whose path is short and plain enough for a URL."""
        if suits_sockets(self.path / "sockets"):
            return self.folder("sockets")
        return self.outside_sockets("sockets")

    def outside_sockets(self, name: str) -> Path:
        """A short folder in the system's temporary one, for a data folder whose own path will not do."""
        parent = self._outside = Path(tempfile.gettempdir()) / f"mashpech-{os.getuid()}-{self.mark}"
        parent.mkdir(mode=0o755, exist_ok=True)
        if parent.stat().st_uid != os.getuid():
            raise Problem(f"{parent} belongs to another user. Set MASHPECH_HOME to a shorter path without spaces.")
        folder = parent / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    # -- who holds it --------------------------------------------------------------------------------------------------
    def hold(self, *, what: str, address: str = "", patience: float = 0) -> None:
        """Takes the folder for this process; waits up to `patience` seconds. Raises Problem that names the holder."""
        self._lock = open(self.path / "lock", "a+")  # noqa: SIM115 - open while held
        deadline = time.monotonic() + patience
        while not self._try_lock():
            if time.monotonic() > deadline:
                self._lock.close()
                self._lock = None
                raise Problem(self.holder_in_words())
            time.sleep(0.1)
        self._lock.truncate(0)
        json.dump({"what": what, "address": address, "pid": os.getpid()}, self._lock)
        self._lock.flush()

    def _try_lock(self) -> bool:
        assert self._lock
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def holder(self) -> dict[str, Any]:
        """Who holds the folder: what, address, pid; empty when the holder has not written it yet."""
        try:
            return dict(json.loads((self.path / "lock").read_text()))
        except (OSError, ValueError):
            return {}

    def holder_in_words(self) -> str:
        holder = self.holder()
        where = f" at {holder['address']}" if holder.get("address") else ""
        name, pid = holder.get("what", "another command"), holder.get("pid", "unknown")
        return (
            f"{name} already works on {self.path}{where} (process {pid}). "
            "Stop it first, or set MASHPECH_HOME and PORT to run a second Mashpech beside it."
        )

    def release(self) -> None:
        if self._lock:
            if self._outside:
                shutil.rmtree(self._outside, ignore_errors=True)
            self._lock.close()
            self._lock = None

    # -- secrets -------------------------------------------------------------------------------------------------------
    def secrets(self) -> dict[str, str]:
        """Made once; losing the file signs everybody out and breaks links in mail that is out in the world."""
        path = self.path / "secrets.json"
        try:
            kept = dict(json.loads(path.read_text())) if path.exists() else {}
        except ValueError:
            raise Problem(
                f"{path} is damaged. Put back a copy of it; without it, links in sent mail stop working."
            ) from None
        whole = _new_secrets() | kept
        if whole != kept:
            beside = path.with_suffix(f".{os.getpid()}")
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(whole, file, indent=1)
            beside.replace(path)
        return whole


def suits_sockets(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and bool(re.fullmatch(r"[\w./-]+", str(folder), re.ASCII))


def _new_secrets() -> dict[str, str]:
    return {
        "mark": secrets.token_hex(6),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TOKEN_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "database_password": secrets.token_urlsafe(24),
    }
