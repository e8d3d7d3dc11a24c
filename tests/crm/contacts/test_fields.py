from __future__ import annotations

from datetime import date

import jsonschema
import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from crm.contacts.fields import clean_value, clean_values, display, form_field, serializer_schema
from crm.contacts.models import CustomField, FieldType
from tests.crm.factories import CustomFieldFactory, WorkspaceFactory, three_options


def field_of(type, **more):
    options = three_options() if type in ("choice", "choices") else []
    return CustomField(pk=7, label="שדה", type=type, options=options, **more)


GOOD = [
    ("text", "  שלום\u200f  עולם\n", "שלום עולם"),
    ("text", 12, "12"),
    ("long_text", "א\r\nב\x00\n", "א\nב"),
    ("number", "1,250", 1250),
    ("number", "1,250.50 ₪", 1250.5),
    ("number", "\u22123", -3),
    ("number", "４２", 42),
    ("number", 2.0, 2),
    ("date", "14/03/1989", "1989-03-14"),
    ("date", "14.3.89", "1989-03-14"),
    ("date", "14 במרץ 1989", "1989-03-14"),
    ("date", "14 מרס 1989", "1989-03-14"),
    ("date", "14 March 1989", "1989-03-14"),
    ("date", "March 14, 1989", "1989-03-14"),
    ("date", "1989-03-14T22:00:00Z", "1989-03-14"),
    ("date", date(1989, 3, 14), "1989-03-14"),
    ("yes_no", "כן", True),
    ("yes_no", "לא", False),
    ("yes_no", "true", True),
    ("yes_no", 0, False),
    ("choice", "o2", "o2"),
    ("choice", "משפחתי", "o2"),
    ("choices", "שטח, קטן", ["o1", "o3"]),
    ("choices", ["o3", "o1", "o3"], ["o1", "o3"]),
    ("rating", "4", 4),
    ("rating", 5.0, 5),
    ("url", "Example.com/Path", "https://example.com/Path"),
    ("url", "HTTP://example.com", "http://example.com"),
]


@pytest.mark.parametrize(("type", "typed", "kept"), GOOD)
def test_a_value_is_kept_typed_and_normalised(type, typed, kept):
    field = field_of(type)
    value = clean_value(field, typed)
    assert value == kept
    assert type_of(value) is type_of(kept)
    assert clean_value(field, value) == value, "cleaning a kept value changes nothing"
    jsonschema.validate(value, serializer_schema(field))


def type_of(value):
    return value.__class__


@pytest.mark.parametrize("type", FieldType.values)
def test_nothing_is_none_in_every_type(type):
    assert clean_value(field_of(type), "") is None
    assert clean_value(field_of(type), None) is None
    assert display(field_of(type), None) == ""


@pytest.mark.parametrize(
    ("type", "typed"),
    [
        ("text", "א" * 256),
        ("text", ["x"]),
        ("text", {"a": 1}),
        ("long_text", "א" * 5001),
        ("number", "1,5"),
        ("number", "12a"),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", True),
        ("number", 10**16),
        ("number", "9" * 400),
        ("date", "31/02/2020"),
        ("date", "03/14/1989"),
        ("date", "0001-01-01"),
        ("date", "אתמול"),
        ("date", 5),
        ("yes_no", "אולי"),
        ("yes_no", 2),
        ("choice", "o9"),
        ("choice", ["o1"]),
        ("choices", ["o1", "o9"]),
        ("choices", 5),
        ("choices", {"o1": True}),
        ("choices", [["o1"]]),
        ("rating", 0),
        ("rating", 6),
        ("rating", "4.5"),
        ("url", "javascript:alert(1)"),
        ("url", "http://"),
        ("url", "ftp://example.com"),
        ("url", "http://[::1"),
        ("url", "https://example.com/" + "a" * 2000),
    ],
)
def test_what_a_type_does_not_hold_is_refused(type, typed):
    with pytest.raises(ValidationError):
        clean_value(field_of(type), typed)


@pytest.mark.parametrize(
    ("type", "value", "he"),
    [
        ("number", 1250.5, "1,250.5"),
        ("date", "1989-03-14", "14/03/1989"),
        ("choice", "o2", "משפחתי"),
        ("choices", ["o1", "o2"], "קטן, משפחתי"),
    ],
)
def test_a_value_is_shown_in_words(type, value, he):
    with translation.override("he"):
        assert display(field_of(type), value) == he


def test_a_removed_option_still_has_a_word():
    assert display(field_of("choice"), "o77")


@pytest.mark.parametrize("type", FieldType.values)
def test_a_form_field_gives_the_kept_value_and_shows_it_again(type):
    typed, kept = {row[0]: row[1:] for row in GOOD if isinstance(row[1], (str, list))}[type]
    field = form_field(field_of(type))
    assert field.clean(typed) == kept
    assert field.widget.render("f7", field.prepare_value(kept))
    with pytest.raises(ValidationError):
        form_field(field_of(type), required=True).clean("")


def test_a_yes_stays_chosen_when_its_form_is_drawn_again():
    field = form_field(field_of("yes_no"))
    assert '<option value="false" selected' in field.widget.render("f7", field.prepare_value(False))


@pytest.mark.django_db
def test_values_are_cleaned_by_the_fields_of_the_business():
    workspace = WorkspaceFactory()
    number = CustomFieldFactory(workspace=workspace, number=True)
    text = CustomFieldFactory(workspace=workspace)
    cleaned = clean_values(workspace, {number.pk: "1,000", f"f{text.pk}": " א "})
    assert cleaned == {f"f{number.pk}": 1000, f"f{text.pk}": "א"}
    assert clean_values(workspace, {str(text.pk): ""}) == {f"f{text.pk}": None}


@pytest.mark.django_db
def test_foreign_archived_and_unknown_fields_are_refused_by_name():
    workspace = WorkspaceFactory()
    foreign = CustomFieldFactory()
    archived = CustomFieldFactory(workspace=workspace, archived=True)
    number = CustomFieldFactory(workspace=workspace, number=True)
    given = {foreign.pk: "x", f"f{archived.pk}": "x", "f0": 1, "email; drop": 1, number.storage_key: "x"}
    with pytest.raises(ValidationError) as caught:
        clean_values(workspace, given)
    expected = {foreign.storage_key, archived.storage_key, "f0", "email; drop", number.storage_key}
    assert set(caught.value.message_dict) == expected
