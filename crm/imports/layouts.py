"""How a file is laid out: what was found in it, or what its owner said instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CSV, XLSX = "csv", "xlsx"
MOST_BYTES = 100 * 1024 * 1024
MOST_COLUMNS = 500
HEADER_ROWS = 20  # a row of titles is looked for, and may be named, among the first so many
# Codec of Python -> words. "utf-8-sig" reads both with and without a byte order mark.
ENCODINGS = {
    "utf-8-sig": _("Unicode (UTF-8)"),
    "cp1255": _("Hebrew of Windows (windows-1255)"),
    "utf-16-le": _("Unicode (UTF-16)"),
    "utf-16-be": _("Unicode (UTF-16, big-endian)"),
    "iso8859-8": _("Hebrew (ISO-8859-8)"),
    "cp862": _("Hebrew of DOS (cp862)"),
    "cp1252": _("Western languages (windows-1252)"),
    "cp1251": _("Russian (windows-1251)"),
    "cp1256": _("Arabic (windows-1256)"),
}
DELIMITERS = {",": _("Comma ,"), ";": _("Semicolon ;"), "\t": _("Tab"), "|": _("Bar |")}
QUOTES = {'"': _('Quotation marks "'), "'": _("Apostrophes '"), "": _("None")}


class Unreadable(ValidationError):
    """A file or a row of it that cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`header_row` counts from 1 as a spreadsheet does; 0 says that there are no titles. `sheet` is of a workbook only."""

    kind: str = CSV
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Layout:
        """From `as_json`; what is not said is as in an ordinary file. Raises ValidationError with a dict of the names above."""
        return cls().overruled(said)

    def overruled(self, said: Mapping[str, Any]) -> Layout:
        """This layout with what somebody said instead. Raises ValidationError with a dict of names."""
        faults = {name: [str(words)] for name, words in _faults(said).items()}
        if faults:
            raise ValidationError(faults)
        return replace(self, **{name: said[name] for name in self.__slots__ if name in said})


def _faults(said: Mapping[str, Any]) -> dict[str, Any]:
    choices = {"kind": (CSV, XLSX), "encoding": ENCODINGS, "delimiter": DELIMITERS, "quote": QUOTES}
    faults = {
        name: _("Choose from the list.")
        for name, known in choices.items()
        if name in said and not (isinstance(said[name], str) and said[name] in known)
    }
    row = said.get("header_row", 1)
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row <= HEADER_ROWS:
        faults["header_row"] = _("Choose from the list.")
    if not isinstance(said.get("sheet", ""), str):
        faults["sheet"] = _("Choose from the list.")
    return faults


@dataclass(frozen=True, slots=True)
class Row:
    """A row as text. `number` is the one a spreadsheet shows; `extra` are cells beyond the last column.

    `warnings` are keys of WARNINGS: "extra", "letters", "cut".
    """

    number: int
    cells: list[str]
    extra: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


WARNINGS = {
    "extra": _("The row has more cells than there are columns; the rest was left out."),
    "letters": _("Some letters could not be read."),
    "cut": _(
        "The spreadsheet cut a long number short (such as 9.72E+11). Format the column as text and save it again."
    ),
}
