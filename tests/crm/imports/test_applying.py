"""What an import does to people: new, known, known twice, in the bin; and what it leaves as it was.

`imported` also holds every one of these files against its dry run.
"""

from __future__ import annotations

import pytest
from django.db import DataError
from django.utils import timezone

from crm.contacts import editing
from crm.contacts.models import Contact
from crm.imports import applying, showing
from crm.imports.models import Import
from crm.timeline.models import Event
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, SubscriptionFactory
from tests.crm.imports.driving import checked, imported, started


def test_new_people_come_in_and_known_ones_are_brought_up_to_date(workspace):
    known = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    city = CustomFieldFactory(workspace=workspace)
    rows = [
        ["email", "phone", "first_name", city.storage_key],
        ["DANA@example.test", "050-1234567", "דנה", "חיפה"],
        ["noa@example.test", "", "נועה", "תל אביב"],
        ["", "501234568", "גיל", ""],
    ]
    importing = imported(workspace, rows)
    assert importing.tallies["done"]["rows"] == {"updated": 1, "new": 2}
    known.refresh_from_db()
    assert (known.phone, known.last_name, known.values) == ("+972501234567", "כהן", {city.storage_key: "חיפה"})
    gil = Contact.objects.get(phone="+972501234568")
    assert (gil.email, gil.first_name, gil.source) == (None, "גיל", "import")
    assert importing.tallies["done"]["notes"] == {"phone_only": 1}


def test_the_same_file_again_changes_nothing(workspace):
    rows = [["email", "first_name", "tags"], ["dana@example.test", "דנה", "vip"], ["noa@example.test", "נועה", "vip"]]
    plan = {
        "lists": [ListFactory(workspace=workspace).pk],
        "consent": {"basis": "agreed", "channels": ["email"], "how": "בחנות"},
    }
    imported(workspace, rows, **plan)
    events = Event.objects.count()
    importing = imported(workspace, rows, **plan)
    assert importing.tallies["done"]["rows"] == {"unchanged": 2}
    assert Event.objects.count() == events


def test_one_person_twice_in_a_file_is_one_contact_and_the_later_row_counts(workspace):
    rows = [
        ["email", "phone", "first_name", "last_name"],
        ["dana@example.test", "", "דנה", "כהן"],
        ["dana@example.test", "050-1234567", "דניאלה", ""],
        ["", "0501234567", "", "לוי"],
    ]
    importing = imported(workspace, rows)
    only = Contact.objects.get()
    assert (only.email, only.phone, only.name) == ("dana@example.test", "+972501234567", "דניאלה לוי")
    assert importing.tallies["done"]["rows"] == {"new": 1, "updated": 2}


def test_a_phone_of_somebody_else_is_left_out_and_said(workspace):
    gil = ContactFactory(workspace=workspace, email="gil@example.test", phone="+972501234567", first_name="גיל")
    importing = imported(workspace, [["email", "phone"], ["dana@example.test", "0501234567"]])
    dana = Contact.objects.get(email="dana@example.test")
    assert dana.phone is None
    assert importing.tallies["done"]["notes"]["conflicted"] == 1
    event = Event.objects.get(kind="contact.conflicted")
    assert (event.contact_id, event.subject_id, event.properties["phone"]) == (dana.pk, gil.pk, "+972501234567")


def test_a_policy_is_kept_column_by_column(workspace):
    choices, notes, city = (
        CustomFieldFactory(workspace=workspace, **{kind: True}) for kind in ("choices", "long_text", "number")
    )
    had = {choices.storage_key: ["o1"], notes.storage_key: "ראשון", city.storage_key: 1}
    known = ContactFactory(
        workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן", values=had
    )
    titles = ["email", "first_name", "last_name", choices.storage_key, notes.storage_key, city.storage_key]
    policies = {
        "first_name": "fill",
        choices.storage_key: "append",
        notes.storage_key: "append",
        city.storage_key: "append",
    }
    imported(workspace, [titles, ["dana@example.test", "אחרת", "לוי", "שטח", "שני", "2"]], policies=policies)
    known.refresh_from_db()
    assert known.name == "דנה לוי"
    assert known.values == {choices.storage_key: ["o1", "o3"], notes.storage_key: "ראשון\nשני", city.storage_key: 2}


def test_an_empty_cell_erases_nothing(workspace):
    known = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה")
    imported(workspace, [["email", "first_name"], ["dana@example.test", ""]])
    known.refresh_from_db()
    assert known.first_name == "דנה"


def test_somebody_in_the_bin_comes_back_without_old_lists_and_consent(workspace):
    from crm.consent.granting import grant, state

    old, new = ListFactory(workspace=workspace), ListFactory(workspace=workspace)
    known = ContactFactory(workspace=workspace, email="dana@example.test")
    SubscriptionFactory(contact=known, list=old)
    grant(known, "email", source="form")
    editing.bin(known, actor="user:1")
    importing = imported(workspace, [["email", "first_name"], ["dana@example.test", "דנה"]], lists=[new.pk])
    known.refresh_from_db()
    assert known.deleted_at is None
    assert dict(known.subscriptions.values_list("list_id", "status")) == {old.pk: "left", new.pk: "joined"}
    assert state(known, "email") == "unknown"
    assert importing.tallies["done"]["notes"]["restored"] == 1


def test_people_are_recognised_by_a_number_of_another_system(workspace):
    number = CustomFieldFactory(workspace=workspace, number=True)
    key = number.storage_key
    dana = ContactFactory(workspace=workspace, email="old@example.test", values={key: 7})
    gil = ContactFactory(workspace=workspace, email="gil@example.test")
    twins = [ContactFactory(workspace=workspace, values={key: 9}) for _twin in range(2)]
    rows = [
        [key, "email", "first_name"],
        ["7", "new@example.test", "דנה"],
        ["8", "gil@example.test", "גיל"],
        ["9", "", ""],
        ["9", "nine@example.test", ""],
        ["10", "new@example.test", ""],
    ]
    importing = imported(workspace, rows, match=[key])
    dana.refresh_from_db()
    gil.refresh_from_db()
    assert (dana.email, dana.first_name) == ("new@example.test", "דנה")
    assert gil.values == {key: 8}
    assert importing.tallies["done"]["rows"] == {"updated": 2, "refused": 3}
    assert importing.tallies["done"]["why"] == {"nobody": 1, "ambiguous": 1, "key_conflict": 1}
    assert len(twins) == 2


def test_by_email_alone_a_phone_finds_nobody(workspace):
    ContactFactory(workspace=workspace, email=None, phone="+972501234567", first_name="גיל")
    rows = [["email", "phone"], ["dana@example.test", "0501234567"], ["", "0501234567"]]
    importing = imported(workspace, rows, match=["email"])
    assert Contact.objects.get(email="dana@example.test").phone is None
    assert importing.tallies["done"]["why"] == {"phone_taken": 1, "no_key": 1}


def test_addresses_may_change_hands_within_a_file(workspace):
    key = CustomFieldFactory(workspace=workspace).storage_key
    first, second = (
        ContactFactory(workspace=workspace, email=f"{name}@example.test", values={key: name}) for name in ("a", "b")
    )
    rows = [[key, "email"], ["a", "c@example.test"], ["b", "a@example.test"], ["d", "b@example.test"]]
    imported(workspace, rows, match=[key])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.email, second.email) == ("c@example.test", "a@example.test")
    assert Contact.objects.get(email="b@example.test").values == {key: "d"}


def test_one_event_tells_of_a_row_and_a_status_speaks_for_itself(workspace):
    status = CustomFieldFactory(workspace=workspace, choice=True, key="status")
    known = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה")
    rows = [
        ["email", "first_name", status.storage_key],
        ["dana@example.test", "דניאלה", "שטח"],
        ["noa@example.test", "נועה", "קטן"],
    ]
    importing = imported(workspace, rows)
    told = Event.objects.get(contact=known, kind="contact.imported")
    assert (told.subject_type, told.subject_id, told.source) == ("import", importing.pk, "import")
    assert told.properties["fields"] == sorted(["first_name", status.storage_key])
    assert told.properties["old"]["first_name"] == "דנה"
    changed = Event.objects.filter(kind="status.changed").order_by("id")
    assert [(event.subject_id, event.subject_label) for event in changed] == [(3, "שטח"), (1, "קטן")]
    assert Event.objects.filter(kind="contact.imported").count() == 2


def test_a_day_of_joining_is_that_of_the_file_for_new_people_alone(workspace):
    known = ContactFactory(workspace=workspace, email="dana@example.test")
    imported(
        workspace, [["email", "created_at"], ["dana@example.test", "1/2/2020"], ["noa@example.test", "1/2/2020 10:30"]]
    )
    known.refresh_from_db()
    assert known.created_at.year == timezone.now().year
    assert (
        timezone.localtime(Contact.objects.get(email="noa@example.test").created_at).date().isoformat() == "2020-02-01"
    )


def test_a_row_that_cannot_be_stored_is_refused_alone(workspace, monkeypatch):
    rows = [["email", "first_name"], *([f"p{number}@example.test", f"שם {number}"] for number in range(30))]
    importing = checked(workspace, rows)
    whole = applying._apply

    def spoiled(importing, staged, policies):
        if any(one.row.email == "p17@example.test" for one in staged):
            raise DataError("the server chokes on it")
        whole(importing, staged, policies)

    monkeypatch.setattr(applying, "_apply", spoiled)
    importing = started(importing)
    assert importing.status == Import.Status.DONE
    assert importing.tallies["done"]["rows"] == {"new": 29, "refused": 1}
    assert [row.cells[0] for row in showing.refused(importing)] == ["p17@example.test"]
    assert importing.effects.count() == 30


@pytest.mark.parametrize("what", ["field", "list"])
def test_an_import_whose_plan_lost_its_ground_ends_with_words(workspace, what):
    field, news = CustomFieldFactory(workspace=workspace), ListFactory(workspace=workspace)
    rows = [["email", field.storage_key], ["dana@example.test", "חיפה"]]
    importing = checked(workspace, rows, lists=[news.pk])
    gone = field if what == "field" else news
    setattr(gone, "archived_at" if what == "field" else "deleted_at", timezone.now())
    gone.save()
    importing = started(importing)
    assert importing.status == Import.Status.FAILED
    assert "ייבוא" in importing.fault or "import" in importing.fault
    assert Contact.objects.count() == 0
