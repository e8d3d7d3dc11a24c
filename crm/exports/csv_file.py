"""A text file of people: guarded against formulas, in the encoding and with the delimiter that were asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from crm.contacts.portable import guard, number_text

CONTENT_TYPE = "text/csv"
ENCODINGS: Final = {
    "utf-8-sig": _("Unicode, with a mark for Excel"),
    "utf-8": _("Unicode, without a mark"),
    "cp1255": _("Hebrew of Windows (windows-1255)"),
}
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}
LINES = 500
FORMATS = {"cp1255": "windows-1255", "utf-8-sig": "utf-8"}


def content_type(encoding: str) -> str:
    return f"{CONTENT_TYPE}; charset={FORMATS.get(encoding, encoding)}"


def stream(
    rows: Iterable[Iterable[Any]], *, encoding: str, delimiter: str, zone: ZoneInfo, **_unused: Any
) -> Iterator[bytes]:
    """The file in pieces of some hundred lines. What the encoding cannot write becomes a question mark."""
    buffer = io.StringIO()
    write = csv.writer(buffer, delimiter=DELIMITERS[delimiter], lineterminator="\r\n").writerow
    codec, mark = ("utf-8", "\ufeff") if encoding == "utf-8-sig" else (encoding, "")
    buffer.write(mark)
    for count, row in enumerate(rows, start=1):
        write([text(cell, zone) for cell in row])
        if count % LINES == 0:
            yield _taken(buffer).encode(codec, "replace")
    yield _taken(buffer).encode(codec, "replace")


def text(cell: Any, zone: ZoneInfo) -> str:
    """A cell in words. Numbers are numbers, dates are ISO, and only text can be a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(cell)
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return cell.isoformat() if isinstance(cell, date) else number_text(cell)


def _taken(buffer: io.StringIO) -> str:
    taken = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return taken
