from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from crm.contacts.capturing import capture, register_forgetter
from crm.contacts.models import Contact, Subscription
from crm.models import Event
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    WorkspaceFactory,
)


def kinds_of(contact):
    return list(Event.objects.filter(contact=contact).order_by("id").values_list("kind", flat=True))


def test_a_new_person_becomes_one_contact_with_everything_they_said(workspace):
    field, news = CustomFieldFactory(workspace=workspace, number=True), ListFactory(workspace=workspace)
    contact, created = unpack(
        capture(
            workspace,
            email="Dana@Example.test",
            phone="050-000-0142",
            first_name=" דנה ",
            values={field.pk: "1,200"},
            lists=[news],
            tags=["לקוחות"],
            source="form",
            actor="contact",
            medium="social",
        )
    )
    assert created
    contact.refresh_from_db()
    assert (contact.email, contact.phone, contact.first_name) == ("dana@example.test", "+972500000142", "דנה")
    assert contact.values == {field.storage_key: 1200}
    assert list(contact.lists.all()) == [news]
    assert [tag.name for tag in contact.tags.all()] == ["לקוחות"]
    assert kinds_of(contact) == ["contact.created", "list.joined", "tag.added"]
    born = Event.objects.get(kind="contact.created")
    assert (born.source, born.medium, born.actor) == ("form", "social", "contact")


def unpack(captured):
    return captured.contact, captured.created


def test_a_known_person_is_found_and_changes_are_told(workspace):
    field = CustomFieldFactory(workspace=workspace)
    known = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    contact, created = unpack(
        capture(workspace, email="DANA@example.test", phone="0500000142", first_name="דניאלה", values={field.pk: "ב"})
    )
    assert (contact, created) == (known, False)
    known.refresh_from_db()
    assert (known.first_name, known.last_name, known.phone) == ("דניאלה", "כהן", "+972500000142")
    changed = {event.properties["field"]: event for event in Event.objects.filter(kind="field.changed")}
    assert set(changed) == {"first_name", "phone", field.storage_key}
    assert changed["first_name"].properties["old"] == "דנה"
    assert changed[field.storage_key].subject_id == field.pk


def test_silence_erases_nothing_and_repeating_records_nothing(workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = capture(workspace, email="a@b.test", first_name="דנה", values={field.pk: "x"}).contact
    before = kinds_of(contact)
    again = capture(workspace, email="a@b.test", first_name="", values={field.pk: ""}).contact
    assert (again.first_name, again.values) == ("דנה", {field.storage_key: "x"})
    assert kinds_of(contact) == before


def test_without_overwriting_only_blanks_are_filled(workspace):
    ContactFactory(workspace=workspace, email="a@b.test", first_name="דנה")
    contact = capture(workspace, email="a@b.test", first_name="אחר", last_name="כהן", overwrite=False).contact
    assert (contact.first_name, contact.last_name) == ("דנה", "כהן")


def test_a_phone_alone_finds_the_person_and_takes_their_first_email(workspace):
    known = ContactFactory(workspace=workspace, with_phone_only=True)
    contact, created = unpack(capture(workspace, phone=known.phone, email="uri@example.test"))
    assert (contact, created, contact.email) == (known, False, "uri@example.test")


def test_two_known_people_stay_two_and_the_email_wins(workspace):
    by_email = ContactFactory(workspace=workspace, email="a@b.test")
    by_phone = ContactFactory(workspace=workspace, email=None, phone="+972500000142")
    contact = capture(workspace, email="a@b.test", phone="050-000-0142").contact
    assert contact == by_email
    assert contact.phone is None
    note = Event.objects.get(kind="contact.conflicted")
    assert (note.contact_id, note.subject_id) == (by_email.pk, by_phone.pk)


def test_a_shared_phone_does_not_make_two_addresses_one_person(workspace):
    one = ContactFactory(workspace=workspace, email="one@b.test", phone="+972500000142")
    other, created = unpack(capture(workspace, email="other@b.test", phone="050-000-0142"))
    assert created
    assert (other.email, other.phone) == ("other@b.test", None)
    one.refresh_from_db()
    assert one.email == "one@b.test"


def test_a_binned_person_comes_back_without_their_old_lists_or_consent(workspace):
    forgotten = []
    register_forgetter("test", forgotten.extend)
    binned = ContactFactory(workspace=workspace, email="a@b.test", binned=True)
    old = SubscriptionFactory(contact=binned)
    new = ListFactory(workspace=workspace)
    contact, created = unpack(capture(workspace, email="a@b.test", lists=[new]))
    register_forgetter("test", lambda contacts: None)
    old.refresh_from_db()
    assert (contact, created) == (binned, False)
    assert forgotten == [binned]
    assert old.status == Subscription.Status.LEFT
    assert workspace.contacts.alive().get() == binned
    assert kinds_of(binned) == ["contact.restored", "list.joined"]


def test_joining_again_is_an_act_of_the_person(workspace):
    row = SubscriptionFactory(contact__workspace=workspace, contact__email="a@b.test", left=True)
    capture(workspace, email="a@b.test", lists=[row.list])
    row.refresh_from_db()
    assert row.status == Subscription.Status.JOINED


def test_the_same_address_in_two_businesses_is_two_people(workspace):
    other = WorkspaceFactory()
    assert capture(workspace, email="a@b.test").created
    assert capture(other, email="a@b.test").created


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, {"email"}),
        ({"email": "nobody", "phone": "12"}, {"email", "phone"}),
        ({"email": "a@b.test", "first_name": "x" * 101}, {"first_name"}),
        ({"email": "a@b.test", "tags": [""]}, {"tags"}),
        ({"email": "a@b.test", "values": {"f0": 1}}, {"f0"}),
    ],
)
def test_faults_are_named_by_field_and_nothing_is_written(workspace, given, faults):
    with pytest.raises(ValidationError) as caught:
        capture(workspace, **given)
    assert set(caught.value.message_dict) == faults
    assert not workspace.contacts.exists()
    assert not Event.objects.exists()


def test_a_list_of_another_business_is_refused(workspace):
    for row in (ListFactory(), ListFactory(workspace=workspace, binned=True)):
        with pytest.raises(ValidationError):
            capture(workspace, email="a@b.test", lists=[row])
    assert not Contact.objects.exists()


def test_capturing_takes_few_statements(workspace, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        capture(workspace, email="a@b.test", first_name="דנה")
    with django_assert_max_num_queries(6):
        capture(workspace, email="a@b.test", first_name="דנה")


THREADS = 24


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known_by", ["email", "phone", "both", "email or both", "binned"])
def test_people_who_come_many_times_at_once_are_one_contact_and_lose_nothing(known_by):
    workspace = WorkspaceFactory()
    news = ListFactory(workspace=workspace)
    fields = [CustomFieldFactory(workspace=workspace, label=f"field {number}") for number in range(THREADS)]
    if known_by == "binned":
        ContactFactory(workspace=workspace, email="dana@example.test", binned=True)
    start = Barrier(THREADS)

    def come(number):
        identity = {"email": "dana@example.test", "phone": "050-000-0142"}
        if known_by in ("email", "phone") or (known_by == "email or both" and number % 2):
            identity.pop("email" if known_by == "phone" else "phone")
        try:
            start.wait(timeout=30)
            values, tags = {fields[number].pk: str(number)}, [f"tag {number % 3}"]
            return capture(workspace, **identity, values=values, lists=[news], tags=tags, actor="contact").created
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        created = list(pool.map(come, range(THREADS)))

    contact = Contact.objects.get()
    assert sum(created) == (0 if known_by == "binned" else 1)
    assert contact.values == {field.storage_key: str(number) for number, field in enumerate(fields)}
    assert contact.deleted_at is None
    assert Subscription.objects.get().status == Subscription.Status.JOINED
    assert contact.tags.count() == 3
    counted = kinds_of(contact)
    assert counted.count("contact.created") == sum(created)
    assert counted.count("list.joined") == 1
    assert counted.count("tag.added") == 3


@pytest.mark.django_db(transaction=True)
def test_crossing_identities_at_once_neither_deadlock_nor_merge():
    workspace = WorkspaceFactory()
    pairs = [
        ("a@b.test", "0500000001"),
        ("b@b.test", "0500000001"),
        ("a@b.test", "0500000002"),
        ("b@b.test", "0500000002"),
    ]
    start = Barrier(THREADS)

    def come(number):
        email, phone = pairs[number % len(pairs)]
        try:
            start.wait(timeout=30)
            capture(workspace, email=email, phone=phone)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(come, range(THREADS)))
    assert sorted(Contact.objects.values_list("email", flat=True)) == ["a@b.test", "b@b.test"]
