"""The data folder: secrets that last, one holder at a time, sentences instead of traces."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from config.launcher import binaries, environment, identity, prepare
from config.launcher.environment import Servers
from config.launcher.home import Home
from config.launcher.ports import check_port
from config.launcher.postgres import Postgres
from config.launcher.processes import born_at, end_leftovers, remember
from config.launcher.words import Problem


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MASHPECH_HOME", str(tmp_path / "home"))
    for name in ("DATABASE_URL", "BROKER_URL", "SITE_URL", "PORT", "BIND", "MASHPECH_DEMO", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Home.open()


def test_secrets_are_made_once_and_for_the_owner_alone(home: Home) -> None:
    first = home.secrets()
    assert home.secrets() == first
    assert (home.path / "secrets.json").stat().st_mode & 0o777 == 0o600
    version, _, key = first["TOKEN_KEYS"].partition(":")
    assert (version, len(base64.b64decode(key))) == ("1", 32)


def test_damaged_secrets_are_never_replaced_by_new_ones(home: Home) -> None:
    home.secrets()
    (home.path / "secrets.json").write_text("{half")
    with pytest.raises(Problem, match="damaged"):
        home.secrets()
    assert (home.path / "secrets.json").read_text() == "{half"


def test_a_second_holder_is_told_who_holds_the_folder_and_where(home: Home) -> None:
    home.hold(what="bin/run", address="http://localhost:8000")
    with pytest.raises(
        Problem, match=rf"bin/run already works on .* at http://localhost:8000 \(process {os.getpid()}\)"
    ):
        Home.open().hold(what="bin/manage")
    home.release()
    other = Home.open()
    other.hold(what="bin/manage")
    assert home.holder()["what"] == "bin/manage"
    other.release()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MASHPECH_HOME", str(tmp_path / "file" / "inside"))
    with pytest.raises(Problem, match=r"cannot be written .* Set MASHPECH_HOME"):
        Home.open()


def test_a_full_disk_is_said_before_anything_is_made(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: _Usage())
    with pytest.raises(Problem, match="Only 5 MB are free"):
        Home.open()


class _Usage:
    free = 5_000_000


def test_sockets_leave_a_path_that_is_too_long_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASHPECH_HOME", str(tmp_path / ("long" * 30) / "עם רווח"))
    sockets = Home.open().sockets
    assert len(os.fsencode(sockets)) <= 80
    assert str(sockets).isascii()
    sockets.rmdir()
    sockets.parent.rmdir()


@pytest.mark.parametrize("value", ["0", "65536", "eighty", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_with_a_sentence(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(Problem, match="PORT must be a number"):
        environment.port()


def test_a_taken_port_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} is taken .* PORT={port + 1} bin/run"):
            check_port("127.0.0.1", port)


def test_what_the_operator_set_wins_over_our_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the operator's")
    monkeypatch.setenv("MEDIA_ROOT", "")
    told = environment.for_application(home, Servers("postgres:///ours", ""))
    assert told["SECRET_KEY"] == "the operator's"
    assert told["MEDIA_ROOT"] == str(home.path / "media")  # empty means not set
    assert told["DATABASE_URL"] == "postgres:///ours"
    assert told["BROKER_URL"] == "memory://"
    assert "database_password" not in told


def test_the_demo_is_loaded_by_default_into_our_own_database_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("MASHPECH_DEMO", raising=False)
    monkeypatch.delenv("SITE_URL", raising=False)
    assert environment.wants_demo()
    monkeypatch.setenv("SITE_URL", "https://crm.example.org")
    assert not environment.wants_demo()
    monkeypatch.delenv("SITE_URL")
    monkeypatch.setenv("DATABASE_URL", "postgres://the/operators")
    assert not environment.wants_demo()
    monkeypatch.setenv("MASHPECH_DEMO", "1")
    assert environment.wants_demo()


def test_static_files_are_collected_only_when_one_changed(tmp_path: Path, settings: Settings) -> None:
    source = tmp_path / "static"
    source.mkdir()
    (source / "app.js").write_text("first")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], tmp_path / "collected"
    prepare.collect_static_files()
    copied = tmp_path / "collected" / "app.js"
    copied.write_text("touched by a test")
    prepare.collect_static_files()
    assert copied.read_text() == "touched by a test"
    (source / "app.js").write_text("second")
    prepare.collect_static_files()
    assert copied.read_text() == "second"


def test_data_of_another_version_of_postgresql_is_not_touched(home: Home) -> None:
    with pytest.raises(Problem, match="was made by PostgreSQL 11, and these are found here"):
        binaries.postgres_folder(wanted=11)


def test_the_programs_of_the_operator_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.4'\n")
    (programs / "postgres").chmod(0o755)
    monkeypatch.setenv("POSTGRES_BIN", str(programs))
    assert binaries.postgres_folder() == programs


def test_a_broken_off_initdb_is_made_again() -> None:
    postgres = Postgres.throwaway()
    try:
        half = identity.hand_over(postgres.base / "pgdata.new", postgres.user)
        (half / "PG_VERSION").write_text("18")
        assert postgres.make() is True
        assert (postgres.data / "global/pg_control").exists()
        assert not half.exists()
        assert postgres.make() is False
    finally:
        postgres.discard()


def test_only_the_very_processes_of_a_killed_start_are_ended(tmp_path: Path) -> None:
    ours, stranger = (subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) for _ in range(2))
    try:
        remember(tmp_path / "processes.json", [ours.pid, stranger.pid])
        remembered = json.loads((tmp_path / "processes.json").read_text())
        remembered[str(stranger.pid)] = "12345"  # the number was given to a younger process
        (tmp_path / "processes.json").write_text(json.dumps(remembered))
        assert end_leftovers(tmp_path / "processes.json", patience=0.2) == 1
        assert ours.wait(5) == -9
        assert born_at(stranger.pid) != ""
    finally:
        for process in (ours, stranger):
            process.kill()
            process.wait()
