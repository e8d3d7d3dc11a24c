from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contacts.identity import clean_phone
from crm.contacts.portable import RISKY, guard, heads, joined, number_text, phone_cell, recognised, split, unguard
from tests.crm.factories import CustomFieldFactory

SIGNS = "=+-@\t\r\n'＝＋－＠אa1 "


@given(st.one_of(st.text(), st.text(alphabet=SIGNS, max_size=6)))
def test_what_was_guarded_comes_back_exactly(text):
    assert unguard(guard(text)) == text


@given(st.one_of(st.text(), st.text(alphabet=SIGNS, max_size=6)))
def test_a_guarded_cell_begins_with_nothing_that_runs(text):
    assert guard(text)[:1] not in tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("text", ["דנה", "'quoted'", "o'hara", "", "1=1", " =1"])
def test_harmless_text_is_left_alone(text):
    assert guard(text) == text
    assert unguard(text) == text


@given(st.lists(st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool)))
def test_names_in_one_cell_come_apart_again(names):
    assert split(joined(names)) == names


@given(st.integers(10_000_000, 999_999_999))
def test_an_israeli_phone_reads_back_to_the_same_number(national):
    phone = f"+972{national}"
    assert clean_phone(phone_cell(phone)) == clean_phone(phone)


@pytest.mark.parametrize("region", ["US", "FR", "RU", "IT", "AR"])
def test_a_phone_of_another_country_reads_back(region):
    phone = phonenumbers.format_number(phonenumbers.example_number(region), phonenumbers.PhoneNumberFormat.E164)
    assert clean_phone(unguard(guard(phone_cell(phone) or ""))) == phone


def test_a_phone_is_text_to_a_spreadsheet():
    assert phone_cell("+972501234567") == "050-123-4567"
    assert phone_cell("+97231234567") == "03-123-4567"
    assert RISKY.match(guard("+14155550100")) is not None, "kept as text by its apostrophe"
    assert guard("+14155550100") == "'+14155550100"


@pytest.mark.parametrize(
    ("number", "text"), [(5, "5"), (-12.5, "-12.5"), (1e-7, "0.0000001"), (10**15, "1000000000000000")]
)
def test_a_number_is_written_plainly(number, text):
    assert number_text(number) == text


def test_two_columns_of_one_name_are_told_apart():
    assert heads([("source", "Source"), ("f5", "source"), ("f6", "City")]) == {
        "source": "Source", "f5": "source (f5)", "f6": "City",
    }  # fmt: skip


def test_our_own_file_is_known_in_both_languages_and_no_other(workspace):
    field = CustomFieldFactory(workspace=workspace, label="=עיר")
    hebrew = recognised(["מספר איש הקשר במשפך", "מייל", "'=עיר", "הסכמה: מייל"], workspace)
    assert hebrew == {0: "id", 1: "email", 2: field.storage_key}
    assert recognised(["\ufeffContact number in Mashpech", "E-mail"], workspace) == {0: "id", 1: "email"}
    assert recognised(["E-mail", "Contact number in Mashpech"], workspace) is None
    assert recognised([], workspace) is None
