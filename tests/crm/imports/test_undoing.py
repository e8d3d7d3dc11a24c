"""One click, and it is as it was; what people and members did since stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.consent.granting import grant, withdraw
from crm.contacts import editing
from crm.contacts.erasing import erase
from crm.contacts.merging import merge
from crm.contacts.models import Contact
from crm.contacts.subscribing import leave, tag
from crm.imports import showing, steering
from crm.imports.models import Import
from crm.timeline.models import Event
from crm.timeline.recording import record
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, SubscriptionFactory
from tests.crm.imports.driving import AGREED, checked, dump, imported, started, undone

ROWS = [
    ["email", "first_name", "tags"],
    ["dana@example.test", "דניאלה", "vip, חדש"],
    ["noa@example.test", "נועה", "vip"],
]


def test_undone_it_is_as_it_was(workspace):
    ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    news = ListFactory(workspace=workspace)
    before = dump(workspace)
    importing = imported(workspace, ROWS, lists=[news.pk], consent=AGREED)
    assert dump(workspace) != before
    importing = undone(importing)
    assert importing.status == Import.Status.UNDONE
    assert dump(workspace) == before
    assert importing.tallies["undone"]["rows"] == {"restored": 1, "binned": 1}
    assert Event.objects.filter(kind="contact.import_undone").count() == 2


def test_what_was_edited_since_stays(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    rows = [["email", "first_name", "last_name"], ["dana@example.test", "דניאלה", "לוי"]]
    importing = imported(workspace, rows)
    editing.edit(dana, changes={"last_name": "אחרת"}, actor="user:1")
    importing = undone(importing)
    dana.refresh_from_db()
    assert (dana.first_name, dana.last_name) == ("דנה", "אחרת")
    assert importing.tallies["undone"]["rows"] == {"partly": 1}
    assert [row.cells[0] for row in showing.kept(importing)] == ["dana@example.test"]


@pytest.mark.parametrize("what", ["tag", "order", "merge"])
def test_whoever_lived_on_stays(workspace, what):
    importing = imported(workspace, ROWS)
    noa = Contact.objects.get(email="noa@example.test")
    if what == "tag":
        tag(noa, "לקוחה", actor="user:1")
    elif what == "order":
        record(workspace, "order.placed", contact=noa)
    else:
        merge(ContactFactory(workspace=workspace), noa, "user:1")
    importing = undone(importing)
    noa.refresh_from_db()
    assert noa.deleted_at is None
    assert importing.tallies["undone"]["rows"] == {"binned": 1, "kept": 1}
    assert [row.outcome for row in showing.kept(importing)] == ["kept"]


def test_a_no_said_since_is_not_touched(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test")
    news = ListFactory(workspace=workspace)
    importing = imported(workspace, ROWS, lists=[news.pk], consent=AGREED)
    withdraw(dana, "email", source="preferences")
    leave(dana, news, actor="contact")
    undone(importing)
    assert dana.consents.get(is_current=True).state == "withdrawn"
    assert dana.subscriptions.get().status == "left"


def test_whoever_came_back_from_the_bin_returns_to_it(workspace):
    old = ListFactory(workspace=workspace)
    dana = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה")
    SubscriptionFactory(contact=dana, list=old)
    grant(dana, "email", source="form")
    editing.bin(dana, actor="user:1")
    dana.refresh_from_db()
    deleted_at = dana.deleted_at
    undone(imported(workspace, ROWS, lists=[old.pk]))
    dana.refresh_from_db()
    assert (dana.deleted_at, dana.first_name) == (deleted_at, "דנה")
    assert dana.subscriptions.get().status == "joined"
    assert dana.consents.get(is_current=True).state == "granted"


def test_all_who_come_back_do_so_together_and_each_returns_with_their_own(workspace, django_assert_max_num_queries):
    lists = [ListFactory(workspace=workspace) for _list in range(2)]
    people = [ContactFactory(workspace=workspace, email=f"p{number}@example.test") for number in range(30)]
    for number, person in enumerate(people):
        SubscriptionFactory(contact=person, list=lists[number % 2])
        if number % 3 == 0:
            grant(person, "email", source="form")
        editing.bin(person, actor="user:1")
    rows = [["email", "first_name"], *([person.email, "דנה"] for person in people)]
    importing = checked(workspace, rows)
    with django_assert_max_num_queries(60):  # one by one they took eight each
        importing = started(importing)
    assert importing.tallies["done"]["notes"]["restored"] == 30
    assert workspace.contacts.alive().count() == 30
    undone(importing)
    assert not workspace.contacts.alive().exists()
    for number, person in enumerate(people):
        assert person.subscriptions.get(status="joined").list_id == lists[number % 2].pk
        assert person.consents.filter(is_current=True, state="granted").count() == (number % 3 == 0)


def test_addresses_that_changed_hands_go_back(workspace):
    key = CustomFieldFactory(workspace=workspace).storage_key
    for name in "ab":
        ContactFactory(workspace=workspace, email=f"{name}@example.test", values={key: name})
    before = dump(workspace)
    rows = [
        [key, "email"],
        ["a", "c@example.test"],
        ["b", "a@example.test"],
        ["d", "b@example.test"],
        ["b", "z@example.test"],
    ]
    undone(imported(workspace, rows, match=[key]))
    assert dump(workspace) == before


def test_an_address_that_somebody_else_took_meanwhile_is_left_to_them(workspace):
    key = CustomFieldFactory(workspace=workspace).storage_key
    dana = ContactFactory(workspace=workspace, email="old@example.test", values={key: "a"})
    importing = imported(workspace, [[key, "email"], ["a", "new@example.test"]], match=[key])
    ContactFactory(workspace=workspace, email="old@example.test")
    importing = undone(importing)
    dana.refresh_from_db()
    assert dana.email == "new@example.test"
    assert importing.tallies["undone"]["rows"] == {"partly": 1}


def test_who_was_erased_meanwhile_is_gone_from_the_import_too(workspace):
    importing = imported(workspace, ROWS)
    erase(Contact.objects.get(email="dana@example.test"), actor="user:1")
    row = importing.rows.get(number=1)
    assert (row.cells, row.said, row.email) == ([], {}, None)
    assert importing.effects.get(number=1).before == {}
    assert not importing.parts.exists()
    importing = undone(importing)
    assert importing.tallies["undone"]["rows"] == {"binned": 1, "nothing": 1}


def test_after_thirty_days_it_cannot_be_undone(workspace):
    importing = imported(workspace, ROWS)
    importing.finished_at = timezone.now() - timedelta(days=31)
    importing.save()
    with pytest.raises(ValidationError):
        steering.undo(importing, by=None)
    assert Contact.objects.alive().count() == 2


def test_an_undo_is_not_undone_twice_nor_run_again(workspace):
    importing = undone(imported(workspace, ROWS))
    for verb in (steering.undo, steering.start, steering.resume, steering.stop):
        with pytest.raises(ValidationError):
            verb(importing, by=None)
