"""Runs one scenario: `python -m config.bench segment --contacts 100000`. `bin/bench` gives it a database of its own."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time

import django

from config.bench.measuring import Measured, Scale, table
from config.launcher.words import say

NAMES = {"imports": "import"}  # module -> scenario: a keyword is no name of a module
FRAME = ("__main__", "measuring", "people")


def scenarios() -> list[str]:
    package = importlib.import_module("config.bench")
    return sorted(
        NAMES.get(found.name, found.name) for found in pkgutil.iter_modules(package.__path__) if found.name not in FRAME
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measures a scenario against its reference.")
    parser.add_argument("scenario", choices=scenarios())
    parser.add_argument("--contacts", type=int, default=Scale().contacts)
    parser.add_argument("--events", type=int)
    asked = parser.parse_args(arguments)
    django.setup()
    _migrate()
    events = asked.events if asked.events is not None else asked.contacts * 10
    return _run(asked.scenario, Scale(contacts=asked.contacts, events=events))


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _run(name: str, scale: Scale) -> int:
    modules = {called: module for module, called in NAMES.items()}
    scenario = importlib.import_module(f"config.bench.{modules.get(name, name)}")
    started = time.monotonic()
    measured: Measured = scenario.run(scale)
    goal: dict[str, float] = scenario.GOAL
    at_least: frozenset[str] = getattr(scenario, "AT_LEAST", frozenset())
    if measured.rows:
        say("\n" + table(measured.rows))
    for words in measured.unmeasured:
        say(f"Not measured: {words}")
    met = all(
        figure in measured.figures
        and (measured.figures[figure] >= limit if figure in at_least else measured.figures[figure] <= limit)
        for figure, limit in goal.items()
    )
    say(f"\n{name}: {scale.contacts:,} contacts, {scale.events:,} events, {time.monotonic() - started:.0f} s")
    said = {"scenario": name, "figures": measured.figures, "goal": goal, "met": met}
    print(json.dumps(said), flush=True)  # noqa: T201  the one line that a program reads
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
