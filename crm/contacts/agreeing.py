"""What people agreed to, as a batch brings it; the ledger itself lies in a room above, which registers here.

`register(channels, write, states)`: `channels()` names them; `write(rows, actor=...)` enters each pair or leaves
it out, and says for each what became of it; `states(ids)` tells where each contact stands, by channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


States = Mapping[int, Mapping[str, str]]
_channels: list[Callable[[], list[str]]] = []
_writers: list[Writer] = []
_states: list[Callable[[Sequence[int]], States]] = []


def register(channels: Callable[[], list[str]], write: Writer, states: Callable[[Sequence[int]], States]) -> None:
    _channels.append(channels)
    _writers.append(write)
    _states.append(states)


def states(ids: Sequence[int]) -> States:
    """{contact id: {"email": "granted"}}; a channel of which nothing was said is left out."""
    (state,) = _states
    return state(ids) if ids else {}


def channels() -> list[str]:
    return [name for each in _channels for name in each()]


def write(rows: Sequence[tuple[Contact, Agreement]], *, actor: str) -> list[Told]:
    """In the caller's transaction, which holds the contacts. In the order of `rows`."""
    (writer,) = _writers
    return writer(rows, actor=actor) if rows else []
