"""`bin/manage ARGS`: a management command on the data that bin/run keeps. Says nothing of its own on standard output.

While bin/run works on the data folder its database is used; otherwise the database alone is started and stopped again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from config.launcher import environment
from config.launcher.broker import Broker
from config.launcher.environment import Servers
from config.launcher.home import ROOT, Home
from config.launcher.messages import compile_catalogue
from config.launcher.postgres import Postgres
from config.launcher.processes import death_wish, end_leftovers, remember
from config.launcher.words import Problem, exit_with, say

PATIENCE = 120  # seconds for another bin/manage, or for a bin/run that is just starting


def main(arguments: list[str]) -> int:
    home, postgres = None, None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        home = Home.open()
        compile_catalogue()
        database_url, broker_url = os.environ.get("DATABASE_URL", ""), os.environ.get("BROKER_URL", "")
        if not database_url:
            postgres, broker_url = reach_database(home, broker_url)
            database_url = postgres.url()
        return command(arguments, environment.for_application(home, Servers(database_url, broker_url)))
    finally:
        if postgres:
            postgres.stop()
        if home:
            home.release()


def reach_database(home: Home, broker_url: str) -> tuple[Postgres, str]:
    """The running one with its broker, or one started for us; then there is no broker, and none is needed."""
    postgres, deadline, told = Postgres.at(home), time.monotonic() + PATIENCE, False
    while True:
        try:
            home.hold(what="bin/manage")
        except Problem as problem:
            has_broker = bool(broker_url) or Broker(home).answers()
            if home.holder().get("what") == "bin/run" and postgres.answers() and has_broker:
                return postgres, broker_url or Broker(home).url
            if time.monotonic() > deadline:
                raise
            if not told and time.monotonic() > deadline - PATIENCE + 1:
                say(f"Waiting, for {problem}")
                told = True
            time.sleep(0.1)
        else:
            start(home, postgres)
            return postgres, broker_url


def start(home: Home, postgres: Postgres) -> None:
    end_leftovers(home.path / "processes.json", patience=10)
    postgres.make()
    postgres.start()
    if postgres.child:
        remember(home.path / "processes.json", [postgres.child.pid])


def command(arguments: list[str], told: dict[str, str]) -> int:
    """Runs it with our own terminal; Ctrl-C is the command's business. Returns its exit code."""
    process = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), *arguments], env=told, preexec_fn=death_wish())
    while True:
        try:
            code = process.wait()
            return 128 - code if code < 0 else code
        except KeyboardInterrupt:
            continue
        except SystemExit:
            process.terminate()
            process.wait()
            raise


if __name__ == "__main__":
    exit_with(lambda: main(sys.argv[1:]))
