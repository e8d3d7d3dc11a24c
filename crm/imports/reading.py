"""A file as a table: named columns and a stream of rows, whatever wrote it.

table = open_table(source, layout)
table.columns            # ["שם", "אימייל", "אימייל 2"]
for row in table: ...    # Row: its number, as many cells as there are columns, what was extra, what is doubtful
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts.identity import one_line
from crm.imports import sheets, text
from crm.imports.layouts import MOST_COLUMNS, XLSX, Layout, Row, Unreadable

LOOKED_AT = 200  # rows by which the width of the table is known
TITLE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Table:
    """Iterating reads the file from its beginning; it raises Unreadable at a row that ends the reading."""

    source: BinaryIO
    layout: Layout
    columns: list[str]

    def __iter__(self) -> Iterator[Row]:
        for row in _all_rows(self.source, self.layout):
            if row.number > self.layout.header_row:
                yield _fitted(row, len(self.columns))

    def head(self, most: int) -> list[Row]:
        return list(islice(self, most))


def open_table(source: BinaryIO, layout: Layout) -> Table:
    """Raises Unreadable where there are no columns, or too many."""
    rows = list(islice(_all_rows(source, layout), LOOKED_AT))
    titles = next((row.cells for row in rows if row.number == layout.header_row), [])
    width = _width(titles, [row.cells for row in rows if row.number > layout.header_row])
    if not width:
        raise Unreadable(gettext_lazy("There is nothing to read in this table."), code="empty")
    if width > MOST_COLUMNS:
        words = gettext_lazy(
            "The table has %(count)d columns. Up to %(limit)d can be read; delete those that are not needed."
        )
        raise Unreadable(words, code="columns", params={"count": width, "limit": MOST_COLUMNS})
    return Table(source, layout, column_names(titles, width))


def _all_rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    return sheets.rows(source, layout.sheet) if layout.kind == XLSX else text.rows(source, layout)


def _width(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """As far as titles go, and further where at least a tenth of the first rows do."""
    lengths = sorted(map(_length, rows))
    usual = lengths[-max(len(lengths) // 10, 1)] if lengths else 0
    return max(_length(titles), usual) if not titles or len(rows) >= 10 else _length(titles) or usual


def _length(cells: Sequence[str]) -> int:
    """Up to the last cell that says anything."""
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1].strip()), 0)


def column_names(titles: Sequence[str], width: int) -> list[str]:
    """One name for each column, all different: "Phone", "Phone (2)", "Column 5"."""
    names: list[str] = []
    taken: set[str] = set()
    for place in range(width):
        title = one_line(titles[place])[:TITLE_LENGTH] if place < len(titles) else ""
        name = base = title or _("Column %(number)d") % {"number": place + 1}
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name.casefold())
        names.append(name)
    return names


def _fitted(row: Row, width: int) -> Row:
    """As many cells as there are columns; what stands beyond is kept apart and said."""
    if len(row.cells) == width:
        return row
    if len(row.cells) < width:
        return replace(row, cells=row.cells + [""] * (width - len(row.cells)))
    extra = row.cells[width : width + _length(row.cells[width:])]
    warnings = (*row.warnings, "extra") if extra else row.warnings
    return replace(row, cells=row.cells[:width], extra=extra, warnings=warnings)
