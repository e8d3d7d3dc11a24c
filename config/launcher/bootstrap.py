"""Makes the environment, then becomes the command. Runs on a bare Python: the standard library only, no imports of ours.

Which lock a command needs stands in COMMANDS. A lock is installed when its stamp in .venv is missing or differs, so an
install that was broken off is simply finished by the next start.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
COMMANDS = {
    "run": "requirements.lock",
    "manage": "requirements.lock",
    "test": "requirements-test.lock",
    "check": "requirements-ci.lock",
    "bench": "requirements-ci.lock",  # its references are libraries that only developers need
}
SPACE_NEEDED = {"requirements.lock": 500, "requirements-test.lock": 550, "requirements-ci.lock": 1800}  # MB
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    command, *rest = arguments
    lock = ROOT / COMMANDS[command]
    try:
        if not is_installed(lock):
            with one_at_a_time():
                install(lock)
    except Problem as problem:
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        sys.exit("\nStopped before the environment was ready; the next start finishes it.")
    os.execv(PYTHON, [str(PYTHON), "-m", f"config.launcher.{command}", *rest])


class Problem(Exception):
    """Something a person must mend; the text says what and how."""


def is_installed(lock: Path) -> bool:
    stamp = stamp_of(lock)
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == fingerprint(lock)


def stamp_of(lock: Path) -> Path:
    return VENV / f"installed-{lock.name}"


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


class one_at_a_time:
    """Two starts in one checkout must not install over each other; the checkout's folder itself is the lock."""

    def __enter__(self) -> None:
        self.descriptor = os.open(ROOT, os.O_RDONLY)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is installing in this checkout; waiting for it.")
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_exc: object) -> None:
        os.close(self.descriptor)


def install(lock: Path) -> None:
    if is_installed(lock):
        return
    check_room(lock)
    if not works(PYTHON):
        make_environment()
    started = time.monotonic()
    unfinished = list(VENV.glob("installing-*"))
    mark = VENV / f"installing-{lock.name}"
    mark.touch()
    say("Finishing an install that was broken off ..." if unfinished else f"Installing {lock.name} ...")
    pip_install(lock, again=bool(unfinished))
    stamp_of(lock).write_text(fingerprint(lock))
    for left in [mark, *unfinished]:
        left.unlink(missing_ok=True)
    say(f"Installed {lock.name} in {time.monotonic() - started:.0f} s")


def check_room(lock: Path) -> None:
    if not os.access(ROOT, os.W_OK):
        raise Problem(f"{ROOT} is not writable for this user, so no environment can be made in it.")
    free = shutil.disk_usage(ROOT).free // 1_000_000
    needed = 100 if works(PYTHON) else SPACE_NEEDED[lock.name]
    if free < needed:
        raise Problem(f"The environment needs about {needed} MB in {VENV}, and only {free} MB are free there.")


def works(python: Path) -> bool:
    probe = [str(python), "-c", "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"]
    return python.exists() and subprocess.run(probe, capture_output=True).returncode == 0


def make_environment() -> None:
    started = time.monotonic()
    say("Making .venv again, for it does not work ..." if VENV.exists() else "Making the environment .venv ...")
    done = run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if done.returncode or not works(PYTHON):
        raise Problem(
            f"{sys.executable} could not make the environment .venv:\n{done.stdout.strip()}\n"
            "On Debian and Ubuntu the package python3-venv is needed: apt install python3-venv"
        )
    say(f"Made .venv with Python {sys.version.split()[0]} in {time.monotonic() - started:.0f} s")


def pip_install(lock: Path, *, again: bool) -> None:
    """`again` puts every package back in whole: a broken-off one can look as if it were installed."""
    options = ["--require-hashes", "--prefer-binary", "--quiet", "--no-input", "--disable-pip-version-check"]
    options += ["--force-reinstall"] if again else []
    done = run([str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)])
    if done.returncode:
        words = [line for line in done.stdout.splitlines() if line and not line.startswith(("WARNING", "[notice]"))]
        said = "\n".join(words[-15:])
        raise Problem(f"pip could not install the environment; it says:\n{said}\nThe next start goes on from here.")


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs to the end and keeps the output; the child ends when we are killed."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=end_with_parent,
    )


def end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def say(words: str) -> None:
    """On standard error, except for `run`: what another command prints on standard output is its own."""
    print(words, file=sys.stdout if sys.argv[1:2] == ["run"] else sys.stderr, flush=True)


def stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    main(sys.argv[1:])
