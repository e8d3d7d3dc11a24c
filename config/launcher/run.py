"""`bin/run`: databases, then the data brought up to date, then web, worker and clock - until somebody stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from config.launcher import environment, words
from config.launcher.broker import Broker
from config.launcher.environment import Servers
from config.launcher.home import ROOT, Home
from config.launcher.messages import compile_catalogue
from config.launcher.ports import check_port, web_answers
from config.launcher.postgres import Postgres
from config.launcher.processes import Child, death_wish, end_leftovers, remember
from config.launcher.words import Problem, exit_with, say, started_at, step

LOGINS = """
  The demo business:   owner@foam.example.test   password: demo-mashpech
  Its English twin:    owner@glow.example.test   password: demo-mashpech"""
WEB_READY_WITHIN = 60
RESTARTS_IN_A_MINUTE = 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal."""


def main() -> int:
    words.stream = sys.stdout
    installation = Installation()
    installation.stop_on_signals()
    try:
        installation.start()
        installation.watch()
    except Stopped:
        say("\nStopping ...")
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, installation.hurry)
        installation.stop()
    return 0


@dataclass
class Installation:
    """What runs on one data folder."""

    home: Home | None = None
    postgres: Postgres | None = None
    broker: Broker | None = None
    children: list[Child] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    is_watching: bool = False
    asked_to_stop: bool = False
    hurried: bool = False

    def stop_on_signals(self) -> None:
        """A signal breaks off a start by raising Stopped. `watch` looks instead: Python swallows what is raised in a fork."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            again, self.asked_to_stop = self.asked_to_stop, True
            if not again and not self.is_watching:
                raise Stopped

        for number in STOP_SIGNALS:
            signal.signal(number, handle)

    # -- starting ------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        address = environment.site_url()
        self.home = Home.open()
        self.home.hold(what="bin/run", address=address, patience=3)
        if left := end_leftovers(self.home.path / "processes.json", patience=10):
            say(f"  ended what a killed start left behind ({left} processes)")
        check_port(environment.bind(), environment.port())
        say(f"Starting Mashpech in {self.home.path}")
        told = environment.for_application(self.home, self.start_servers(self.home))
        with step("data is up to date"):
            compile_catalogue()
            has_demo = self.prepare(told)
        with step("web, worker and clock"):
            self.start_processes(self.home, told)
        say(f"\nMashpech is at {address}  (ready in {time.monotonic() - started_at:.1f} s; Ctrl-C stops it)")
        say(f"{LOGINS}\n" if has_demo else "")

    def start_servers(self, home: Home) -> Servers:
        database_url, broker_url = (os.environ.get(name, "") for name in ("DATABASE_URL", "BROKER_URL"))
        if not database_url:
            self.postgres = Postgres.at(home, sink=show)
            with step("database"):
                self.postgres.make()
                self.postgres.start()
            database_url = self.postgres.url()
        if not broker_url:
            self.broker = Broker(home, sink=show)
            with step("broker"):
                self.broker.start()
            broker_url = self.broker.url
        self.remember()
        return Servers(database_url, broker_url)

    def prepare(self, told: dict[str, str]) -> bool:
        """Migrations, static files and the demo; returns whether the demo is there."""
        demo = {"MASHPECH_DEMO": "1" if environment.wants_demo() else "0"}
        command = [sys.executable, "-m", "config.launcher.prepare"]
        process = subprocess.Popen(
            command,
            env=told | demo,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=sys.stdout,
            text=True,
            start_new_session=True,
            preexec_fn=death_wish(),
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
        if process.returncode:
            raise Problem("The data could not be brought up to date; what went wrong stands above.")
        return bool(json.loads(output.splitlines()[-1])["demo"])

    def start_processes(self, home: Home, told: dict[str, str]) -> None:
        python = sys.executable
        bind = f"{environment.bind()}:{environment.port()}"
        clock = ["beat", "--loglevel", "INFO", "--schedule", str(home.path / "clock"), "--pidfile", ""]
        commands = {
            "web": [python, "-m", "gunicorn", "--config", "python:config.launcher.web", "--bind", bind, "config.wsgi"],
            "worker": [python, "-m", "config.launcher.worker"],
            "clock": [python, "-m", "celery", "--quiet", "--app", "config", *clock],
        }
        for name, command in commands.items():
            self.children.append(Child(name, command, told, sink=show, audible=True))
            self.children[-1].start()
        self.remember()
        self.wait_for_web(self.children[0])

    def wait_for_web(self, web: Child) -> None:
        deadline = time.monotonic() + WEB_READY_WITHIN
        while not web_answers():
            if not web.runs:
                raise Problem("The web server did not start; what went wrong stands above.")
            if time.monotonic() > deadline:
                raise Problem(f"The web server did not answer within {WEB_READY_WITHIN} s.")
            time.sleep(0.1)

    def remember(self) -> None:
        if self.home:
            remember(self.home.path / "processes.json", [child.pid for child in self.everything() if child.runs])

    def everything(self) -> list[Child]:
        servers = [server.child for server in (self.broker, self.postgres) if server and server.child]
        return [*self.children, *servers]

    # -- running -------------------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Until a signal: a process that ends by itself is started again, a server that ends is a Problem."""
        self.is_watching = True
        while not self.asked_to_stop:
            time.sleep(0.3)
            for child in self.everything():
                if not child.runs and not self.asked_to_stop:
                    self.mend(child)
        raise Stopped

    def mend(self, child: Child) -> None:
        if child not in self.children:
            raise Problem(f"The {child.name} ended by itself (code {child.exit_code}): {child.last_words()}")
        now = time.monotonic()
        self.restarts = [moment for moment in self.restarts if now - moment < 60] + [now]
        if len(self.restarts) > RESTARTS_IN_A_MINUTE:
            raise Problem(f"The {child.name} keeps ending (code {child.exit_code}): {child.last_words()}")
        show(child.name, f"ended by itself (code {child.exit_code}); starting it again")
        child.start()
        self.remember()

    # -- stopping ------------------------------------------------------------------------------------------------------
    def stop(self) -> None:
        started = time.monotonic()
        for child in reversed(self.children):
            child.ask_to_stop()
        for child in self.children:
            child.wait(patience=0.1 if self.hurried else 10)
        for server in (self.broker, self.postgres):
            if server:
                server.stop()
        if self.home:
            with suppress(OSError):
                (self.home.path / "processes.json").unlink()
            self.home.release()
        if self.everything():
            say(
                f"Stopped in {time.monotonic() - started:.1f} s; the data is kept in {self.home.path if self.home else ''}"
            )

    def hurry(self, _number: int, _frame: FrameType | None) -> None:
        """A second Ctrl-C: whoever still finishes something is killed. What was committed stays."""
        self.hurried = True
        for child in self.children:
            child.kill()


COLOURS = {"web": 36, "worker": 35, "clock": 34, "database": 33, "broker": 33}


def show(name: str, line: str) -> None:
    prefix = f"{name:<8} |"
    if sys.stdout.isatty():
        prefix = f"\x1b[{COLOURS.get(name, 37)}m{prefix}\x1b[0m"
    with suppress(BrokenPipeError, ValueError):
        print(prefix, line, flush=True)


if __name__ == "__main__":
    exit_with(main)
