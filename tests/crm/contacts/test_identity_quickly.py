"""The short ways of reading an address give what the long ways give, on anything that looks like one and on anything else."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.contacts import identity
from crm.contacts.identity import clean_email, clean_phone, one_line

WORD = st.text(st.sampled_from("abcxyzn019"), min_size=1, max_size=12)
MARK = st.sampled_from([".", "-", "_", "+", "..", "--", "'", " ", "@", ""])
ENDING = st.sampled_from(
    "com co.il net org il info test local localhost onion arpa invalid example xn--6dbbec0c a ac museum".split()
)
PIECE = st.one_of(WORD, MARK, st.sampled_from(["xn--", "Dana", "דנה", "DANA"]))
EMAIL = st.tuples(st.lists(PIECE, max_size=4), st.lists(PIECE, min_size=1, max_size=4), ENDING).map(
    lambda parts: f"{''.join(parts[0])}@{''.join(parts[1])}.{parts[2]}"
)
DIGITS = st.text(st.sampled_from("0123456789"), max_size=10)
GAP = st.sampled_from(["", "-", " ", "  ", ".", "(", ")", "/", "x", "٣"])
PHONE = st.tuples(
    st.sampled_from(["", "0", "+972", "972", "00972", "+9720", "972-", "+972 ", "+972-0", "0972", "+1", "1", "*"]),
    st.sampled_from(["50", "52", "5", "77", "3", "03", "9", "1", "6", ""]),
    GAP,
    DIGITS,
    GAP,
    DIGITS,
).map("".join)


def said(function, *arguments):
    try:
        return function(*arguments)
    except ValidationError as error:
        return error.code


def slowly(text: str) -> str:
    """one_line as it reads without its short way."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join(identity.CONTROL.sub(" ", identity.INVISIBLE.sub("", composed)).split())


@settings(max_examples=1500, deadline=None)
@given(EMAIL)
@example("dana@ab--cd.com")
@example("a@b.test")
@example("a@x.local")
@example("\u212aelvin@example.com")  # the sign of kelvin is a k in lower case
def test_an_email_read_quickly_is_the_email_read_slowly(text):
    line = one_line(text).removeprefix("mailto:")
    assert said(clean_email, text) == (said(identity._judged_email, line) if line else None)


@settings(max_examples=1500, deadline=None)
@given(PHONE)
@example("501234567")
@example("972-50-1234567")
@example("٠٥٠1234567")
def test_a_phone_read_quickly_is_the_phone_read_slowly(text):
    line = one_line(text).removeprefix("tel:")
    assert said(clean_phone, text) == (said(identity._judged_phone, line, "IL") if line else None)


@settings(max_examples=1500, deadline=None)
@given(
    st.text(
        st.one_of(st.characters(), st.sampled_from(" \u00a0\u200f\u202b\ufeff\u00ad\t\n\u05d0\u05b8e\u0301")),
        max_size=12,
    )
)
def test_a_line_read_quickly_is_the_line_read_slowly(text):
    assert one_line(text) == slowly(text)


@pytest.mark.parametrize("typed", ["050-12345678", "+97250123456", "0972501234567", "5012345678", "03-123456"])
def test_an_israeli_number_has_the_length_of_its_kind(typed):
    with pytest.raises(ValidationError):
        clean_phone(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("972-50-1234567", "+972501234567"),
        ("9720501234567", "+972501234567"),
        ("+972 (0)50 123 4567", "+972501234567"),
        ("03-1234567", "+97231234567"),
        ("077-1234567", "+972771234567"),
        ("1-800-123-456", "+9721800123456"),
    ],
)
def test_a_number_of_another_spelling_is_the_same_number(typed, kept):
    assert clean_phone(typed) == kept
