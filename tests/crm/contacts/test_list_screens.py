from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest

from crm.contacts.models import List, Tag
from crm.models import AuditEntry
from tests.crm.factories import ContactFactory, ContactTagFactory, ListFactory, SubscriptionFactory, TagFactory
from tests.swaps import assert_swap_equals_reload


def test_lists_count_the_living_who_are_on_them_now(owner_client, url, workspace):
    news = ListFactory(workspace=workspace)
    SubscriptionFactory.create_batch(2, list=news, contact__workspace=workspace)
    SubscriptionFactory(list=news, contact=ContactFactory(workspace=workspace, binned=True))
    SubscriptionFactory(list=news, contact__workspace=workspace, left=True)
    ListFactory()
    ListFactory(workspace=workspace, binned=True)
    (row,) = owner_client.get(url("list_list")).context["page"]
    assert (row, row.people, row.gone) == (news, 2, 1)


def test_a_list_is_made_renamed_deleted_and_brought_back(owner_client, url, workspace):
    owner_client.post(url("list_create"), {"name": " ניוזלטר  חודשי ", "description": "פעם בחודש"})
    news = List.objects.get()
    assert (news.workspace, news.name) == (workspace, "ניוזלטר חודשי")
    owner_client.post(url("list_edit", pk=news.pk), {"name": "מועדון", "description": ""})
    page = owner_client.post(url("list_delete", pk=news.pk), follow=True).content.decode()
    assert url("list_restore", pk=news.pk) in page
    assert owner_client.get(url("list_page", pk=news.pk)).status_code == 404
    owner_client.post(url("list_restore", pk=news.pk))
    news.refresh_from_db()
    assert (news.name, news.deleted_at) == ("מועדון", None)


def test_a_name_is_used_once_whatever_the_case(owner_client, url, workspace):
    ListFactory(workspace=workspace, name="News")
    response = owner_client.post(url("list_create"), {"name": "NEWS"})
    assert response.status_code == 422
    assert "name" in response.context["form"].errors
    ListFactory(name="Club")
    assert owner_client.post(url("list_create"), {"name": "Club"}).status_code == 302


def test_a_list_whose_name_was_taken_meanwhile_stays_in_the_bin(owner_client, url, workspace):
    old = ListFactory(workspace=workspace, name="News", binned=True)
    ListFactory(workspace=workspace, name="news")
    owner_client.post(url("list_restore", pk=old.pk))
    old.refresh_from_db()
    assert old.deleted_at


def test_a_list_shows_its_people_and_searches_them(owner_client, url, workspace):
    news = ListFactory(workspace=workspace)
    SubscriptionFactory(list=news, contact__workspace=workspace, contact__first_name="דנה")
    SubscriptionFactory(list=news, contact__workspace=workspace, contact__first_name="גיל")
    ContactFactory(workspace=workspace, first_name="אחר")
    page = owner_client.get(url("list_page", pk=news.pk)).context["page"]
    assert {contact.first_name for contact in page} == {"דנה", "גיל"}
    page = owner_client.get(url("list_page", pk=news.pk), {"q": "דנה", "list": ListFactory().pk}).context["page"]
    assert [contact.first_name for contact in page] == ["דנה"]


@pytest.mark.parametrize("name", ["list_page", "list_edit"])
def test_a_foreign_list_is_not_found(owner_client, url, name):
    assert owner_client.get(url(name, pk=ListFactory().pk)).status_code == 404


def test_swapped_parts_equal_a_reload(owner_client, url, workspace):
    row = SubscriptionFactory(contact__workspace=workspace)
    ContactTagFactory(contact=row.contact)
    assert_swap_equals_reload(owner_client, url("list_list"), "list-results")
    assert_swap_equals_reload(owner_client, url("list_page", pk=row.list_id), "list-people")
    assert_swap_equals_reload(owner_client, url("list_page", pk=row.list_id) + "?q=nobody", "list-people")
    assert_swap_equals_reload(owner_client, url("tag_list"), "tag-results")


def test_tags_are_counted_renamed_and_deleted_for_good(owner_client, url, workspace):
    row = ContactTagFactory(contact__workspace=workspace, tag__name="VIP")
    ContactTagFactory(tag=row.tag, contact=ContactFactory(workspace=workspace, binned=True))
    (tag,) = owner_client.get(url("tag_list")).context["page"]
    assert tag.people == 1
    owner_client.post(url("tag_edit", pk=tag.pk), {"name": "חשובים"})
    assert Tag.objects.get().name == "חשובים"
    owner_client.post(url("tag_delete", pk=tag.pk))
    assert not Tag.objects.exists()
    assert AuditEntry.objects.get(action="tag.deleted").details == {"people": 2}
    assert owner_client.post(url("tag_delete", pk=TagFactory().pk)).status_code == 404


def test_a_new_tag_needs_a_new_name(owner_client, url, workspace):
    assert owner_client.post(url("tag_create"), {"name": "VIP"}).status_code == 302
    assert owner_client.post(url("tag_create"), {"name": "vip"}).status_code == 422
    assert owner_client.post(url("tag_create"), {"name": " "}).status_code == 422


@pytest.mark.parametrize("name", ["list_list", "tag_list"])
def test_many_rows_cost_as_many_statements_as_one(owner_client, url, workspace, django_assert_max_num_queries, name):
    for _number in range(20):
        SubscriptionFactory(contact__workspace=workspace)
        ContactTagFactory(contact__workspace=workspace)
    owner_client.get(url(name))
    with django_assert_max_num_queries(9):
        owner_client.get(url(name))


def test_a_list_ends_with_buttons_that_take_its_people_along(owner_client, client_as, analyst, url, workspace):
    row = SubscriptionFactory(contact__workspace=workspace)
    page = owner_client.get(url("list_page", pk=row.list_id)).content.decode()
    rule = quote_plus(json.dumps({"all": [{"list": row.list_id}]}))
    assert f"/segments/new/?rule={rule}" in page
    assert "?rule=" not in client_as(analyst).get(url("list_page", pk=row.list_id)).content.decode()
