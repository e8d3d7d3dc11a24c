"""The nine types of custom field, one definition each: how a value is cleaned, asked for, shown and described.

A stored value is never empty: what says nothing is None and takes no place on the contact.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from crm.contacts.dates import parse_date
from crm.contacts.identity import INVISIBLE, one_line
from crm.contacts.models import CustomField, FieldType

TEXT_LENGTH, LONG_TEXT_LENGTH, URL_LENGTH = 255, 5000, 2000
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,15})(\.\d{1,10})?")
YES = frozenset({"true", "1", "yes", "y", "on", "כן", "נכון", "✓"})
NO = frozenset({"false", "0", "no", "n", "off", "לא", "לא נכון"})
LARGEST = 10**15


def refuse(message: str) -> ValidationError:
    return ValidationError(message, code="invalid")


def plain(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raise refuse(_("Write text."))
    return str(raw)


class Text:
    limit: ClassVar[int] = TEXT_LENGTH

    def clean(self, field: CustomField, raw: Any) -> Any:
        return self.limited(one_line(plain(raw)))

    def limited(self, text: str) -> str | None:
        if len(text) > self.limit:
            raise ValidationError(_("At most %(limit)s characters.") % {"limit": self.limit}, code="max_length")
        return text or None

    def display(self, field: CustomField, value: Any) -> str:
        return str(value)

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.TextInput(attrs={"maxlength": self.limit, "dir": "auto"})

    def prepare(self, field: CustomField, value: Any) -> Any:
        """A stored value as the widget holds it."""
        return value

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.limit}


class LongText(Text):
    limit = LONG_TEXT_LENGTH

    def clean(self, field: CustomField, raw: Any) -> Any:
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", plain(raw))).replace("\r\n", "\n").replace("\r", "\n")
        kept = "".join(
            letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs")
        )
        return self.limited(kept.strip())

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.Textarea(attrs={"maxlength": self.limit, "rows": 4, "dir": "auto"})


class Number(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
            raise refuse(_("Write a number, such as 1,250 or 12.5."))
        if isinstance(raw, str):
            return self._parsed(raw)
        return self._bounded(raw)

    def _parsed(self, raw: str) -> int | float | None:
        text = unicodedata.normalize("NFKC", one_line(raw)).replace("\u2212", "-").replace(" ", "").strip("₪")
        if not text:
            return None
        if not NUMBER.fullmatch(text):
            raise refuse(_("Write a number, such as 1,250 or 12.5."))
        digits = text.replace(",", "")
        return self._bounded(float(digits) if "." in digits else int(digits))

    def _bounded(self, number: int | float) -> int | float:
        if not abs(number) <= LARGEST:  # written so that "not a number" fails too
            raise refuse(_("The number is too large."))
        return int(number) if number == int(number) else number

    def display(self, field: CustomField, value: Any) -> str:
        return number_format(value, force_grouping=True)

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "maxlength": 40})

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}


class Date(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        if isinstance(raw, (date, datetime)):
            return raw.strftime("%Y-%m-%d")
        text = one_line(raw) if isinstance(raw, str) else None
        if text == "":
            return None
        found = parse_date(text) if text else None
        if found is None:
            raise refuse(_("Write a date such as 14/03/1989."))
        return found.isoformat()

    def display(self, field: CustomField, value: Any) -> str:
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class YesNo(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        if isinstance(raw, bool):
            return raw
        word = one_line(raw).casefold() if isinstance(raw, (str, int)) else None
        if word == "":
            return None
        if word in YES or word in NO:
            return word in YES
        raise refuse(_("Choose yes or no."))

    def display(self, field: CustomField, value: Any) -> str:
        return _("Yes") if value else _("No")

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.Select(choices=[("", _("Not filled in")), ("true", _("Yes")), ("false", _("No"))])

    def prepare(self, field: CustomField, value: Any) -> Any:
        return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "boolean"}


def option_id(field: CustomField, raw: Any) -> str:
    """The id of the option meant by an id or by its words. Raises ValidationError."""
    word = one_line(raw) if isinstance(raw, (str, int)) and not isinstance(raw, bool) else ""
    for option in field.options:
        if word == option["id"]:
            return str(option["id"])
    for option in field.options:
        if word.casefold() == str(option["label"]).casefold():
            return str(option["id"])
    labels = ", ".join(str(option["label"]) for option in field.options)
    raise refuse(_("Choose one of: %(labels)s.") % {"labels": labels})


def option_label(field: CustomField, identifier: Any) -> str:
    labels = {option["id"]: str(option["label"]) for option in field.options}
    return labels.get(identifier) or _("(removed)")


def option_choices(field: CustomField) -> list[tuple[str, str]]:
    return [(option["id"], option["label"]) for option in field.options]


class Choice(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        return None if raw == "" else option_id(field, raw)

    def display(self, field: CustomField, value: Any) -> str:
        return option_label(field, value)

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.Select(choices=[("", _("Not filled in")), *option_choices(field)])

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "string", "enum": [option["id"] for option in field.options]}


class Choices(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = self._split(field, raw)
        if not isinstance(raw, Iterable) or isinstance(raw, (bytes, dict)):
            raise refuse(_("Choose from the list."))
        return sorted({option_id(field, part) for part in raw}) or None

    def _split(self, field: CustomField, text: str) -> list[str]:
        """A cell of several answers; a label may itself hold a comma, so the whole text is tried first."""
        whole = one_line(text).casefold()
        if any(whole == str(option["label"]).casefold() for option in field.options):
            return [text]
        return [part for part in re.split(r"[,;|\n]", text) if part.strip()]

    def display(self, field: CustomField, value: Any) -> str:
        return ", ".join(option_label(field, identifier) for identifier in value)

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.CheckboxSelectMultiple(choices=option_choices(field))

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "array", "items": Choice().schema(field), "uniqueItems": True}


class Rating(Text):
    def clean(self, field: CustomField, raw: Any) -> Any:
        number = Number().clean(field, raw)
        if number is None:
            return None
        if not isinstance(number, int) or not 1 <= number <= field.rating_max:
            raise refuse(_("Choose a whole number from 1 to %(highest)s.") % {"highest": field.rating_max})
        return number

    def display(self, field: CustomField, value: Any) -> str:
        return _("%(value)s of %(highest)s") % {"value": value, "highest": field.rating_max}

    def widget(self, field: CustomField) -> forms.Widget:
        return forms.Select(choices=[("", _("Not filled in")), *self.steps(field)])

    def steps(self, field: CustomField) -> list[tuple[str, str]]:
        ends = {1: field.low_label, field.rating_max: field.high_label}
        return [(str(n), f"{n} - {ends[n]}" if ends.get(n) else str(n)) for n in range(1, field.rating_max + 1)]

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": field.rating_max}


class Url(Text):
    limit = URL_LENGTH

    def clean(self, field: CustomField, raw: Any) -> Any:
        text = one_line(plain(raw))
        if not text:
            return None
        url = text if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?!\d)", text) else f"https://{text}"
        try:
            URLValidator(schemes=["http", "https"])(url)
            parts = urlsplit(url)
        except (ValidationError, ValueError):
            raise refuse(_("Write a link such as https://example.com.")) from None
        return self.limited(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl())

    def widget(self, field: CustomField) -> forms.Widget:
        # a text input, so that "example.com" need not begin with https:// to please the browser
        return forms.TextInput(attrs={"inputmode": "url", "dir": "ltr", "maxlength": self.limit})

    def schema(self, field: CustomField) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": self.limit}


DEFINITIONS: dict[str, Text] = {
    FieldType.TEXT: Text(),
    FieldType.LONG_TEXT: LongText(),
    FieldType.NUMBER: Number(),
    FieldType.DATE: Date(),
    FieldType.YES_NO: YesNo(),
    FieldType.CHOICE: Choice(),
    FieldType.CHOICES: Choices(),
    FieldType.RATING: Rating(),
    FieldType.URL: Url(),
}
