"""The figures of an import in the order in which they are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crm.contacts.models import List
from crm.imports import showing
from crm.imports.models import Import, ImportEffect
from crm.imports.showing import Shown

Outcome = ImportEffect.Outcome
MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class Told:
    words: str
    number: int


@dataclass(frozen=True, slots=True)
class TitledCell:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class TitledRow:
    """A row with the titles of its columns beside its cells."""

    number: int
    line: int
    reasons: list[str]
    contact_id: int | None
    cells: list[TitledCell]


def titled(importing: Import, rows: Iterable[Shown]) -> list[TitledRow]:
    """With the cells that are taken in and say something; the rest is in the file."""
    columns = importing.plan.get("columns", [])
    used = [place for place, column in enumerate(columns) if column["target"] != "ignore"]
    return [TitledRow(row.number, row.line, row.reasons, row.contact_id, _cells(importing, row, used)) for row in rows]


def _cells(importing: Import, row: Shown, used: Iterable[int]) -> list[TitledCell]:
    return [TitledCell(importing.headers[place], row.cells[place]) for place in used if row.cells[place].strip()]


@dataclass
class Results:
    """What an import has done, or would do after its check. Figures are 0 until they are known."""

    importing: Import

    def _of(self, name: str, outcome: str) -> int:
        return int(self.importing.tallies.get(name, {}).get("rows", {}).get(outcome, 0))

    def _rows(self, outcome: str) -> int:
        """As checked, until the import begins; then as done, and so it stays after an undo."""
        return self._of("done" if self.importing.started_at else "checked", outcome)

    @property
    def new(self) -> int:
        return self._rows(Outcome.NEW)

    @property
    def updated(self) -> int:
        return self._rows(Outcome.UPDATED)

    @property
    def unchanged(self) -> int:
        return self._rows(Outcome.UNCHANGED)

    @property
    def refused(self) -> int:
        return self._rows(Outcome.REFUSED)

    @property
    def taken(self) -> int:
        return self.new + self.updated + self.unchanged

    @property
    def undone(self) -> dict[str, int]:
        return {outcome: self._of("undone", outcome) for outcome in ImportEffect.Undone.values}

    @property
    def is_counted(self) -> bool:
        return bool(self.importing.tallies)

    @property
    def kept(self) -> int:
        """People who stayed, whole or in part, because something happened since."""
        return self.undone[ImportEffect.Undone.KEPT] + self.undone[ImportEffect.Undone.PARTLY]

    @property
    def put_back(self) -> int:
        return self.undone[ImportEffect.Undone.RESTORED] + self.undone[ImportEffect.Undone.BINNED]

    @property
    def notes(self) -> list[Told]:
        """What to know beside the outcomes, in the order of showing.NOTES."""
        found = self._told("notes")
        return [Told(str(words), found[name]) for name, words in showing.NOTES.items() if found.get(name)]

    @property
    def why(self) -> list[Told]:
        """The commonest reasons for which rows were refused or cells left out."""
        words, found = showing.Words(self.importing), self._told("why")
        ordered = sorted(found.items(), key=lambda pair: -pair[1])[:MOST_REASONS]
        return [Told(words.why(key), number) for key, number in ordered]

    def _told(self, name: str) -> dict[str, int]:
        tally = self.importing.tallies.get("done" if self.importing.started_at else "checked", {})
        found: dict[str, int] = tally.get(name, {})
        return found

    @cached_property
    def lists(self) -> list[List]:
        """The lists that everybody in the file was to join, and that are still there."""
        wanted = self.importing.plan.get("lists", [])
        return list(List.objects.filter(workspace_id=self.importing.workspace_id, pk__in=wanted, deleted_at=None))

    @property
    def rule(self) -> dict[str, Any]:
        """Everybody whom this import brought or changed, as a rule for a segment or a mailing."""
        return {"all": [{"event": "contact.imported", "subject": self.importing.pk}]}
