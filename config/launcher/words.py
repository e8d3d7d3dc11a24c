"""What a person reads: one line a step with its seconds, one sentence a problem, never a trace."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

started_at = time.monotonic()


class Problem(Exception):
    """Something a person must mend; the text says what and how."""


def say(words: str) -> None:
    """One line on standard error, which every command may use: standard output belongs to the command itself."""
    print(words, file=sys.stderr, flush=True)


@contextmanager
def step(words: str, *, quiet: bool = False) -> Iterator[None]:
    """Says `words` and the seconds it took, once it is done."""
    started = time.monotonic()
    yield
    if not quiet:
        say(f"  {words} {'.' * max(2, 44 - len(words))} {time.monotonic() - started:.1f} s")
