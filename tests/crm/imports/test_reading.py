"""Real files of other programs end with the right cells, or with a refusal that names the row."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date, datetime

import pytest
from django.utils import translation

from crm.imports import sheets, unpacking
from crm.imports.detecting import detect
from crm.imports.layouts import Layout, Unreadable
from crm.imports.reading import open_table
from tests.crm.imports.making import HEADER, PEOPLE, bomb, csv_of, rewritten, sheet_xml, source, workbook


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def table_of(content, encoding="utf-8", **said):
    opened = content if hasattr(content, "read") else source(content, encoding)
    return open_table(opened, detect(opened).overruled(said))


def cells(table):
    return [row.cells for row in table]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1255", "cp862"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_hebrew_comes_out_as_it_went_in(encoding, delimiter):
    table = table_of(csv_of([HEADER, *PEOPLE], delimiter=delimiter), encoding)
    assert (table.columns, cells(table)) == (HEADER, PEOPLE)


def test_excel_in_hebrew_with_its_mark_and_its_semicolons():
    table = table_of("sep=;\r\n" + csv_of([HEADER, *PEOPLE], delimiter=";"), "utf-8-sig")
    assert (table.columns, cells(table)) == (HEADER, PEOPLE)
    assert [row.number for row in table] == [2, 3]


def test_lines_within_quotation_marks_are_one_cell_and_rows_keep_the_numbers_of_a_spreadsheet():
    table = table_of('שם,הערה\r\nדנה,"שורה\r\nשנייה, ו""ציטוט"""\r\n\r\nגיל,קצר\r\n')
    assert [(row.number, row.cells) for row in table] == [
        (2, ["דנה", 'שורה\r\nשנייה, ו"ציטוט"']),
        (4, ["גיל", "קצר"]),
    ]


def test_short_rows_are_filled_and_what_is_too_long_is_kept_apart_and_said():
    rows = list(table_of("שם,אימייל,עיר\r\nדנה\r\nגיל,gil@example.test,חיפה,עוד,\r\nטל,,,,\r\n"))
    assert [row.cells for row in rows] == [["דנה", "", ""], ["גיל", "gil@example.test", "חיפה"], ["טל", "", ""]]
    assert [(row.extra, row.warnings) for row in rows] == [([], ()), (["עוד"], ("extra",)), ([], ())]


def test_a_column_without_a_title_that_most_rows_fill_is_a_column():
    table = table_of("name,mail\n" + "Dana,d@example.test,Haifa\n" * 12)
    assert table.columns == ["name", "mail", "Column 3"]


def test_titles_that_are_missing_or_the_same_become_different():
    table = table_of("Phone,,phone,Name\r\n050-1234567,a,b,Dana\r\n")
    assert table.columns == ["Phone", "Column 2", "phone (2)", "Name"]


def test_three_hundred_columns_are_read_and_more_than_five_hundred_are_refused():
    wide = csv_of([[f"c{n}" for n in range(300)], [str(n) for n in range(300)]])
    assert len(table_of(wide).columns) == 300
    with pytest.raises(Unreadable, match="501 columns"):
        table_of(csv_of([[f"c{n}" for n in range(501)]]))


def test_titles_alone_make_a_table_without_rows():
    assert cells(table_of("שם,אימייל\r\n")) == []


def test_nothing_under_a_mark_is_refused():
    with pytest.raises(Unreadable, match="nothing to read"):
        table_of(",,\r\n,,\r\n")


def test_bytes_of_nothing_are_let_go_of():
    assert cells(table_of(b"name,mail\nDa\0na,d@example.test\n")) == [["Dana", "d@example.test"]]


@pytest.mark.parametrize("tail", ["\r\n".join(["b,c"] * 20), "\r\n".join(["b,c"] * 2000), "x" * 3_000_000])
def test_a_quotation_mark_left_open_is_refused_by_its_row(tail):
    with pytest.raises(Unreadable, match="Row 3 "):
        cells(table_of(f'name,mail\r\nDana,a\r\nGil,"open\r\n{tail}\r\n'))


def test_the_file_is_read_after_all_when_its_owner_says_that_nothing_encloses_cells():
    table = table_of('name,mail\r\nDana,a\r\nGil,"open\r\nTal,b\r\n', quote="")
    assert cells(table) == [["Dana", "a"], ["Gil", '"open'], ["Tal", "b"]]


def test_the_quotation_mark_of_hebrew_abbreviations_is_a_letter():
    assert cells(table_of('חברה,דוא"ל\r\nאל"ן בע"מ,a@example.test\r\n')) == [['אל"ן בע"מ', "a@example.test"]]


def test_letters_that_cannot_be_read_are_marked_and_said():
    (row,) = table_of("שם\r\nדנה".encode("cp1255") + b"\xd9\r\n", encoding="cp1255")
    assert (row.cells, row.warnings) == (["דנה\ufffd"], ("letters",))


def test_a_number_that_excel_cut_short_is_said():
    (row,) = table_of("name,phone\r\nDana,9.72501E+11\r\n")
    assert row.warnings == ("cut",)


@pytest.mark.parametrize(
    "written",
    [
        "050-1234567",
        "+972501234567",
        "972-50-1234567",
        "501234567",
        "03-5551234",
        "Dana@Example.TEST ",
        "דנה@דוגמה.קום",
    ],
)
def test_phones_and_addresses_pass_as_they_were_written(written):
    assert cells(table_of(f"name,x\r\nDana,{written}\r\n")) == [["Dana", written]]


def test_a_file_of_a_hundred_megabytes_is_never_held_whole():
    class Long(io.RawIOBase):
        """A hundred megabytes that are nowhere."""

        row = b"Dana,dana@example.test," + b"x" * 975 + b"\r\n"
        rows = 100_000

        def __init__(self):
            self.place = 0

        def readable(self):
            return True

        def seekable(self):
            return True

        def seek(self, place, whence=0):
            self.place = place if whence == 0 else len(self.row) * self.rows
            return self.place

        def tell(self):
            return self.place

        def readinto(self, buffer):
            left = len(self.row) * self.rows - self.place
            wanted = min(len(buffer), left)
            start = self.place % len(self.row)
            times = (start + wanted) // len(self.row) + 1
            buffer[:wanted] = (self.row * times)[start : start + wanted]
            self.place += wanted
            return wanted

    tracemalloc.start()
    table = open_table(io.BufferedReader(Long()), Layout(header_row=0))
    assert sum(1 for _row in table) == Long.rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


# Workbooks


def test_numbers_dates_and_yes_come_out_as_somebody_would_write_them():
    row = [
        501234567.0,
        12.5,
        0.1 + 0.2,
        972501234567,
        date(1990, 3, 14),
        datetime(2026, 1, 2, 9, 30),  # noqa: DTZ001
        True,
        None,
        "טקסט",
    ]
    table = table_of(workbook([[f"c{n}" for n in range(9)], row]))
    assert cells(table) == [
        ["501234567", "12.5", "0.3", "972501234567", "1990-03-14", "2026-01-02 09:30", "true", "", "טקסט"]
    ]


def test_a_formula_gives_the_value_saved_with_it_and_a_text_like_a_formula_is_text():
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    body = '<row r="2"><c r="A2"><f>40+2</f><v>42</v></c><c r="B2" t="inlineStr"><is><t>=HYPERLINK("http://x")</t></is></c></row>'
    table = table_of(rewritten(workbook([["x"]]), sheet1=sheet_xml(head + body)))
    assert cells(table) == [["42", '=HYPERLINK("http://x")']]


def test_faults_and_formulas_never_reckoned_are_empty_and_counted():
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    body = '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1</f></c><c r="C2"><v>7</v></c></row>'
    book = rewritten(workbook([["x"]]), sheet1=sheet_xml(head + body))
    measured = unpacking.measure(book)
    assert (measured.faults, measured.unreckoned, measured.rows, measured.columns) == (1, 1, 2, 3)
    assert [row.cells + row.extra for row in table_of(book)] == [["", "", "7"]]


def test_rows_of_a_workbook_keep_their_numbers_and_merged_cells_speak_once():
    book = workbook([[], [], ["שם", "עיר"], ["דנה", "חיפה"], [], ["גיל", None]])
    assert [(row.number, row.cells) for row in table_of(book)] == [(4, ["דנה", "חיפה"]), (6, ["גיל", ""])]


def test_hidden_sheets_stand_last():
    assert sheets.names(workbook([["א"]], title="ראשון", hidden=[["ב"]], שלישי=[["ג"]])) == ["ראשון", "שלישי", "hidden"]


def test_a_workbook_that_unfolds_to_a_gigabyte_is_refused_at_once_with_little_memory():
    book = bomb(1)
    assert len(book.getvalue()) < 2_000_000
    tracemalloc.start()
    with pytest.raises(Unreadable, match="unfolds"):
        detect(book)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_workbook_that_lies_about_its_size_is_refused_all_the_same():
    content = bytearray(bomb(1).getvalue())
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:  # the directory says 100 bytes each
        content[place + 24 : place + 28] = (100).to_bytes(4, "little")
        place += 4
    tracemalloc.start()
    with pytest.raises(Unreadable, match="unfolds"):
        detect(io.BytesIO(bytes(content)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_two_cells_at_the_far_corners_of_a_sheet_are_refused():
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Unreadable, match="unfolds"):
        detect(rewritten(workbook([["x"]]), sheet1=sheet_xml(corners)))


def test_a_workbook_with_a_password_says_so():
    content = bytearray(workbook([["x"]]).getvalue())
    place = content.find(b"PK\x01\x02")
    content[place + 8] |= 1
    with pytest.raises(Unreadable, match="password"):
        detect(io.BytesIO(bytes(content)))


@pytest.mark.parametrize("cut", [30, 400, 2000])
def test_half_a_workbook_is_damaged(cut):
    with pytest.raises(Unreadable, match=r"damaged|Unpack"):
        detect(io.BytesIO(workbook([["x"]] * 50).getvalue()[:cut]))


def test_a_workbook_without_its_sheet_is_damaged():
    out = io.BytesIO()
    with zipfile.ZipFile(workbook([["x"]])) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if "sheet1" not in member:
                new.writestr(member, old.read(member))
    with pytest.raises(Unreadable, match="damaged"):
        detect(out)


def test_a_look_at_the_first_rows_reads_no_further():
    taken = []

    class Counted(io.BytesIO):
        def read1(self, size=-1):
            taken.append(size)
            return super().read1(size)

        def read(self, size=-1):
            taken.append(size)
            return super().read(size)

    opened = Counted(("name,mail\r\n" + "Dana,d@example.test\r\n" * 100_000).encode())
    assert len(open_table(opened, Layout()).head(20)) == 20
    assert len(taken) < 10
