"""`bin/bench SCENARIO`: a scenario of config/bench on a throwaway PostgreSQL that is as careful as a real one.

BENCH_DATABASE_URL names a database to use and keep instead, so that a large business need not be made again each time.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from base64 import b64encode

from config.launcher.home import ROOT
from config.launcher.messages import compile_catalogue
from config.launcher.postgres import Postgres
from config.launcher.processes import death_wish
from config.launcher.words import exit_with


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    compile_catalogue()
    with tempfile.TemporaryDirectory(prefix="mashpech-bench-") as media:
        kept = os.environ.get("BENCH_DATABASE_URL", "")
        if kept:
            return scenario(arguments, environment(kept, media))
        postgres = Postgres.throwaway()
        postgres.extra = {}
        try:
            postgres.make()
            postgres.start()
            return scenario(arguments, environment(postgres.url(), media))
        finally:
            postgres.stop()
            postgres.discard()


def environment(database_url: str, media: str) -> dict[str, str]:
    made = {
        "DATABASE_URL": database_url,
        "BROKER_URL": "memory://",
        "CACHE_URL": "",
        "SITE_URL": "http://localhost:8000",
        "PUBLIC_URL": "",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TOKEN_KEYS": f"1:{b64encode(secrets.token_bytes(32)).decode()}",
        "MEDIA_ROOT": media,
        "EMAIL_URL": "",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return {name: value for name, value in (os.environ | made).items() if value and name != "DEBUG"}


def scenario(arguments: list[str], told: dict[str, str]) -> int:
    command = [sys.executable, "-m", "config.bench", *arguments]
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
