"""What a file is and how it is laid out, by evidence in its first rows. Whatever is found, its owner may overrule."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from crm.imports import sheets
from crm.imports.encoding import detect_encoding
from crm.imports.layouts import CSV, DELIMITERS, XLSX, Layout
from crm.imports.recognising import recognise
from crm.imports.text import SEP, text_of

SAMPLE_TEXT, SAMPLE_ROWS = 256 * 1024, 60
HEADER_AMONG = 10
TITLE_LENGTH = 80
TYPED = re.compile(r"\S+@\S+\.\S+|[+(]?\d[\d\s().\-/+:]{3,}|-?\d+([.,]\d+)?%?|https?://\S+")


def detect(source: BinaryIO) -> Layout:
    """The layout of a whole file. `source` is binary and can be sought. Raises Unreadable."""
    if recognise(source) == XLSX:
        return of_workbook(source)
    return of_text(source, detect_encoding(source))


def of_workbook(source: BinaryIO, sheet: str = "") -> Layout:
    """With `sheet`, else with the first that shows anything. Raises Unreadable."""
    names = sheets.names(source)
    chosen = sheet if sheet in names else sheets.first_filled(source, names)
    rows = sheets.first_rows(source, chosen, HEADER_AMONG + SAMPLE_ROWS)
    return Layout(kind=XLSX, sheet=chosen, header_row=header_row(rows))


def of_text(source: BinaryIO, encoding: str) -> Layout:
    """With the delimiter, the quotes and the titles that this encoding shows."""
    sample = sample_of(source, encoding)
    stated = SEP.match(sample)
    body = sample[stated.end() :] if stated else sample
    quote = "'" if _share_in_apostrophes(body) > 0.5 else '"'
    delimiter = stated[1] if stated and stated[1] in DELIMITERS else _delimiter(body, quote)
    rows = _parsed(body, delimiter, quote)
    return Layout(kind=CSV, encoding=encoding, delimiter=delimiter, quote=quote, header_row=header_row(rows))


def sample_of(source: BinaryIO, encoding: str) -> str:
    """The beginning as text, up to the end of its last whole line."""
    source.seek(0)
    raw = source.read(SAMPLE_TEXT)
    text = text_of(raw, encoding)
    whole = len(raw) < SAMPLE_TEXT or "\n" not in text
    return text if whole else text[: text.rindex("\n") + 1]


def _parsed(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= HEADER_AMONG + SAMPLE_ROWS:
                break
    except csv.Error:  # a quotation mark that is never closed: reading says in which row
        pass
    return rows


def _delimiter(text: str, quote: str) -> str:
    """The one that cuts most rows into the same number of cells, the more cells the better."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(_parsed(text, delimiter, quote)))


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    if not widths:
        return 0
    width, same = widths.most_common(1)[0]
    return 0 if width == 1 else same / widths.total() * (1 + math.log2(width))


def _share_in_apostrophes(text: str) -> float:
    """Of the cells of the first rows, those that stand between apostrophes; 0 where quotation marks do the same work."""
    lines = text.splitlines()[:SAMPLE_ROWS]
    cells = [cell.strip() for line in lines for cell in re.split(r"[,;\t|]", line) if cell.strip()]
    held = [cell for cell in cells if len(cell) > 1 and cell[0] == cell[-1] == "'"]
    return 0 if not cells or any('"' in cell for cell in cells) else len(held) / len(cells)


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """The row of titles, counted from 1; 0 when there is none.

    Titles are short, different from each other, fill most of the width, and look like no e-mail, number, date or link. Lines
    above them (the name of a report) fill less. A table of names alone cannot be told from titles, and is taken to have them.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = max(sorted(filled)[len(filled) // 2], 1) if filled else 1
    for place, row in enumerate(rows[:HEADER_AMONG]):
        if filled[place] * 2 > usual:
            return place + 1 if _are_titles(row) else 0
    return 0


def _are_titles(row: Sequence[str]) -> bool:
    titles = [cell.strip() for cell in row if cell.strip()]
    if any(len(title) > TITLE_LENGTH or TYPED.fullmatch(title) for title in titles):
        return False
    return len(set(titles)) * 2 > len(titles)  # "Phone, Phone" happens; the same word all over is data
