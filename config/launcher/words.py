"""What a person reads: one line a step with its seconds, one sentence a problem, never a trace."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

started_at = time.monotonic()
stream = sys.stderr  # standard output belongs to the command; only bin/run, which has none, speaks there


class Problem(Exception):
    """Something a person must mend; the text says what and how."""


def say(words: str) -> None:
    print(words, file=stream, flush=True)


def exit_with(command: Callable[[], int]) -> NoReturn:
    """Ends the process with the command's code; a Problem is its sentence, and a surprise leaves its trace in a file."""
    try:
        sys.exit(command())
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as surprise:
        with tempfile.NamedTemporaryFile("w", prefix="mashpech-trouble-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
        say(f"\nSomething unforeseen: {surprise} ({type(surprise).__name__}). The details are in {file.name}.")
    sys.exit(1)


@contextmanager
def step(words: str, *, quiet: bool = False) -> Iterator[None]:
    """Says `words` and the seconds it took, once it is done."""
    started = time.monotonic()
    yield
    if not quiet:
        say(f"  {words} {'.' * max(2, 44 - len(words))} {time.monotonic() - started:.1f} s")
