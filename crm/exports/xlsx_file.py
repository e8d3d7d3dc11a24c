"""A workbook of people, written as it is read: every cell is typed, so none can be a formula, and nothing waits in memory.

The sheet is the only large part of the archive; it is compressed piece by piece (ECMA-376, inline strings).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import IO, Any, cast
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from crm.contacts.portable import RISKY

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
PIECE = 200
EPOCH = date(1899, 12, 30)
FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a 29 February that never was
LONGEST = 32_767
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
HEAD, DAY, MOMENT, QUOTED = 1, 2, 3, 4  # places in STYLES
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
        f'.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm:ss"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Arial"/></font>'
        '<font><b/><sz val="11"/><name val="Arial"/></font></fonts><fills count="2">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/>'
        '<xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
        '<xf quotePrefix="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def stream(
    rows: Iterable[Iterable[Any]], *, title: str, is_rtl: bool, zone: ZoneInfo, cells: int = 0, **_unused: Any
) -> Iterator[bytes]:
    """The archive in pieces. The first row is the heads; `cells` is about how many there will be."""
    out = _Outlet()
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, START + part)
        archive.writestr("xl/workbook.xml", START + _workbook(title))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=cells > 10_000_000) as sheet:
            for piece in _sheet(rows, is_rtl=is_rtl, zone=zone):
                sheet.write(piece.encode())
                yield out.taken()
    yield out.taken()


class _Outlet:
    """A file that cannot be wound back: what was written is taken away, and only its length is remembered."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def _workbook(title: str) -> str:
    name = escape(re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip(" '") or "Contacts", {'"': "&quot;"})
    sheet = f'<sheet name="{name}" sheetId="1" r:id="rId1"/>'
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheet}</sheets></workbook>'


def _sheet(rows: Iterable[Iterable[Any]], *, is_rtl: bool, zone: ZoneInfo) -> Iterator[str]:
    rtl = ' rightToLeft="1"' if is_rtl else ""
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    lines = [
        f'{START}<worksheet xmlns="{MAIN}"><sheetViews><sheetView{rtl} workbookViewId="0">{pane}</sheetView></sheetViews>',
        '<sheetFormatPr defaultRowHeight="15" baseColWidth="16"/><sheetData>',
    ]
    for number, row in enumerate(rows, start=1):
        style = HEAD if number == 1 else 0
        lines.append(f"<row>{''.join(cell(value, zone, style) for value in row)}</row>")
        if len(lines) >= PIECE:
            yield "".join(lines)
            lines = []
    yield "".join(lines) + "</sheetData></worksheet>"


def cell(value: Any, zone: ZoneInfo, style: int = 0) -> str:
    """One cell. Text is text whatever it begins with, and stays so when somebody edits it."""
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, datetime):
        return _numbered(_serial(value.astimezone(zone)), MOMENT)
    if isinstance(value, date):
        return _numbered(str((value - EPOCH).days), DAY) if value >= FIRST_DAY else _text(value.isoformat(), style)
    if isinstance(value, (int, float)):
        return f"<c><v>{value!r}</v></c>"
    return _text(str(value), style)


def _numbered(number: str, style: int) -> str:
    return f'<c s="{style}"><v>{number}</v></c>'


def _serial(moment: datetime) -> str:
    """Days since the epoch of spreadsheets, to the second; a moment too old for them is never written by us."""
    span = moment.replace(tzinfo=None, microsecond=0) - datetime.combine(EPOCH, datetime.min.time())
    return f"{span / timedelta(days=1):.8f}"


def _text(value: str, style: int) -> str:
    kept = ESCAPED.sub("_x005F_", FORBIDDEN.sub("", value)[:LONGEST])
    chosen = style or (QUOTED if RISKY.match(value) else 0)
    said = f' s="{chosen}"' if chosen else ""
    return f'<c t="inlineStr"{said}><is><t xml:space="preserve">{escape(kept)}</t></is></c>'
