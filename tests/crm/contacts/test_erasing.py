from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from crm.contacts import editing, erasing
from crm.contacts.capturing import capture
from crm.contacts.models import Contact, Subscription
from crm.models import Consent, Event
from tests.crm.factories import ConsentFactory, ContactFactory, CustomFieldFactory, ListFactory, make_event


def test_erasing_leaves_the_count_and_no_trace_of_the_person(workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = capture(workspace, email="secret@example.test", lists=[ListFactory(workspace=workspace)]).contact
    editing.edit(contact, changes={"first_name": "סודי", field.storage_key: "תשובה"}, actor="user:5")
    make_event("custom.order", contact=contact, address="סודי 5")
    friend = ContactFactory(workspace=workspace)
    make_event("contact.conflicted", contact=friend, subject=contact, phone="+972500000142")
    ConsentFactory(contact=contact)
    count = Event.objects.count()

    erasing.erase(contact, actor="user:5")

    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert not Subscription.objects.exists()
    assert not Consent.objects.exists()
    assert Event.objects.count() == count + 1
    assert Event.objects.get(kind="contact.erased").subject_id == contact.pk, "a number, for those who mirror us"
    assert Event.objects.exclude(contact=None).get().contact == friend
    everything = json.dumps(list(Event.objects.values()), default=str, ensure_ascii=False)
    assert "secret" not in everything
    assert "סודי" not in everything
    assert "תשובה" not in everything
    assert Event.objects.filter(kind="field.changed", subject_id=field.pk).exists(), "what happened is still counted"


def test_rooms_above_are_asked_before_the_row_goes(workspace):
    seen = []
    erasing.register_eraser("test", lambda contact: seen.append(contact.email))
    erasing.erase(ContactFactory(workspace=workspace, email="a@b.test"), actor="")
    erasing.register_eraser("test", lambda contact: None)
    assert seen == ["a@b.test"]


def test_duplicates_go_with_the_person(workspace):
    winner = ContactFactory(workspace=workspace)
    ContactFactory(workspace=workspace, merged_into=winner)
    erasing.erase(winner, actor="")
    assert not Contact.objects.exists()


def test_the_bin_is_emptied_after_thirty_days(workspace):
    now = timezone.now()
    old = ContactFactory(workspace=workspace, deleted_at=now - timedelta(days=31))
    young = ContactFactory(workspace=workspace, deleted_at=now - timedelta(days=29))
    alive = ContactFactory(workspace=workspace)
    assert erasing.empty_bin(now) == 1
    assert set(Contact.objects.all()) == {young, alive}
    assert not Contact.objects.filter(pk=old.pk).exists()
