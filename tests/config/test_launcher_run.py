"""bin/run and bin/manage as a person meets them: real processes, a data folder and a port of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launching import READY, Start, environment_of, home_folder, say_of


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as home:
        yield home


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return environment_of(home)


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    start = Start(environment, tmp_path / "first.log")
    yield start
    if start.process.poll() is None:
        start.process.kill()
        start.process.wait()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def page(environment: dict[str, str], path: str) -> int:
    return urllib.request.urlopen(f"http://localhost:{environment['PORT']}{path}", timeout=20).status


MAKE_WORKSPACE = "from crm.workspaces.models import Workspace; Workspace.objects.create(name='Foam', slug='foam')"


def test_it_starts_serves_stops_and_keeps_its_data(start: Start, environment: dict[str, str], tmp_path: Path) -> None:
    said = start.until(READY)
    assert "Traceback" not in said
    assert page(environment, "/healthz") == 200

    second = say_of(environment)
    assert second.returncode == 1
    assert f"already works on {environment['MASHPECH_HOME']} at http://localhost:{environment['PORT']}" in second.stderr

    assert say_of(environment, "shell", "-c", MAKE_WORKSPACE, command="manage").returncode == 0
    children = start.descendants()
    start.process.send_signal(signal.SIGTERM)
    assert start.ends() == 0
    assert [pid for pid in children if alive(pid)] == []

    key = say_of(environment, "apikey", "foam", command="manage")  # nothing runs: it starts the database for itself
    assert key.returncode == 0, key.stderr
    assert key.stdout.startswith("mk_")
    assert key.stdout.count("\n") == 1

    again = Start(environment, tmp_path / "again.log")
    said = again.until(READY)
    again.process.send_signal(signal.SIGTERM)
    assert again.ends() == 0
    assert "migrations" not in said
    assert say_of(environment, "apikey", "foam", command="manage").returncode == 0


def test_killed_with_no_warning_it_leaves_nobody_behind(
    start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    start.until(READY)
    children = start.descendants()
    assert len(children) >= 8  # database and broker, web and its two, worker and its two, clock
    start.process.kill()
    start.ends()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in children if alive(pid)] == []

    again = Start(environment, tmp_path / "again.log")
    again.until(READY)
    again.process.send_signal(signal.SIGINT)
    assert again.ends() == 0


def test_a_worker_that_dies_is_started_again(start: Start, tmp_path: Path) -> None:
    start.until(READY)
    worker = subprocess.run(
        ["pgrep", "-P", str(start.process.pid), "-f", "launcher.worker"], capture_output=True, text=True
    ).stdout.split()
    os.kill(int(worker[0]), signal.SIGKILL)
    start.until("ended by itself (code -9); starting it again")
    start.process.send_signal(signal.SIGTERM)
    assert start.ends() == 0


def test_a_taken_port_stops_the_start_with_a_sentence(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        done = say_of(environment)
    assert done.returncode == 1
    assert f"Port {environment['PORT']} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_migration_that_fails_is_told_without_a_trace(environment: dict[str, str]) -> None:
    done = say_of(environment | {"DATABASE_URL": "postgres://nobody:nothing@/none?host=/nonexistent"})
    assert done.returncode == 1
    assert "could not be brought up to date" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
