"""`bin/check`: everything that can be checked without running the product. `bin/check NAME...` runs only those."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from config.launcher.home import ROOT
from config.launcher.messages import compile_catalogue
from config.launcher.processes import death_wish
from config.launcher.words import exit_with, say

PROGRAMS = Path(sys.executable).parent
DEPLOYED = {  # a made-up production, so that `check --deploy` sees what an operator would run
    "SECRET_KEY": "only-for-bin-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "TOKEN_KEYS": "1:b25seS1mb3ItYmluLWNoZWNrLTMyLWJ5dGVzLWxvbmc=",
    "SITE_URL": "https://crm.example.org",
    "DATABASE_URL": "postgres://nobody@/none?host=/nonexistent",
    "BROKER_URL": "memory://",
}


def commands() -> dict[str, list[str]]:
    """Name -> command. Each needs no server and no network."""
    python, manage = sys.executable, [sys.executable, "manage.py"]
    deployed = [python, "-W", "error::RuntimeWarning", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return {
        "style": [str(PROGRAMS / "ruff"), "check", "."],
        "format": [str(PROGRAMS / "ruff"), "format", "--check", "."],
        "types": [python, "-m", "mypy"],
        "laws": [str(PROGRAMS / "lint-imports"), "--no-logo", "--no-cache"],
        "templates": [str(PROGRAMS / "djade"), "--check", "--target-version", "5.2", *templates()],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run", "--skip-checks"],
        "settings": deployed,
        "messages": [python, "-m", "config.launcher.messages", "check"],
    }


def templates() -> list[str]:
    tracked = subprocess.run(["git", "ls-files", "templates"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    found = tracked or [str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*")]
    return [name for name in found if name.endswith(".html") and (ROOT / name).exists()]


def main(wanted: list[str]) -> int:
    compile_catalogue()
    known = commands()
    if unknown := set(wanted) - set(known):
        say(f"No such check: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    failed = [name for name in wanted or known if not passes(name, known[name])]
    say(f"\nNot well: {', '.join(failed)}" if failed else "\nAll is well.")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Runs one check; its output is shown only when it fails."""
    started = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "TEST_DATABASE_URL")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment | DEPLOYED,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=death_wish(),
    )
    say(f"{name:<12} {'ok' if done.returncode == 0 else 'FAILS':<6} {time.monotonic() - started:5.1f} s")
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode == 0


if __name__ == "__main__":
    exit_with(lambda: main(sys.argv[1:]))
