"""Real files of other programs, made on the spot."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

HEADER = ["שם", "אימייל", "נייד"]
PEOPLE = [["דנה כהן", "dana@example.test", "050-1234567"], ["גיל לוי", "gil@example.test", "052-7654321"]]


def csv_of(rows: Sequence[Sequence[str]], *, delimiter: str = ",", end: str = "\r\n") -> str:
    return end.join(delimiter.join(row) for row in rows) + end


def source(content: str | bytes, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(content.encode(encoding) if isinstance(content, str) else content)


def workbook(rows: Sequence[Sequence[Any]], *, title: str = "גיליון1", **others: Sequence[Sequence[Any]]) -> io.BytesIO:
    """An XLSX; `others` are more sheets by name, those called hidden... hidden."""
    book = Workbook()
    book.active.title = title
    for name, content in {title: rows, **others}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
        for row in content:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def rewritten(book: io.BytesIO, **members: bytes) -> io.BytesIO:
    """The workbook with other contents of members: sheet1=b"..." is xl/worksheets/sheet1.xml."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            stem = member.rpartition("/")[2].removesuffix(".xml")
            new.writestr(member, members.get(stem, old.read(member)))
    out.seek(0)
    return out


def sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def bomb(gigabytes: int = 1) -> io.BytesIO:
    """An XLSX of about a megabyte whose first sheet unfolds to `gigabytes`."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(workbook([["א"]])) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for member in old.namelist():
            if not member.endswith("sheet1.xml"):
                new.writestr(member, old.read(member))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _piece in range(gigabytes * 16):
                sheet.write(b" " * (64 * 1024 * 1024))
    out.seek(0)
    return out
