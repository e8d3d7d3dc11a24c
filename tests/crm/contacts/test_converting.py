from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from crm.contacts import converting, editing
from crm.contacts.capturing import capture
from crm.models import AuditEntry, Contact, CustomField
from tests.crm.factories import ContactFactory, CustomFieldFactory, SegmentFactory

TYPES = {"text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"}


def filled(workspace, kind, *values):
    field = CustomFieldFactory(workspace=workspace, label="מה", **({kind: True} if kind != "text" else {}))
    return field, [ContactFactory(workspace=workspace, values={field.storage_key: value}) for value in values]


def values_of(field):
    rows = Contact.objects.filter(workspace=field.workspace).order_by("pk")
    return [row.values.get(field.storage_key) for row in rows]


@pytest.mark.parametrize(
    ("kind", "values", "to", "wanted"),
    [
        ("text", ["4", " 1,250 ", "12.5"], "number", [4, 1250, 12.5]),
        ("text", ["14/03/1989", "1989-03-14"], "date", ["1989-03-14", "1989-03-14"]),
        ("text", ["כן", "לא"], "yes_no", [True, False]),
        ("text", ["צפון", "דרום", "צפון"], "choice", ["o1", "o2", "o1"]),
        ("text", ["שחייה, ריצה", "ריצה"], "choices", [["o1", "o2"], ["o1"]]),
        ("text", ["example.test"], "url", ["https://example.test"]),
        ("text", ["3", "5"], "rating", [3, 5]),
        ("text", ["שלום"], "long_text", ["שלום"]),
        ("long_text", ["שורה\nועוד"], "text", ["שורה ועוד"]),
        ("number", [4, 1250, 12.5], "text", ["4", "1250", "12.5"]),
        ("number", [1, 5], "rating", [1, 5]),
        ("rating", [4], "number", [4]),
        ("date", ["1989-03-14"], "text", ["14/03/1989"]),
        ("yes_no", [True, False], "text", ["כן", "לא"]),
        ("yes_no", [True, False], "choice", ["o1", "o2"]),
        ("choice", ["o1", "o2"], "text", ["קטן", "משפחתי"]),
        ("choice", ["o2"], "choices", [["o2"]]),
        ("choices", [["o2"], ["o1"]], "choice", ["o2", "o1"]),
        ("choices", [["o1", "o2"]], "text", ["קטן, משפחתי"]),
        ("url", ["https://example.test/"], "text", ["https://example.test/"]),
    ],
)
def test_every_answer_is_taken_along(workspace, kind, values, to, wanted):
    field, _people = filled(workspace, kind, *values)
    found = converting.preview(field, to)
    assert (found.converting, found.failing, found.is_possible) == (len(values), 0, True)
    converting.convert(field, to)
    field.refresh_from_db()
    assert field.type == to
    if kind == "yes_no" and to == "choice":
        assert {option["label"] for option in field.options} == {"כן", "לא"}
    else:
        assert values_of(field) == wanted


@pytest.mark.parametrize("to", sorted(TYPES - {"text"}))
def test_what_was_converted_is_what_the_new_type_would_have_kept(workspace, to):
    """The stored value is clean in its new type: cleaning it again changes nothing."""
    from crm.contacts.fields import clean_value

    said = {"number": "7", "date": "1/2/2020", "yes_no": "כן", "rating": "4", "url": "example.test"}.get(to, "אדום")
    field, _people = filled(workspace, "text", said)
    converting.convert(field, to)
    field.refresh_from_db()
    assert clean_value(field, values_of(field)[0]) == values_of(field)[0]


def test_one_answer_that_does_not_fit_refuses_all(workspace):
    field, _people = filled(workspace, "text", "4", "5", "בערך שלוש")
    found = converting.preview(field, "number")
    assert (found.converting, found.failing) == (2, 1)
    assert [(fault.value, fault.people) for fault in found.faults] == [("בערך שלוש", 1)]
    with pytest.raises(ValidationError):
        converting.convert(field, "number")
    field.refresh_from_db()
    assert (field.type, values_of(field)) == ("text", ["4", "5", "בערך שלוש"])


def test_several_answers_do_not_become_one(workspace):
    field, _people = filled(workspace, "choices", ["o1", "o2"])
    assert not converting.preview(field, "choice").is_possible


def test_an_answer_too_long_for_an_option_stands_in_the_way(workspace):
    field, _people = filled(workspace, "text", "א" * 101)
    found = converting.preview(field, "choice")
    assert (found.failing, found.is_possible) == (1, False)


def test_the_binned_and_the_merged_are_converted_too(workspace):
    field, people = filled(workspace, "text", "4", "5", "6")
    editing.bin(people[1], actor="")
    Contact.objects.filter(pk=people[2].pk).update(merged_into=people[0])
    converting.convert(field, "number")
    assert values_of(field) == [4, 5, 6]


def test_other_businesses_and_other_fields_stay(workspace):
    field, people = filled(workspace, "text", "4")
    other = CustomFieldFactory(workspace=workspace, label="אחר")
    Contact.objects.filter(pk=people[0].pk).update(values={field.storage_key: "4", other.storage_key: "9"})
    stranger = ContactFactory(values={field.storage_key: "4"})
    converting.convert(field, "number")
    people[0].refresh_from_db()
    stranger.refresh_from_db()
    assert people[0].values == {field.storage_key: 4, other.storage_key: "9"}
    assert stranger.values == {field.storage_key: "4"}


def test_the_default_goes_along_or_is_given_up(workspace):
    kept = CustomFieldFactory(workspace=workspace, default="7")
    lost = CustomFieldFactory(workspace=workspace, default="שבע")
    for field in (kept, lost):
        converting.convert(field, "number")
        field.refresh_from_db()
    assert (kept.default, lost.default) == (7, None)


@pytest.mark.parametrize(("to", "is_allowed"), [("long_text", True), ("number", False), ("choice", False)])
def test_a_condition_that_would_fail_stands_in_the_way(workspace, to, is_allowed):
    field, _people = filled(workspace, "text", "4")
    rule = {"all": [{"any": [{"field": field.storage_key, "op": "contains", "value": "4"}]}]}
    SegmentFactory(workspace=workspace, name="הרביעיים", rule=rule)
    found = converting.preview(field, to)
    assert found.is_possible == is_allowed
    assert [use.name for use in found.uses] == ["הרביעיים"]
    if is_allowed:
        converting.convert(field, to)
    else:
        with pytest.raises(ValidationError, match="הרביעיים"):
            converting.convert(field, to)
        field.refresh_from_db()
        assert field.type == "text"


@pytest.mark.parametrize("to", ["text", "nonsense", ""])
def test_the_same_type_or_none_is_refused(workspace, to):
    with pytest.raises(ValidationError):
        converting.preview(CustomFieldFactory(workspace=workspace), to)


def test_a_change_killed_midway_leaves_everything_as_it_was(workspace):
    field, _people = filled(workspace, "text", "4", "5")

    class Killed(Exception):
        pass

    @transaction.atomic
    def change_and_die():
        converting.convert(field, "number")
        raise Killed

    with pytest.raises(Killed):
        change_and_die()
    field.refresh_from_db()
    assert (field.type, values_of(field)) == ("text", ["4", "5"])


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_meanwhile_waits_and_is_judged_by_the_new_type(workspace):
    field = CustomFieldFactory(workspace=workspace)
    outcome = []

    def write():
        try:
            capture(workspace, email="late@example.test", values={field.pk: "8"})
        except Exception as error:  # pragma: no cover - the assertion below tells
            outcome.append(error)
        finally:
            connections.close_all()

    with transaction.atomic():
        converting.convert(field, "number")
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(0.4)
        assert writer.is_alive(), "the writer did not wait"
    writer.join(10)
    assert outcome == []
    assert values_of(field) == [8]


def test_the_screen_shows_who_stands_in_the_way(owner_client, url, workspace):
    field, people = filled(workspace, "text", "4", "הרבה", "הרבה")
    assert owner_client.get(url("field_type", pk=field.pk)).status_code == 200
    response = owner_client.get(url("field_type", pk=field.pk) + "?type=number")
    shown = response.content.decode()
    assert "2 מתוך 3" in shown
    assert all(url("contact_card", pk=person.pk) in shown for person in people[1:])
    assert url("contact_card", pk=people[0].pk) not in shown


def test_the_screen_changes_the_type_and_logs_it(owner_client, url, workspace):
    field, _people = filled(workspace, "text", "4")
    response = owner_client.post(url("field_type", pk=field.pk), {"type": "number"})
    assert response.url == url("field_list")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == ("field.type_changed", {"from": "text", "to": "number", "answers": 1})
    assert owner_client.post(url("field_type", pk=field.pk), {"type": "number"}).status_code == 422


def test_a_hidden_answer_is_not_shown_in_the_preview(owner_client, url, workspace):
    field, _people = filled(workspace, "text", "סוד גמור")
    CustomField.objects.update(is_sensitive=True)
    response = owner_client.get(url("field_type", pk=field.pk) + "?type=number")
    assert "סוד גמור" not in response.content.decode()


def test_more_contacts_cost_no_more_questions(workspace):
    counts = []
    for number in (3, 30):
        field = CustomFieldFactory(workspace=workspace)
        for answer in range(number):
            ContactFactory(workspace=workspace, values={field.storage_key: str(answer)})
        with CaptureQueriesContext(connection) as queries:
            converting.convert(field, "number")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_two_changes_in_one_transaction_do_not_meet(workspace):
    first, _people = filled(workspace, "text", "4")
    second = CustomFieldFactory(workspace=workspace)
    with transaction.atomic():
        converting.convert(first, "number")
        converting.convert(second, "number")
    assert values_of(first) == [4]
