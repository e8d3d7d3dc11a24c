"""A workbook is measured before anything opens it: a small archive may expand to gigabytes, and its own figures may lie.

Every member is inflated here in small pieces and thrown away, so the measure costs no memory and stops at the limit.
"""

from __future__ import annotations

import copy
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from crm.imports.layouts import Unreadable

MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO, SMALL = 150, 20 * 1024 * 1024  # honest sheets shrink 5 to 40 times; what stays small may shrink as it likes
MOST_CELLS = 12_000_000  # of the rectangle round all cells of a sheet: the reader keeps every one of them
MOST_MEMBERS = 2000
PIECE, OVERLAP = 256 * 1024, 64
REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, KeyError)


@dataclass(slots=True)
class Measure:
    """Of one sheet: its lowest and rightmost cell, and how many cells hold a fault (#N/A) or a formula never reckoned."""

    rows: int = 0
    columns: int = 0
    faults: int = 0
    unreckoned: int = 0


def measure(source: BinaryIO) -> Measure:
    """The largest of every figure over all sheets. Raises Unreadable for a bomb, a password, or what is broken."""
    try:
        source.seek(0)
        with zipfile.ZipFile(source) as archive:
            return _measured(archive)
    except Unreadable:
        raise
    except (*BROKEN, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise Unreadable(_("The file is damaged. Save it again and send it."), code="broken") from error
    finally:
        source.seek(0)


def _measured(archive: zipfile.ZipFile) -> Measure:
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable(_("The file has a password. Save it without one and send it."), code="password")
    if len(members) > MOST_MEMBERS:
        raise _too_large()
    _check_claims(members)
    found, total = Measure(), 0
    for member in members:
        here = Measure()
        total = _read_through(archive, member, total, here)
        if here.rows * here.columns > MOST_CELLS:
            raise _too_large()
        for name in Measure.__slots__:
            setattr(found, name, max(getattr(found, name), getattr(here, name)))
    return found


def _check_claims(members: list[zipfile.ZipInfo]) -> None:
    """What the archive says of itself is believed only where it condemns it: that costs nothing."""
    claimed, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if claimed > MOST_UNPACKED or (claimed > SMALL and claimed > MOST_RATIO * max(packed, 1)):
        raise _too_large()


def _read_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo, total: int, here: Measure) -> int:
    """Adds the true size of a member to `total`; stops at the limits."""
    before, is_sheet = total, member.filename.startswith("xl/worksheets/")
    tail = b""
    for piece in _pieces(archive, member):
        total += len(piece)
        grown = total - before
        if total > MOST_UNPACKED or (grown > SMALL and grown > MOST_RATIO * max(member.compress_size, 1)):
            raise _too_large()
        if is_sheet:
            _note(tail, piece, here)
            tail = piece[-OVERLAP:]
    return total


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member to its very end, wherever its directory entry says that it ends."""
    honest = copy.copy(member)
    honest.file_size = MOST_UNPACKED + PIECE
    del honest.CRC
    with archive.open(honest) as opened:
        while piece := opened.read(PIECE):
            yield piece


def _note(tail: bytes, piece: bytes, here: Measure) -> None:
    for match in REFERENCE.finditer(tail + piece):
        column, row = _column(match[1]), int(match[2])
        here.columns, here.rows = max(here.columns, column), max(here.rows, row)
    here.faults += piece.count(b't="e"')
    here.unreckoned += sum(
        piece.count(end) for end in (b"</f></c>", b"</f><v></v></c>", b"</f><v/></c>", b"</f><v /></c>")
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large() -> Unreadable:
    words = _("The workbook unfolds to more than can be read. Keep one sheet, delete empty rows, or save it as CSV.")
    return Unreadable(words, code="bomb")
