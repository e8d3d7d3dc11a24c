"""Refused rows say why, in the reader's language; their file can be mended and imported again."""

from __future__ import annotations

import csv
import io

from django.utils import translation

from crm.contacts.models import Contact
from crm.imports import rejecting, showing
from tests.crm.factories import CustomFieldFactory
from tests.crm.imports.driving import checked, imported


def file_of(importing) -> list[list[str]]:
    content = b"".join(rejecting.reject_file(importing))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def rows(workspace) -> list[list[str]]:
    number = CustomFieldFactory(workspace=workspace, number=True, label="גובה").storage_key
    return [
        ["email", "first_name", number],
        ["dana@example.test", "דנה", "1.70"],
        ["אין", 'גיל "הגדול"', "גבוה"],
        ["", "=1+1", ""],
    ]


def test_a_reject_file_holds_the_cells_as_they_were_and_says_why(workspace):
    importing = imported(workspace, rows(workspace))
    with translation.override("en"):
        titles, first, second = file_of(importing)
    assert titles == [*importing.headers, "What to mend"]
    assert first[:3] == ["אין", 'גיל "הגדול"', "גבוה"]
    assert "email: Write an e-mail address such as name@example.com." in first[3]
    assert "Write a number" in first[3]
    assert second == ["", "=1+1", "", "There is no e-mail address and no phone number."]


def test_the_same_reasons_are_said_in_hebrew_to_those_who_read_it(workspace):
    importing = imported(workspace, rows(workspace))
    with translation.override("he"):
        reasons = showing.refused(importing)[0].reasons
    assert reasons[0].startswith("email: ")
    assert "name@example.com" in reasons[0]
    assert "Write" not in " ".join(reasons)


def test_mended_it_comes_in(workspace):
    titles, *_rest = given = rows(workspace)
    importing = imported(workspace, given)
    _titles, first, second = file_of(importing)
    first[0], first[2], second[0] = "gil@example.test", "1.90", "noa@example.test"
    imported(workspace, [[*titles, "ignore"], first, second])
    assert Contact.objects.count() == 3


def test_a_faulty_cell_may_be_left_out_instead(workspace):
    given = rows(workspace)
    importing = imported(workspace, [*given, ["tal@example.test", "טל", "גבוה"]], faulty="leave_out")
    assert importing.tallies["done"]["rows"] == {"new": 2, "refused": 2}
    assert Contact.objects.get(email="tal@example.test").values == {}
    assert importing.tallies["done"]["why"]["2 invalid"] == 2


def test_a_check_shows_a_few_rows_of_each_outcome(workspace):
    importing = checked(workspace, rows(workspace))
    shown = showing.samples(importing)
    assert [row.cells[0] for row in shown["new"]] == ["dana@example.test"]
    assert [row.line for row in shown["refused"]] == [3, 4]
    assert shown["refused"][0].reasons
