"""What people agreed to, as a batch brings it; the ledger itself lies in a room above, which registers here.

`register(channels, write)`: `channels()` names them, `write(rows, actor=...)` enters each agreement of (contact, agreement) or
leaves it out, and says for each what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crm.contacts.models import Contact


@dataclass(frozen=True, slots=True)
class Agreement:
    """A statement of a person with its proof: the words they saw, and when. `is_granted` False is a "no"."""

    channel: str
    is_granted: bool
    wording: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """`became`: granted, withdrawn, unchanged, kept (their own "no" stands), blocked (the address must not be written to)."""

    channel: str
    became: str


class Writer(Protocol):
    def __call__(self, rows: Sequence[tuple[Contact, Agreement]], *, actor: str) -> list[Told]: ...


_channels: list[Callable[[], list[str]]] = []
_writers: list[Writer] = []


def register(channels: Callable[[], list[str]], write: Writer) -> None:
    _channels.append(channels)
    _writers.append(write)


def channels() -> list[str]:
    return [name for each in _channels for name in each()]


def write(rows: Sequence[tuple[Contact, Agreement]], *, actor: str) -> list[Told]:
    """In the caller's transaction, which holds the contacts. In the order of `rows`."""
    (writer,) = _writers
    return writer(rows, actor=actor) if rows else []
