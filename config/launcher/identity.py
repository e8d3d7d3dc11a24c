"""Who PostgreSQL runs as. It refuses root, so a start by root lends it a system user and folders that user can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from config.launcher.words import Problem, say

NAME = "mashpech"
STATE = Path("/var/lib/mashpech")


def is_root() -> bool:
    return os.geteuid() == 0


def database_user() -> str | None:
    """The system user for PostgreSQL, made when it is missing; None when we are a plain user ourselves."""
    if not is_root():
        return None
    for name in (NAME, "postgres"):
        if _exists(name):
            return name
        if name == NAME and _make(name):
            say(f"  made the system user {name}, for PostgreSQL does not run as root")
            return name
    raise Problem("PostgreSQL does not run as root, and no system user could be made. Start as a plain user instead.")


def _exists(name: str) -> bool:
    try:
        return pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False


def _make(name: str) -> bool:
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(STATE), "--shell", "/usr/sbin/nologin"]
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    return program is not None and subprocess.run([program, *options, name], capture_output=True).returncode == 0


def owner_of(path: Path) -> str | None:
    """The user who owns `path`, if it is somebody else than us; None otherwise."""
    owner = path.stat().st_uid
    return None if owner == os.geteuid() else pwd.getpwuid(owner).pw_name


def hand_over(folder: Path, user: str | None) -> Path:
    """Makes `folder` (0700) and gives it to `user`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if user:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    return folder


def can(user: str | None, command: list[str]) -> bool:
    """Whether `user` can run `command` with success."""
    identity = {"user": user, "group": user, "extra_groups": []} if user else {}
    try:
        return subprocess.run(command, capture_output=True, cwd="/", timeout=20, **identity).returncode == 0  # type: ignore[call-overload]
    except (OSError, subprocess.TimeoutExpired):
        return False


def can_write(user: str | None, folder: Path) -> bool:
    return can(user, ["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)])


def runnable(programs: Path, user: str | None) -> Path:
    """`programs`, or a copy of it where `user` can execute it (an environment under a 0700 home is closed to others)."""
    if user is None or can(user, [str(programs / "postgres"), "--version"]):
        return programs
    install, package = programs.parent, programs.parents[1]
    copy = STATE / f"programs-{_stamp(programs)}"
    if not copy.exists():
        say(f"  copying PostgreSQL to {copy}, where the user {user} can run it")
        beside = STATE / f"{copy.name}.{os.getpid()}"
        shutil.copytree(install, beside / package.name / install.name, symlinks=True)
        if (libraries := package.parent / f"{package.name}.libs").is_dir():  # found by a path relative to the programs
            shutil.copytree(libraries, beside / libraries.name, symlinks=True)
        for path in [STATE, beside, *beside.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        beside.replace(copy)
    return copy / package.name / install.name / programs.name


def _stamp(programs: Path) -> str:
    stat = (programs / "postgres").stat()
    return f"{stat.st_size:x}-{int(stat.st_mtime):x}"
