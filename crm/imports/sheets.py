"""Rows of a workbook. It is measured before it is opened; formulas give the value that was saved with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from crm.imports.layouts import Row, Unreadable
from crm.imports.unpacking import measure

LONGEST_CELL = 32_767  # what a spreadsheet itself allows


def opened(source: BinaryIO) -> CalamineWorkbook:
    """Raises Unreadable for a bomb, a password, a broken file. Reads the file from its beginning."""
    measure(source)
    try:
        source.seek(0)
        return CalamineWorkbook.from_filelike(source)
    except (CalamineError, ValueError, OSError) as error:
        raise _broken() from error


def names(source: BinaryIO) -> list[str]:
    """The sheets with cells, those hidden last."""
    return _names(opened(source))


def _names(book: CalamineWorkbook) -> list[str]:
    tables = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if not tables:
        raise _broken()
    return [s.name for s in sorted(tables, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)]


def first_filled(source: BinaryIO, among: Sequence[str]) -> str:
    """The first sheet that holds anything; else the first."""
    book = opened(source)
    return next((name for name in among if _sheet(book, name).height), among[0])


def first_rows(source: BinaryIO, sheet: str, most: int) -> list[list[str]]:
    """The rows as a spreadsheet numbers them, blank ones too, so that a place in the list is a number less one."""
    found: list[list[str]] = []
    for row in islice(rows(source, sheet), most):
        if row.number > most:
            break
        found += [[] for _blank in range(row.number - len(found) - 1)]
        found.append(row.cells)
    return found


def rows(source: BinaryIO, sheet: str) -> Iterator[Row]:
    """Every row that holds anything. Raises Unreadable."""
    for number, cells in enumerate(_sheet(opened(source), sheet).iter_rows(), start=1):
        texts = [canonical(cell) for cell in cells]
        if any(texts):
            yield Row(number, texts)


def _sheet(book: CalamineWorkbook, name: str) -> Any:
    known = _names(book)
    try:
        return book.get_sheet_by_name(name if name in known else known[0])
    except CalamineError as error:
        raise _broken() from error


def canonical(value: Any) -> str:
    """A cell as text: 501234567.0 is "501234567", a date is ISO, yes and no are "true" and "false"."""
    if isinstance(value, str):
        return value[:LONGEST_CELL]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    return _length(value) if isinstance(value, timedelta) else str(value)


def _number(value: float) -> str:
    """Fifteen digits, as many as a spreadsheet keeps, and never in powers of ten where they fit."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return f"{value:.15g}"


def _length(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _broken() -> Unreadable:
    return Unreadable(_("The file is damaged. Save it again and send it."), code="broken")
