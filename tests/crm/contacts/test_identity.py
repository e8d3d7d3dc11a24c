from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from crm.contacts.identity import clean_email, clean_name, clean_phone, local_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Dana@Example.TEST ", "dana@example.test"),
        ("\u202adana@example.test\u202c", "dana@example.test"),
        ("mailto:dana@example.test", "dana@example.test"),
        ("x@דוגמה.co.il", "x@xn--6dbbec0c.co.il"),
        ("x@xn--6dbbec0c.co.il", "x@xn--6dbbec0c.co.il"),
        ("a.b+c@gmail.com", "a.b+c@gmail.com"),
        ("", None),
        (None, None),
        ("   ", None),
    ],
)
def test_an_email_has_one_spelling(typed, kept):
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed", ["dana", "דנה@example.com", "a b@x.com", "a@localhost", "a@b..com", "x" * 300 + "@b.com", 5]
)
def test_a_bad_email_says_what_to_write(typed):
    with pytest.raises(ValidationError):
        clean_email(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("050-123-4567", "+972501234567"),
        ("\u2066050 1234567\u2069", "+972501234567"),
        ("501234567", "+972501234567"),  # a spreadsheet dropped the zero
        ("972501234567", "+972501234567"),
        ("00972501234567", "+972501234567"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("tel:+972-50-1234567", "+972501234567"),
        ("050-000-0142", "+972500000142"),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_is_kept_in_e164(typed, kept):
    assert clean_phone(typed) == kept


@pytest.mark.parametrize("typed", ["12", "050-FLOWERS", "050-1234567 ext 3", "*2700", "+972+972", "אין", "0" * 40])
def test_a_bad_phone_is_refused(typed):
    with pytest.raises(ValidationError):
        clean_phone(typed)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("+972501234567", "050-123-4567"),
        ("+14155552671", "+1 415-555-2671"),
        ("+97231234567", "03-123-4567"),
        (None, ""),
    ],
)
def test_a_phone_is_shown_as_it_is_dialled(kept, shown):
    assert local_phone(kept) == shown
    assert clean_phone(shown) == kept


def test_a_name_is_one_line_without_hidden_marks():
    assert clean_name("\u200fדנה\r\n  כהן\x00") == "דנה כהן"
    with pytest.raises(ValidationError):
        clean_name("א" * 101)
    with pytest.raises(ValidationError):
        clean_name(["דנה"])
