"""What a file is, in which letters, cut where, and with which titles - whatever wrote it."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from crm.imports.detecting import detect
from crm.imports.layouts import Layout, Unreadable
from tests.crm.imports.making import HEADER, PEOPLE, csv_of, source, workbook

ROWS = [HEADER, *PEOPLE]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


HEBREW_LETTERS = csv_of(ROWS)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1255", "cp1255"),
        ("iso8859-8", "cp1255"),  # the same bytes for every letter
        ("cp862", "cp862"),
    ],
)
def test_hebrew_is_read_in_whatever_letters_it_was_written(written, read):
    assert detect(source(HEBREW_LETTERS, written)).encoding == read


def test_utf_16_with_the_mark_of_the_other_end_first_is_known():
    assert detect(source(b"\xfe\xff" + HEBREW_LETTERS.encode("utf-16-be"))).encoding == "utf-16-be"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name,city\r\nJosé,São Paulo\r\nFrançois,Besançon\r\n", "cp1252"),
        ("имя,город\r\nЮлия,Хайфа\r\nИрина,Ашдод и другие\r\nМарья,Нетания\r\nОльга,Большая улица\r\n", "cp1251"),
    ],
)
def test_other_languages_are_not_taken_for_hebrew(text, encoding):
    assert detect(source(text, encoding)).encoding == encoding


def test_hebrew_that_begins_after_a_megabyte_of_english_is_found():
    text = "name,city\r\n" + "Dana,Haifa\r\n" * 120_000 + "דנה,חיפה\r\n" * 50
    assert detect(source(text, "cp1255")).encoding == "cp1255"


def test_one_broken_letter_at_the_end_of_a_long_file_makes_it_no_utf_8():
    raw = b"name,city\r\n" + b"Dana,Haifa\r\n" * 200_000 + "דנה,חיפה".encode("cp1255")
    assert detect(source(raw)).encoding == "cp1255"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_are_cut_where_they_were(delimiter):
    assert detect(source(csv_of(ROWS, delimiter=delimiter))).delimiter == delimiter


def test_a_comma_in_every_address_does_not_cut_a_file_of_semicolons():
    rows = [["שם", "כתובת", "טלפון", "עיר"], *[["דנה", "הרצל 5, דירה 3", "050-1234567", "חיפה"]] * 9]
    assert detect(source(csv_of(rows, delimiter=";"))).delimiter == ";"


def test_excel_says_the_delimiter_in_a_first_line_of_its_own():
    layout = detect(source("sep=;\r\n" + csv_of(ROWS, delimiter=";"), "utf-8-sig"))
    assert (layout.delimiter, layout.header_row) == (";", 1)


def test_cells_between_apostrophes_are_known():
    rows = [[f"'{cell}'" for cell in row] for row in ROWS]
    assert detect(source(csv_of(rows))).quote == "'"


def test_a_single_column_of_addresses_has_no_titles():
    layout = detect(source("dana@example.test\r\ngil@example.test\r\n"))
    assert (layout.delimiter, layout.header_row) == (",", 0)


@pytest.mark.parametrize(
    ("rows", "header_row"),
    [
        (ROWS, 1),
        (PEOPLE, 0),
        ([["email"], ["a@example.test"]], 1),
        ([["דוח לקוחות 2026", "", ""], ["", "", ""], *ROWS], 3),
        ([["שם", "שם", "שם פרטי"], *PEOPLE], 1),
        ([["Name", "Age"], ["Dana", "31"]], 1),
        ([["Dana", "31"], ["Gil", "40"]], 0),
    ],
)
def test_the_row_of_titles_is_found(rows, header_row):
    assert detect(source(csv_of(rows))).header_row == header_row
    assert detect(workbook([[cell or None for cell in row] for row in rows])).header_row == header_row


def test_a_workbook_opens_on_its_first_sheet_that_shows_something():
    layout = detect(workbook([], title="ריק", hidden=[["סוד"]], לקוחות=ROWS))
    assert (layout.kind, layout.sheet, layout.header_row) == ("xlsx", "לקוחות", 1)


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\x1f\x8b\x08", "Unpack"),
        (packed(list=b"a"), "Unpack"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "ODS"),
        (packed(**{"word/document.xml": b"a"}), "Word"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"),
        (b'{"contacts": []}', "JSON"),
        (b"BEGIN:VCARD\r\n", "VCF"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_help(content, words):
    with pytest.raises(Unreadable) as refusal:
        detect(source(content))
    assert words in refusal.value.messages[0]


def test_a_file_too_large_is_refused_by_its_size_alone():
    class Large(io.BytesIO):
        def seek(self, place, whence=0):
            return 101 * 1024 * 1024 if whence == 2 else super().seek(place, whence)

    with pytest.raises(Unreadable, match="101 MB"):
        detect(Large(b"a,b\n"))


@pytest.mark.parametrize(
    "said",
    [{"encoding": "koi8_r"}, {"delimiter": "x"}, {"quote": 5}, {"header_row": 99}, {"header_row": True}, {"sheet": []}],
)
def test_only_what_can_be_read_may_overrule(said):
    with pytest.raises(ValidationError, match="Choose from the list"):
        Layout.of(said)


def test_a_layout_comes_back_from_json_as_it_was():
    layout = Layout(encoding="cp1255", delimiter=";", header_row=3)
    assert Layout.of(layout.as_json()) == layout
