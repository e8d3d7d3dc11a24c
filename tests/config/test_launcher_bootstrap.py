"""The environment: installed once a lock, finished when it was broken off, and pip's own words when it fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from config.launcher import bootstrap


class Pip:
    """Stands for the processes that bootstrap runs; `code` is how the next install ends."""

    def __init__(self) -> None:
        self.installs: list[list[str]] = []
        self.code, self.words = 0, ""

    def __call__(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        if "venv" in command:
            bootstrap.VENV.joinpath("bin").mkdir(parents=True, exist_ok=True)
            bootstrap.PYTHON.touch()
        else:
            self.installs.append(command)
        return subprocess.CompletedProcess(command, self.code if "install" in command else 0, self.words)


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(bootstrap, "works", lambda python: python.exists())
    pip = Pip()
    monkeypatch.setattr(bootstrap, "run", pip)
    return pip


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    lock = tmp_path / "requirements.lock"
    lock.write_text("one==1")
    return lock


def test_a_lock_is_installed_once_and_again_when_it_changed(pip: Pip, lock: Path) -> None:
    for text, installs in [("one==1", 1), ("one==1", 1), ("one==2", 2)]:
        lock.write_text(text)
        bootstrap.install(lock)
        assert bootstrap.is_installed(lock)
        assert len(pip.installs) == installs
    assert all("--require-hashes" in command for command in pip.installs)


def test_a_broken_off_install_is_finished_with_every_package_whole(pip: Pip, lock: Path) -> None:
    pip.code = 1
    with pytest.raises(bootstrap.Problem):
        bootstrap.install(lock)
    assert not bootstrap.is_installed(lock)
    pip.code = 0
    bootstrap.install(lock)
    assert bootstrap.is_installed(lock)
    assert ["--force-reinstall" in command for command in pip.installs] == [False, True]
    lock.write_text("one==3")
    bootstrap.install(lock)
    assert "--force-reinstall" not in pip.installs[-1]


def test_a_failed_install_says_what_pip_says_and_none_of_its_chatter(pip: Pip, lock: Path) -> None:
    pip.code = 1
    pip.words = "WARNING: Location 'x' is ignored\nERROR: No matching distribution found for one==1\n[notice] new pip"
    with pytest.raises(bootstrap.Problem) as told:
        bootstrap.install(lock)
    assert "ERROR: No matching distribution found for one==1" in str(told.value)
    assert "WARNING" not in str(told.value)
    assert "[notice]" not in str(told.value)


def test_no_room_is_said_before_anything_is_downloaded(pip: Pip, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 7_000_000}))
    with pytest.raises(bootstrap.Problem, match=r"needs about 500 MB .* only 7 MB are free"):
        bootstrap.install(lock)
    assert pip.installs == []
