"""The embedded PostgreSQL: made once, driven directly as a child, reached by a unix socket and a password."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from config.launcher import identity
from config.launcher.binaries import major_version, postgres_folder
from config.launcher.home import Home, suits_sockets
from config.launcher.processes import Child
from config.launcher.words import Problem, say

ROLE = "mashpech"
LANGUAGE = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
SERVER = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "log",  # errors of statements are the application's to log, without people's data
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%t ",
}
# For tests: fast, lost in a crash, and with room for fifty people at once in each of their workers.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "250"}
READY_WITHIN = 120  # seconds: after a crash it first replays its log


@dataclass
class Postgres:
    """A server on `base`/pgdata. `user` is the system user that runs it when we are root."""

    base: Path
    sockets: Path
    password: str
    user: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    sink: Callable[[str, str], None] | None = None
    child: Child | None = field(default=None, repr=False)

    @classmethod
    def at(cls, home: Home, *, sink: Callable[[str, str], None] | None = None) -> Postgres:
        """The one that belongs to a data folder."""
        user = identity.database_user()
        base = _reachable_base(home, user)
        if (base / "pgdata").exists() and user:  # data that a plain user made stays that user's
            user = identity.owner_of(base / "pgdata") or user
        return cls(base, _socket_folder(base, home, user), home.secrets()["database_password"], user, sink=sink)

    @classmethod
    def throwaway(cls) -> Postgres:
        """A forgetful one in a temporary folder, for tests; `discard` removes it."""
        base, user = Path(tempfile.mkdtemp(prefix="mashpech-test-")), identity.database_user()
        base.chmod(0o755 if user else 0o700)
        return cls(base, identity.hand_over(base / "sockets", user), "tests", user, extra=FORGETFUL)

    def discard(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)

    @property
    def data(self) -> Path:
        return self.base / "pgdata"

    def url(self, database: str = ROLE) -> str:
        query = urlencode({"host": self.sockets}, safe="/")
        return f"postgres://{ROLE}:{self.password}@/{database}?{query}"

    # -- life ----------------------------------------------------------------------------------------------------------
    def make(self) -> bool:
        """Makes the data folder if it is missing; returns whether it did. A half-made one is made again."""
        if (self.data / "PG_VERSION").exists():
            return False
        beside = self.base / "pgdata.new"
        shutil.rmtree(beside, ignore_errors=True)
        identity.hand_over(beside, self.user)
        self._initdb(identity.runnable(postgres_folder(), self.user), beside)
        beside.replace(self.data)
        return True

    def _initdb(self, programs: Path, folder: Path) -> None:
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        if major_version(programs) >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        secret = folder.with_suffix(".password")
        secret.write_text(self.password)
        secret.chmod(0o600)
        if self.user:
            shutil.chown(secret, self.user)
        options = ["--auth=scram-sha-256", f"--username={ROLE}", f"--pwfile={secret}", *locale]
        options += ["--no-sync"] if self.extra else []
        try:
            self._as_user([str(programs / "initdb"), f"--pgdata={folder}", *options])
        finally:
            secret.unlink()

    def _as_user(self, command: list[str]) -> None:
        who = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        environment = LANGUAGE | {"PATH": os.defpath}
        done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, **who)  # type: ignore[call-overload]
        if done.returncode:
            raise Problem(f"PostgreSQL could not make its data folder in {self.base}: {done.stderr.strip()}")

    def start(self) -> None:
        """Starts it as our child and makes the database; returns when it answers. Raises Problem with its own words."""
        self._end_leftover()
        programs = identity.runnable(postgres_folder(wanted=int((self.data / "PG_VERSION").read_text())), self.user)
        settings = SERVER | self.extra | {"unix_socket_directories": str(self.sockets)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            "database",
            [str(programs / "postgres"), "-D", str(self.data), *flags],
            LANGUAGE | {"PATH": os.defpath},
            user=self.user,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            sink=self.sink,
        )
        self.child.start()
        self._wait_until_ready()
        self._make_database()
        self.child.audible = True

    def _wait_until_ready(self) -> None:
        assert self.child
        deadline, told = time.monotonic() + READY_WITHIN, time.monotonic() + 5
        while not self.answers():
            if not self.child.runs:
                raise Problem(f"PostgreSQL did not start: {self.child.last_words()}")
            if time.monotonic() > told:
                say("  PostgreSQL is still getting ready; after a crash it replays its log first ...")
                told = deadline
            if time.monotonic() > deadline:
                raise Problem(f"PostgreSQL did not get ready in {READY_WITHIN} s: {self.child.last_words()}")
            time.sleep(0.05)

    def answers(self) -> bool:
        if not (self.sockets / ".s.PGSQL.5432").exists():
            return False
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise Problem(
                    f"The database in {self.base} has another password than secrets.json of the data folder. "
                    "Put back the secrets.json it was made with."
                ) from None
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
                connection.execute(f"CREATE DATABASE {ROLE}")

    def stop(self) -> None:
        """A fast shutdown: sessions are cut, everything committed is on disk."""
        if self.child:
            if self.child.runs:
                self.child.audible = False
            self.child.ask_to_stop()
            self.child.wait(patience=20)

    def _end_leftover(self) -> None:
        """The server of a killed start may still be closing; one that does not end is stopped."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        for number in (0, signal.SIGINT, signal.SIGQUIT):
            if not self._is_ours(pid):
                lock.unlink(missing_ok=True)  # its number may belong to somebody else by now
                return
            os.kill(pid, number)
            self._wait_for_end_of(pid, seconds=8)
        raise Problem(f"A PostgreSQL of an earlier start (process {pid}) does not end. Stop it, then start again.")

    def _wait_for_end_of(self, pid: int, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._is_ours(pid) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a PostgreSQL on this very data folder."""
        try:
            return os.fsencode(self.data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False


def _reachable_base(home: Home, user: str | None) -> Path:
    """The data folder itself, or a folder under /var/lib when the database's user cannot enter it."""
    outside = identity.STATE / home.mark
    if user is None or identity.is_root() is False:
        return home.path
    if (outside / "pgdata" / "PG_VERSION").exists():
        return outside
    inside = home.path / "pgdata"
    if (inside / "PG_VERSION").exists():
        return home.path
    probe = identity.hand_over(home.path / "pgdata.new", user)
    reachable = identity.can_write(user, probe)
    shutil.rmtree(probe, ignore_errors=True)
    if reachable:
        return home.path
    outside.mkdir(mode=0o755, parents=True, exist_ok=True)
    say(f"  the user {user} cannot enter {home.path}: the database lives in {outside}")
    return outside


def _socket_folder(base: Path, home: Home, user: str | None) -> Path:
    inside = base / "database"
    return identity.hand_over(inside if suits_sockets(inside) else home.outside_sockets("database"), user)
