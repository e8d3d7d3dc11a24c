"""Rows of an import for the eyes of a member: what was in the file, what became of it, and why, in the active language."""

from __future__ import annotations

from dataclasses import dataclass

from crm.imports.models import Import


@dataclass(frozen=True, slots=True)
class Shown:
    """`line` is the number a spreadsheet shows; `reasons` are sentences, each with the title of its column where it has one."""

    number: int
    line: int
    cells: list[str]
    outcome: str
    reasons: list[str]
    contact_id: int | None = None


def samples(importing: Import) -> dict[str, list[Shown]]:
    """A few rows for each outcome of the check, by ImportEffect.Outcome."""
    raise NotImplementedError


def refused(importing: Import, *, after: int = 0, limit: int = 50) -> list[Shown]:
    """Refused rows in the order of the file, beginning after the number `after`."""
    raise NotImplementedError


def kept(importing: Import, *, after: int = 0, limit: int = 50) -> list[Shown]:
    """After an undo: the rows whose people stayed, or kept what was edited since."""
    raise NotImplementedError
