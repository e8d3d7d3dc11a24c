"""How the list is looked at: any rule as a filter, orders, columns, density, saved views."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from crm.contacts import columns, narrowing
from crm.contacts.searching import Search
from crm.models import ListTaste, SavedView
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SavedViewFactory,
    SubscriptionFactory,
    TagFactory,
)
from tests.swaps import assert_swap_equals_reload

HTMX = {"HX-Request": "true"}
VIP = json.dumps({"all": [{"tag": "VIP"}]})


@pytest.fixture
def dana(workspace):
    dana = ContactFactory(workspace=workspace, first_name="דנה", last_name="כהן")
    ContactTagFactory(contact=dana, tag__name="VIP")
    return dana


@pytest.fixture
def uri(workspace):
    return ContactFactory(workspace=workspace, first_name="אורי")


def names(response):
    return [contact.first_name for contact in response.context["page"]]


def asked_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


# -- filter --------------------------------------------------------------------------------------------------------------------


def test_any_rule_filters_the_list_and_is_read_out(owner_client, url, dana, uri):
    response = owner_client.get(url("contact_list"), {"rule": VIP})
    assert names(response) == ["דנה"]
    assert "m-filter-reading" in response.content.decode()
    assert_swap_equals_reload(owner_client, url("contact_list") + "?rule=" + VIP, "contact-results")


def test_the_filter_of_the_drawer_goes_to_the_list(owner_client, url, dana, uri):
    drawn = owner_client.get(url("contact_filter"), {"state": "?q=ד"}, headers=HTMX).content.decode()
    assert 'id="rule-builder"' in drawn
    response = owner_client.post(url("contact_filter"), {"state": "?q=ד", "rule": VIP}, headers=HTMX)
    asked = asked_of(response.headers["HX-Redirect"])
    assert (asked["q"], json.loads(asked["rule"][0])) == (["ד"], {"all": [{"tag": "VIP"}]})


def test_a_fault_of_the_filter_is_drawn_at_its_condition(owner_client, url, dana):
    rule = json.dumps({"all": [{"list": 10**6}]})
    response = owner_client.post(url("contact_filter"), {"rule": rule}, headers=HTMX)
    assert response.status_code == 422
    assert "m-rule--fault" in response.content.decode()


@pytest.mark.parametrize("rule", ["nonsense", '{"all":[{"list":1000000}]}', '{"all":[{"strange":1}]}', "[" * 5000])
def test_a_filter_that_cannot_be_read_shows_nobody_and_says_so(owner_client, url, dana, rule):
    response = owner_client.get(url("contact_list"), {"rule": rule})
    assert response.status_code == 422
    assert names(response) == []
    assert "הסינון כבר לא תקף" in response.content.decode()


def test_the_filter_goes_along_to_a_segment(workspace, dana):
    search = Search.of(workspace, _query(rule=VIP, q="דנה"))
    assert {"tag": "VIP"} in search.rule()["all"]
    assert list(search.people()) == [dana]


def _query(**said: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(said)
    return query


# -- orders ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "found"),
    [("", ["אורי", "דנה"]), ("oldest", ["דנה", "אורי"]), ("name", ["אורי", "דנה"]), ("-name", ["דנה", "אורי"])],
)
def test_the_list_is_sorted_by_what_an_index_serves(owner_client, url, dana, uri, sort, found):
    assert names(owner_client.get(url("contact_list"), {"sort": sort})) == found


def test_nothing_else_can_be_sorted_by(owner_client, url, dana, uri):
    assert names(owner_client.get(url("contact_list"), {"sort": "values"})) == ["אורי", "דנה"]
    assert set(narrowing.ORDERS) == {"", "oldest", "name", "-name", "changed", "-changed"}


# -- columns -----------------------------------------------------------------------------------------------------------------


def test_columns_and_their_order_are_the_members_own(owner_client, client_as, editor_user, url, workspace, dana):
    field = CustomFieldFactory(workspace=workspace, label="מידה", choice=True)
    dana.values = {field.storage_key: "o2"}
    dana.save()
    response = owner_client.post(
        url("contact_columns"),
        {"column": [field.storage_key, "tags"], "save": "me", "state": "?only=new"},
        headers=HTMX,
    )
    assert response.headers["HX-Redirect"] == url("contact_list") + "?only=new"
    page = owner_client.get(url("contact_list")).content.decode()
    assert page.index("מידה") < page.index("תגיות</th>")
    assert "משפחתי" in page
    assert "משפחתי" not in client_as(editor_user).get(url("contact_list")).content.decode()


def test_a_column_is_moved_and_the_drawer_drawn_again(owner_client, url, dana):
    said = {"column": ["email", "phone", "tags"], "move": "up:tags"}
    response = owner_client.post(url("contact_columns"), said, headers=HTMX)
    assert [column.key for column in response.context["on"]] == ["email", "tags", "phone"]
    assert not ListTaste.objects.exists()


def test_strange_and_too_many_columns_are_refused(owner_client, url, workspace):
    fields = CustomFieldFactory.create_batch(columns.MOST + 1, workspace=workspace)
    for keys in (["nonsense"], [field.storage_key for field in fields], [CustomFieldFactory().storage_key]):
        response = owner_client.post(url("contact_columns"), {"column": keys, "save": "me"})
        assert response.status_code == 422
    assert not ListTaste.objects.exists()


def test_a_sensitive_field_is_masked_in_the_list(owner_client, url, workspace, dana):
    field = CustomFieldFactory(workspace=workspace, is_sensitive=True)
    dana.values = {field.storage_key: "סוד"}
    dana.save()
    owner_client.post(url("contact_columns"), {"column": [field.storage_key], "save": "me"})
    page = owner_client.get(url("contact_list")).content.decode()
    assert columns.MASK in page
    assert "סוד" not in page


def test_every_column_costs_the_same_for_one_and_for_many(workspace, django_assert_num_queries):
    CustomFieldFactory(workspace=workspace)
    every = columns.offered(workspace)
    row = ListFactory(workspace=workspace)
    people = ContactFactory.create_batch(20, workspace=workspace, source="facebook")
    for person in people:
        SubscriptionFactory(contact=person, list=row)
        ConsentFactory(contact=person, channel="email")
    for listed in (people[:1], people):
        with django_assert_num_queries(6):  # status and latest events, tags, lists, two of consent
            drawn = columns.table(listed, every)
    cells = {cell.column.key: cell.value for cell in drawn.lines[0].cells}
    assert (cells["lists"], cells["source"], cells["consent"]) == ([row.name], "פייסבוק", "אפשר לכתוב")


def test_density_is_kept(owner_client, url, dana):
    owner_client.post(url("contact_density"), {"dense": "1"})
    assert "m-table--dense" in owner_client.get(url("contact_list")).content.decode()
    assert owner_client.post(url("contact_density"), {"dense": "x"}).status_code == 400


# -- saved views -------------------------------------------------------------------------------------------------------------


def test_a_view_keeps_the_whole_state_and_stands_above_the_list(owner_client, url, workspace, dana, uri):
    tag = workspace.tags.get()
    state = f"?q=דנה&tag={tag.pk}&sort=name"
    response = owner_client.post(url("view_create"), {"name": "המועדפים", "state": state}, headers=HTMX)
    view = SavedView.objects.get()
    assert view.state == {"q": "דנה", "tag": str(tag.pk), "sort": "name"}
    page = owner_client.get(response.headers["HX-Redirect"])
    assert names(page) == ["דנה"]
    assert page.context["look"].view == view
    assert not page.context["look"].is_changed
    other = owner_client.get(url("contact_list"), {"view": view.pk, "q": "אורי"})
    assert other.context["look"].is_changed
    assert url("view_update", pk=view.pk) in other.content.decode()
    owner_client.post(url("view_update", pk=view.pk), {"state": f"?q=אורי&view={view.pk}"})
    view.refresh_from_db()
    assert view.state == {"q": "אורי"}


def test_a_view_of_mine_is_mine_until_it_is_shared(owner_client, client_as, editor_user, url, workspace, owner):
    view = SavedViewFactory(workspace=workspace, owner=owner, name="שלי")
    other = client_as(editor_user)
    assert "שלי</bdi>" not in other.get(url("contact_list")).content.decode()
    assert other.get(url("view_edit", pk=view.pk)).status_code == 404
    owner_client.post(url("view_edit", pk=view.pk), {"name": "של כולם", "is_shared": "on"})
    assert "של כולם</bdi>" in other.get(url("contact_list")).content.decode()


def test_an_analyst_saves_views_of_their_own_and_shares_none(client_as, analyst, url, workspace, owner):
    client = client_as(analyst)
    client.post(url("view_create"), {"name": "שלי", "is_shared": "on"})
    mine = SavedView.objects.get()
    assert (mine.owner, mine.is_shared) == (analyst, False)
    shared = SavedViewFactory(workspace=workspace, owner=owner, is_shared=True)
    assert client.post(url("view_delete", pk=shared.pk)).status_code == 403
    assert client.post(url("view_delete", pk=mine.pk)).status_code == 302


def test_deleting_a_view_is_undone_from_the_toast(owner_client, url, workspace, owner):
    view = SavedViewFactory(workspace=workspace, owner=owner)
    response = owner_client.post(url("view_delete", pk=view.pk), follow=True)
    (message,) = response.context["messages"]
    assert not SavedView.objects.filter(deleted_at=None).exists()
    owner_client.post(message.extra_tags)
    assert SavedView.objects.filter(deleted_at=None).get() == view


def test_the_list_opens_with_the_default_view_and_everybody_stays_within_reach(
    owner_client, url, workspace, owner, dana, uri
):
    view = SavedViewFactory(workspace=workspace, owner=owner, state={"q": "דנה"})
    owner_client.post(url("view_default", pk=view.pk), {"on": "1"})
    response = owner_client.get(url("contact_list"), follow=True)
    assert names(response) == ["דנה"]
    assert 'href="?view=all"' in response.content.decode()
    assert names(owner_client.get(url("contact_list"), {"view": "all"})) == ["אורי", "דנה"]
    owner_client.post(url("view_default", pk=view.pk), {"on": "0"})
    assert names(owner_client.get(url("contact_list"))) == ["אורי", "דנה"]


def test_a_view_whose_tag_was_deleted_says_so(owner_client, url, workspace, owner):
    tag = TagFactory(workspace=workspace)
    SavedViewFactory(workspace=workspace, owner=owner, state={"tag": str(tag.pk)})
    tag.delete()
    response = owner_client.get(url("contact_list"))
    assert [tab.is_broken for tab in response.context["tabs"]] == [True]


def test_two_views_of_one_name_are_refused(owner_client, url, workspace, owner):
    SavedViewFactory(workspace=workspace, owner=owner, name="VIP")
    response = owner_client.post(url("view_create"), {"name": "vip"}, headers=HTMX)
    assert response.status_code == 422
    assert SavedView.objects.count() == 1


def test_a_view_may_have_columns_of_its_own(owner_client, url, workspace, owner, dana):
    view = SavedViewFactory(workspace=workspace, owner=owner, state={})
    state = f"?view={view.pk}"
    owner_client.post(url("contact_columns"), {"column": ["tags"], "save": "view", "state": state})
    shown = owner_client.get(url("contact_list"), {"view": view.pk}).context["look"].columns
    assert [column.key for column in shown] == ["tags"]
    usual = owner_client.get(url("contact_list")).context["look"].columns
    assert [column.key for column in usual] == list(columns.USUAL)
