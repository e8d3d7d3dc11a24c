"""Rows of a delimited text, as a stream: a file of any size is never held whole, and a wrong quotation mark swallows little."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from crm.imports.layouts import Layout, Row, Unreadable

SEP = re.compile(r'\ufeff?"?sep=(.)"?\r?\n', re.IGNORECASE)  # a first line by which Excel is told the delimiter
MOST_LINES = 300  # of one row: a cell may hold a letter of many lines, but not the rest of the file
LONGEST_LINE = 1_000_000
UNKNOWN = "\ufffd"
CUT = re.compile(r"\d([.,]\d+)?E\+\d{1,2}")


def text_of(raw: bytes, encoding: str) -> str:
    """The beginning of a file as text; what is cut in its middle is left out, and what cannot be read is marked."""
    decoded = codecs.getincrementaldecoder(encoding)(errors="replace").decode(raw)
    return decoded.replace("\0", "").removeprefix("\ufeff")


def rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    """Every row that holds anything, titles and all. `source` stays open. Raises Unreadable, naming the row."""
    lines = _Lines(source, layout)
    # csv bounds a cell by itself (131,072 letters)
    reader = csv.reader(
        lines,
        delimiter=layout.delimiter,
        quotechar=layout.quote or None,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
    )
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if lines.is_over and lines.taken > 1:  # only a quotation mark left open reads on after the last line
                raise _never_closed(number)
            lines.taken = 0
            if any(cells):
                yield Row(number, cells, warnings=_warnings(cells))
    except (csv.Error, _TooManyLines) as error:
        raise _never_closed(number + 1) from error
    finally:
        lines.let_go()


def _warnings(cells: list[str]) -> tuple[str, ...]:
    found = []
    if any(UNKNOWN in cell for cell in cells):
        found.append("letters")
    if any("E+" in cell and CUT.fullmatch(cell) for cell in cells):
        found.append("cut")
    return tuple(found)


class _TooManyLines(Exception):
    pass


class _Lines:
    """The lines of the file for `csv`, counting how many the row in hand has taken."""

    def __init__(self, source: BinaryIO, layout: Layout) -> None:
        source.seek(0)
        self.text = io.TextIOWrapper(source, encoding=layout.encoding, errors="replace", newline="")
        self.taken, self.is_over, self.is_first = 0, False, True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._line()
        if self.taken >= MOST_LINES or len(line) >= LONGEST_LINE:
            raise _TooManyLines
        if not line:
            self.is_over = True
            raise StopIteration
        self.taken += 1
        return line.replace("\0", "")

    def _line(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if self.is_first:
            self.is_first = False
            if SEP.fullmatch(line):
                return self.text.readline(LONGEST_LINE).removeprefix("\ufeff")
        return line.removeprefix("\ufeff")

    def let_go(self) -> None:
        self.text.detach()


def _never_closed(number: int) -> Unreadable:
    words = _(
        "Row %(row)d opens a quotation mark that is never closed. Mend it there, or choose “None” for the marks round cells."
    )
    return Unreadable(words, code="unclosed", params={"row": number})
