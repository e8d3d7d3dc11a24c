"""What a file is by its first bytes, whatever its name says. What cannot be read is refused, with what to do instead."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from crm.imports.layouts import CSV, MOST_BYTES, XLSX, Unreadable

SIZE_OF_HEAD = 4096
MEGABYTE = 1024 * 1024
SAVE_AS = _("Open it in Excel or Google Sheets, save it as XLSX or CSV, and send that.")
MAGIC = [
    (b"\xd0\xcf\x11\xe0", _("This is an old Excel file (XLS) or one with a password.")),
    (b"%PDF", _("This is a PDF, and rows cannot be read out of it.")),
    (b"\x89PNG", _("This is a picture.")),
    (b"\xff\xd8\xff", _("This is a picture.")),
    (b"GIF8", _("This is a picture.")),
    (b"RIFF", _("This is a picture or a sound.")),
    (b"{\\rtf", _("This is a text document.")),
    (b"BEGIN:VCARD", _("This is a file of business cards (VCF). Export the contacts as CSV instead.")),
]
PACKED = [b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ"]
UNPACK = _("This is a packed file. Unpack it and send the table inside it.")
# A member of the archive -> what wrote it
MEMBERS = [
    ("xl/workbook.bin", _("This is a binary Excel file (XLSB).")),
    ("word/document.xml", _("This is a Word document.")),
    ("ppt/presentation.xml", _("This is a presentation.")),
    ("Index/Document.iwa", _("This is a Numbers file. Choose Export to CSV in Numbers, and send that.")),
]


def recognise(source: BinaryIO) -> str:
    """CSV or XLSX. Raises Unreadable for everything else, and for what is empty or too large."""
    size = source.seek(0, 2)
    source.seek(0)
    head = source.read(SIZE_OF_HEAD)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Unreadable(_("The file is empty."), code="empty")
    if size > MOST_BYTES:
        words = _("The file is %(size)d MB. Up to %(limit)d MB can be read; split it into two.")
        raise Unreadable(words, code="size", params={"size": size // MEGABYTE, "limit": MOST_BYTES // MEGABYTE})
    if head.startswith(b"PK"):
        return _of_archive(source)
    _refuse_others(head)
    return CSV


def _refuse_others(head: bytes) -> None:
    for magic, words in MAGIC:
        if head.startswith(magic):
            raise Unreadable(_sentence(words), code="kind")
    if head.startswith(tuple(PACKED)):
        raise Unreadable(UNPACK, code="kind")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<style")):
        raise Unreadable(_sentence(_("This is a web page, even if its name ends like a spreadsheet's.")), code="kind")
    if start.startswith((b"{", b"[{")):
        raise Unreadable(_("This is JSON. It is taken in through the API; here a table is needed."), code="kind")


def _of_archive(source: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(source) as archive:
            names = set(archive.namelist())
            written = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Unreadable(_("The file is damaged. Save it again and send it."), code="broken") from error
    if "xl/workbook.xml" in names:
        return XLSX
    if b"opendocument" in written:
        raise Unreadable(_sentence(_("This is a LibreOffice file (ODS).")), code="kind")
    for name, words in MEMBERS:
        if name in names:
            raise Unreadable(_sentence(words), code="kind")
    raise Unreadable(UNPACK, code="kind")


def _sentence(what: object) -> str:
    """What it is, and the way out where the sentence does not yet name one."""
    return str(what) if "CSV" in str(what) else f"{what} {SAVE_AS}"
