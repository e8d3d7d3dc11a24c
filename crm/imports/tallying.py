"""Counting what rows become, by outcome, by note, by reason, with the numbers of a few rows of each outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

SAMPLES = 5


class Tally:
    """Begins where an earlier chunk ended: `Tally(importing.tallies.get("done"))`."""

    def __init__(self, before: Mapping[str, Any] | None = None) -> None:
        said = before or {}
        self.rows = Counter(said.get("rows", {}))
        self.notes = Counter(said.get("notes", {}))
        self.why = Counter(said.get("why", {}))
        self.samples: dict[str, list[int]] = {name: list(found) for name, found in said.get("samples", {}).items()}

    def count(
        self, outcome: str, number: int, notes: Iterable[str] = (), reasons: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.rows[outcome] += 1
        self.notes.update(notes)
        self.why.update({why(reason) for reason in reasons})
        found = self.samples.setdefault(outcome, [])
        if len(found) < SAMPLES:
            found.append(number)

    def as_json(self) -> dict[str, Any]:
        return {"rows": dict(self.rows), "notes": dict(self.notes), "why": dict(self.why), "samples": self.samples}


def why(reason: Mapping[str, Any]) -> str:
    """ "2 invalid": the column and the code of a reason; a code alone where it is about the whole row."""
    column = reason.get("column")
    return reason["code"] if column is None else f"{column} {reason['code']}"
