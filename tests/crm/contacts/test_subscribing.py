from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from crm.contacts import subscribing
from crm.contacts.models import Subscription
from crm.models import Event
from tests.crm.factories import ContactFactory, ListFactory, TagFactory


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_joining_leaving_and_joining_again_are_each_told_once(workspace):
    contact, news = ContactFactory(workspace=workspace), ListFactory(workspace=workspace, name="ניוזלטר")
    assert subscribing.join(contact, news, actor="user:5", source="card")
    assert not subscribing.join(contact, news, actor="user:5")
    assert subscribing.leave(contact, news, actor="contact")
    assert not subscribing.leave(contact, news, actor="contact")
    assert subscribing.join(contact, news, actor="user:5")
    assert kinds() == ["list.joined", "list.left", "list.joined"]
    row = Subscription.objects.get()
    assert (row.status, row.left_at) == ("joined", None)
    assert Event.objects.first().subject_label == "ניוזלטר"


def test_leaving_keeps_the_row(workspace):
    contact, news = ContactFactory(workspace=workspace), ListFactory(workspace=workspace)
    subscribing.join(contact, news, actor="")
    subscribing.leave(contact, news, actor="")
    assert Subscription.objects.get().status == "left"


def test_a_list_of_another_business_or_in_the_bin_is_refused(workspace):
    contact = ContactFactory(workspace=workspace)
    with pytest.raises(ValueError):
        subscribing.join(contact, ListFactory(), actor="")
    with pytest.raises(ValidationError):
        subscribing.join(contact, ListFactory(workspace=workspace, binned=True), actor="")
    assert not Subscription.objects.exists()


def test_tags_are_made_on_the_way_and_case_does_not_tell_them_apart(workspace):
    contact = ContactFactory(workspace=workspace)
    TagFactory(workspace=workspace, name="VIP")
    TagFactory(name="לקוחות")  # another business
    assert subscribing.tag(contact, " vip ", actor="user:5")
    assert not subscribing.tag(contact, "Vip", actor="user:5")
    assert subscribing.tag(contact, "לקוחות", actor="user:5")
    assert sorted(tag.name for tag in contact.tags.all()) == ["VIP", "לקוחות"]
    assert subscribing.untag(contact, "vip", actor="user:5")
    assert not subscribing.untag(contact, "vip", actor="user:5")
    assert not subscribing.untag(contact, "never", actor="user:5")
    assert kinds() == ["tag.added", "tag.added", "tag.removed"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, None, 5])
def test_a_tag_needs_a_short_name(workspace, name):
    with pytest.raises(ValidationError):
        subscribing.tag(ContactFactory(workspace=workspace), name, actor="")
