from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from crm.contacts import editing
from crm.contacts.starter import make_starter_fields
from crm.models import Event
from tests.crm.factories import ContactFactory, CustomFieldFactory


def test_editing_writes_what_changed_and_tells_each_change(workspace):
    field = CustomFieldFactory(workspace=workspace, label="סוג הרכב", choice=True)
    contact = ContactFactory(workspace=workspace, first_name="דנה", values={field.storage_key: "o1"})
    changes = {"first_name": "דניאלה", "last_name": "", "phone": "050-000-0142", field.storage_key: "משפחתי"}
    fresh = editing.edit(contact, changes=changes, actor="user:5")
    assert (fresh.first_name, fresh.phone, fresh.values) == ("דניאלה", "+972500000142", {field.storage_key: "o2"})
    events = {event.properties["field"]: event for event in Event.objects.all()}
    assert set(events) == {"first_name", "phone", field.storage_key}
    told = events[field.storage_key]
    assert (told.actor, told.subject_label) == ("user:5", "סוג הרכב")
    assert (told.properties["old"], told.properties["new"], told.properties["shown"]) == ("o1", "o2", "משפחתי")


def test_emptying_a_field_drops_it(workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = ContactFactory(workspace=workspace, values={field.storage_key: "x"})
    assert editing.edit(contact, changes={field.storage_key: ""}, actor="").values == {}


def test_a_status_moved_by_hand_is_an_event_a_funnel_can_wait_for(workspace):
    status = next(field for field in make_starter_fields(workspace) if field.key == "status")
    contact = ContactFactory(workspace=workspace)
    editing.edit(contact, changes={status.storage_key: "o4"}, actor="user:5")
    event = Event.objects.get()
    assert (event.kind, event.subject_type, event.subject_id) == ("status.changed", "status", 4)
    assert event.subject_label == status.options[3]["label"]


def test_the_last_address_cannot_be_taken_away(workspace):
    contact = ContactFactory(workspace=workspace)
    with pytest.raises(ValidationError) as caught:
        editing.edit(contact, changes={"email": ""}, actor="")
    assert "email" in caught.value.message_dict
    assert editing.edit(contact, changes={"email": None, "phone": "0500000142"}, actor="").is_phone_only


@pytest.mark.parametrize("in_the_bin", [False, True])
def test_an_address_of_somebody_else_is_refused_by_their_name(workspace, in_the_bin):
    ContactFactory(workspace=workspace, email="gil@example.test", first_name="גיל", binned=in_the_bin)
    contact = ContactFactory(workspace=workspace)
    with pytest.raises(ValidationError) as caught:
        editing.edit(contact, changes={"email": "GIL@example.test"}, actor="")
    assert "גיל" in caught.value.message_dict["email"][0]
    assert not Event.objects.exists()


def test_every_fault_is_told_at_once(workspace):
    contact = ContactFactory(workspace=workspace)
    with pytest.raises(ValidationError) as caught:
        editing.edit(contact, changes={"email": "x", "phone": "1", "f0": 1}, actor="")
    assert set(caught.value.message_dict) == {"email", "phone", "f0"}


def test_two_editors_of_different_fields_lose_nothing(workspace):
    one, other = CustomFieldFactory(workspace=workspace), CustomFieldFactory(workspace=workspace)
    contact = ContactFactory(workspace=workspace)
    stale = workspace.contacts.get()
    editing.edit(contact, changes={one.storage_key: "1"}, actor="")
    fresh = editing.edit(stale, changes={other.storage_key: "2"}, actor="")
    assert fresh.values == {one.storage_key: "1", other.storage_key: "2"}


def test_the_bin_takes_and_gives_back(workspace):
    contact = ContactFactory(workspace=workspace)
    assert editing.bin(contact, "user:5")
    assert not editing.bin(contact, "user:5")
    assert not workspace.contacts.alive().exists()
    assert editing.restore(contact, "user:5")
    assert workspace.contacts.alive().get() == contact
    assert list(Event.objects.values_list("kind", flat=True)) == ["contact.binned", "contact.restored"]
