"""What a person is found by: e-mail and phone, each in exactly one spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

NAME_LENGTH = 100
# Marks of direction that spreadsheets and phones leave in copied text; nobody sees them, and they break comparison.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")  # and halves of characters, from broken JSON


# Short ways for what nearly everybody writes. tests/crm/contacts/test_identity_quickly.py holds each against the long way.
QUICK_EMAIL = re.compile(
    r"[a-z0-9]{1,30}(?:[._+-][a-z0-9]{1,30}){0,1}@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.){1,3}[a-z]{2,6}"
)
UNUSUAL_ENDINGS = frozenset({"arpa", "local", "onion", "test"})  # what the long way knows more about
QUICK_PHONE = re.compile(r"(?:\+?972[- ]?0?|0)(5\d|7\d|[23489])[- ]?(\d{3})[- ]?(\d{4})|(5\d)(\d{7})", re.ASCII)
# By its first digit a number of Israel is so long; the tables of what is in use are older than some numbers.
ISRAELI = re.compile(r"1\d{6,11}|[57]\d{8}|[234689]\d{7}")


def one_line(raw: Any) -> str:
    """Text as it is kept: composed Unicode, one line, no control or invisible characters, no outer or doubled spaces."""
    if isinstance(raw, str) and raw.isprintable() and unicodedata.is_normalized("NFC", raw):
        return " ".join(raw.split())
    text = unicodedata.normalize("NFC", str(raw))
    return " ".join(CONTROL.sub(" ", INVISIBLE.sub("", text)).split())


def clean_name(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValidationError(_("Write text."), code="invalid")
    name = one_line(raw)
    if len(name) > NAME_LENGTH:
        raise ValidationError(_("At most %(limit)s characters.") % {"limit": NAME_LENGTH}, code="max_length")
    return name


def clean_email(raw: Any) -> str | None:
    """Lower case, with an international domain in its ASCII form, ready for SMTP. Empty gives None.

    Raises ValidationError. Looks nothing up. Letters outside ASCII before the @ are refused: hardly a server takes them.
    """
    text = one_line(raw).removeprefix("mailto:") if raw is not None else ""
    if not text:
        return None
    address = text.lower()
    if QUICK_EMAIL.fullmatch(address) and address.isascii() and address.rpartition(".")[2] not in UNUSUAL_ENDINGS:
        return address
    return _judged_email(text)


def _judged_email(text: str) -> str:
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise ValidationError(_("Write an e-mail address such as name@example.com."), code="invalid") from None
    address = (found.ascii_email or "").lower()
    if not address or len(address) > 254:
        raise ValidationError(_("Write an e-mail address such as name@example.com."), code="invalid")
    return address


def local_phone(phone: str | None, region: str = "IL") -> str:
    """E.164 as it is dialled in `region`; a number of another country keeps its +, free text stays as it is."""
    if not phone:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    is_local = number.country_code == phonenumbers.country_code_for_region(region)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if is_local else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def clean_phone(raw: Any, region: str = "IL") -> str | None:
    """E.164 ("+972501234567"); `region` completes numbers without a country. Empty gives None.

    A number that is possible by its length is enough: new ranges open faster than tables are updated. Raises ValidationError.
    """
    text = one_line(raw).removeprefix("tel:") if raw is not None else ""
    if not text:
        return None
    quick = QUICK_PHONE.fullmatch(text) if region == "IL" else None
    return "+972" + "".join(filter(None, quick.groups())) if quick else _judged_phone(text, region)


def _judged_phone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    has_letters = any(letter.isalpha() for letter in text)
    if number is None or has_letters or number.extension or not _is_possible(number):
        raise ValidationError(_("Write a phone number such as 050-123-4567."), code="invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_possible(number: phonenumbers.PhoneNumber) -> bool:
    if not phonenumbers.is_possible_number(number):
        return False
    return number.country_code != 972 or bool(ISRAELI.fullmatch(phonenumbers.national_significant_number(number)))
