"""`bin/test`: pytest on a throwaway PostgreSQL of its own. DATABASE_URL is ignored; TEST_DATABASE_URL overrides."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from config.launcher.home import ROOT
from config.launcher.messages import compile_catalogue
from config.launcher.postgres import Postgres
from config.launcher.processes import death_wish
from config.launcher.words import exit_with

IGNORED = {  # what an operator has set for a real installation must not reach the tests
    *(
        "DATABASE_URL",
        "BROKER_URL",
        "CACHE_URL",
        "EMAIL_URL",
        "SITE_URL",
        "PUBLIC_URL",
        "SECRET_KEY",
        "TOKEN_KEYS",
        "DEBUG",
    ),
    *("MASHPECH_HOME", "PORT", "BIND", "EXTRA_HOSTS", "MEDIA_ROOT", "STATIC_ROOT", "MASHPECH_DEMO", "TRUST_PROXY"),
}


def main(arguments: list[str]) -> int:
    told = {name: value for name, value in os.environ.items() if name not in IGNORED}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    postgres = None
    try:
        compile_catalogue()
        if not told.get("TEST_DATABASE_URL"):
            postgres = Postgres.throwaway()
            postgres.make()
            postgres.start()
            told["TEST_DATABASE_URL"] = postgres.url()
        return pytest(arguments, told)
    finally:
        if postgres:
            postgres.stop()
            postgres.discard()


def pytest(arguments: list[str], told: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "auto", *arguments]
    process = subprocess.Popen(command, env=told, cwd=ROOT, preexec_fn=death_wish())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
        except SystemExit:
            process.terminate()
            process.wait()
            raise


if __name__ == "__main__":
    exit_with(lambda: main(sys.argv[1:]))
