"""The screens of acts over many: whom they are about, the number on the button, the way back."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.urls import reverse

from crm.bulk import telling, working
from crm.bulk.models import BulkAct
from crm.models import AuditEntry, Contact, ContactTag, Subscription
from tests.crm.factories import (
    BulkActFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.swaps import assert_swap_equals_reload

HTMX = {"HX-Request": "true"}


@pytest.fixture
def people(workspace):
    return ContactFactory.create_batch(4, workspace=workspace)


@pytest.fixture
def contacts_url(workspace):
    return reverse("contacts:contact_list", args=[workspace.slug])


@pytest.fixture
def bell(monkeypatch):
    """How often the clock was rung for instead of waiting for it."""
    rung: list[int] = []
    monkeypatch.setattr("crm.bulk.tasks.work.delay", lambda: rung.append(1))
    return rung


def toasts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_selection_gets_a_tag_at_once_and_the_toast_undoes_it(owner_client, url, people, contacts_url):
    ids = [person.pk for person in people[:3]]
    drawn = owner_client.get(url("act_create"), {"kind": "tag", "ids": ids}).content.decode()
    assert "הוספת תגית ל-3 אנשי קשר" in drawn
    said = {"kind": "tag", "ids": ids, "tag": "VIP", "back": contacts_url + "?only=new"}
    response = owner_client.post(url("act_create"), said, follow=True)
    assert response.redirect_chain[-1][0] == contacts_url + "?only=new"
    (message,) = response.context["messages"]
    assert ContactTag.objects.count() == 3
    act = BulkAct.objects.get()
    assert message.extra_tags == url("act_undo", pk=act.pk)
    back = owner_client.post(message.extra_tags, headers={"Referer": "http://testserver" + contacts_url}, follow=True)
    assert back.redirect_chain[-1][0] == contacts_url
    assert ContactTag.objects.count() == 0


def test_all_of_a_search_are_taken_whatever_page_was_seen(owner_client, url, people, workspace):
    ContactTagFactory(contact=people[0], tag__name="VIP")
    state = "?tag=" + str(workspace.tags.get().pk)
    said = {"kind": "delete", "all": "1", "state": state, "ids": [people[1].pk], "count": "1"}
    owner_client.post(url("act_create"), said)
    assert list(Contact.objects.filter(deleted_at__isnull=False)) == [people[0]]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == ("contacts.binned", {"people": 1})


def test_over_fifty_people_are_asked_about_again_when_there_are_more_than_the_button_said(owner_client, url, workspace):
    ContactFactory.create_batch(51, workspace=workspace)
    said = {"kind": "delete", "all": "1", "state": "", "count": "40"}
    response = owner_client.post(url("act_create"), said)
    assert response.status_code == 422
    assert "מחיקת 51 אנשי קשר" in response.content.decode()
    assert not BulkAct.objects.exists()
    owner_client.post(url("act_create"), said | {"count": "51"})
    assert Contact.objects.alive().count() == 0


def test_many_go_on_by_themselves_and_the_member_sees_the_progress(owner_client, url, workspace, bell, monkeypatch):
    monkeypatch.setattr("crm.bulk.models.AT_ONCE", 2)
    ContactFactory.create_batch(3, workspace=workspace)
    response = owner_client.post(
        url("act_create"), {"kind": "tag", "all": "1", "state": "", "tag": "VIP", "count": "3"}, headers=HTMX
    )
    act = BulkAct.objects.get()
    assert response.headers["HX-Redirect"] == url("act_page", pk=act.pk)
    assert (bell, act.status) == ([1], "waiting")
    page = owner_client.get(url("act_page", pk=act.pk)).content.decode()
    assert f'hx-get="{url("act_progress", pk=act.pk)}"' in page
    while working.advance(act.pk):
        continue
    part = owner_client.get(url("act_progress", pk=act.pk)).content.decode()
    assert "hx-get" not in part
    strip = owner_client.get(url("act_strip")).content.decode()
    assert url("act_seen", pk=act.pk) in strip
    owner_client.post(url("act_seen", pk=act.pk))
    assert url("act_seen", pk=act.pk) not in owner_client.get(url("act_strip")).content.decode()


def test_the_list_tells_what_moves_and_a_reload_shows_the_same(owner_client, url, workspace, people, contacts_url):
    BulkActFactory(workspace=workspace, status="running", total=10, changed=4)
    assert "מתוך 10" in assert_swap_equals_reload_of_strip(owner_client, url("act_strip"), contacts_url)


def assert_swap_equals_reload_of_strip(client, part_url, page_url) -> str:
    from tests.swaps import part

    alone, page = (client.get(address).content.decode() for address in (part_url, page_url))
    assert part(alone, "act-strip") == part(page, "act-strip")
    return alone


def test_choosing_a_field_brings_an_input_that_fits_it(owner_client, url, workspace, people):
    field = CustomFieldFactory(workspace=workspace, choice=True)
    asked = {"kind": "set", "ids": [people[0].pk]}
    assert 'name="value"' not in owner_client.get(url("act_create"), asked, headers=HTMX).content.decode()
    drawn = owner_client.get(url("act_create"), asked | {"field": field.pk}, headers=HTMX).content.decode()
    assert "משפחתי" in drawn
    wrong = owner_client.post(url("act_create"), asked | {"field": field.pk, "value": "אין"}, headers=HTMX)
    assert wrong.status_code == 422
    owner_client.post(url("act_create"), asked | {"field": field.pk, "value": "o2"})
    assert Contact.objects.get(pk=people[0].pk).values == {field.storage_key: "o2"}


def test_nobody_chosen_is_said_in_plain_words(owner_client, url, people):
    response = owner_client.get(url("act_create"), {"kind": "tag"})
    assert response.status_code == 422
    assert "סמנו אנשים ברשימה" in response.content.decode()


def test_a_filter_that_cannot_be_read_is_refused(owner_client, url, people):
    state = "?rule=" + quote(json.dumps({"all": [{"list": 10**6}]}))
    response = owner_client.post(url("act_create"), {"kind": "delete", "all": "1", "state": state})
    assert response.status_code == 422
    assert Contact.objects.alive().count() == 4


def test_people_of_others_are_not_here(owner_client, url, people):
    stranger = ContactFactory()
    response = owner_client.post(url("act_create"), {"kind": "delete", "ids": [stranger.pk, people[0].pk]})
    assert response.status_code == 404
    assert Contact.objects.alive().count() == 5


def test_people_in_the_bin_can_only_be_restored(owner_client, url, workspace):
    binned = ContactFactory(workspace=workspace, binned=True)
    assert owner_client.post(url("act_create"), {"kind": "tag", "ids": [binned.pk], "tag": "VIP"}).status_code == 422
    owner_client.post(url("act_create"), {"kind": "restore", "all": "1", "state": "?only=bin"})
    assert Contact.objects.alive().count() == 1


def test_an_analyst_sees_acts_and_begins_none(client_as, analyst, url, workspace, people, contacts_url):
    act, client = BulkActFactory(workspace=workspace), client_as(analyst)
    assert client.get(url("act_page", pk=act.pk)).status_code == 200
    assert client.get(url("act_create"), {"kind": "tag", "ids": people[0].pk}).status_code == 403
    assert client.post(url("act_undo", pk=act.pk)).status_code == 403
    assert "data-pick" not in client.get(contacts_url).content.decode()


def test_every_number_of_an_act_opens_its_people(owner_client, url, workspace, people):
    row = ListFactory(workspace=workspace)
    SubscriptionFactory(contact=people[0], list=row, left=True)
    owner_client.post(url("act_create"), {"kind": "join", "ids": [person.pk for person in people], "list": row.pk})
    act = BulkAct.objects.get()
    page = owner_client.get(url("act_page", pk=act.pk)).content.decode()
    assert url("act_people", pk=act.pk, outcome="refused") in page
    left_out = owner_client.get(url("act_people", pk=act.pk, outcome="refused"))
    assert list(left_out.context["page"]) == [people[0]]
    assert owner_client.get(url("act_people", pk=act.pk, outcome="nonsense")).status_code == 404
    assert Subscription.objects.filter(status="joined").count() == 3


def test_the_list_of_acts_swaps_as_it_reloads(owner_client, url, workspace):
    BulkActFactory.create_batch(3, workspace=workspace)
    assert_swap_equals_reload(owner_client, url("act_list"), "act-results")


def test_boxes_and_the_bar_work_without_a_script(owner_client, contacts_url, url, people):
    page = owner_client.get(contacts_url).content.decode()
    assert f'<form class="m-dock m-bulk" id="bulk-form" method="get" action="{url("act_create")}"' in page
    assert page.count('name="ids"') == 4
    assert 'form="bulk-form" name="state" value="?"' in page


def test_a_segment_and_a_list_offer_the_same_with_their_own_people(owner_client, workspace, people):
    row = ListFactory(workspace=workspace)
    SubscriptionFactory(contact=people[0], list=row)
    listed = owner_client.get(reverse("contacts:list_page", args=[workspace.slug, row.pk])).content.decode()
    assert f'name="state" value="?list={row.pk}"' in listed
    segment = SegmentFactory(workspace=workspace, rule={"all": [{"list": row.pk}]})
    page = owner_client.get(reverse("segments:segment_people", args=[workspace.slug, segment.pk])).content.decode()
    assert 'name="state" value="?rule=' in page
    assert 'id="bulk-form"' in page


@pytest.mark.parametrize("kind", BulkAct.Kind.values)
def test_every_kind_has_its_words(kind, workspace):
    act = BulkActFactory(workspace=workspace, kind=kind, params={"label": "<b>", "field": 1}, same=1, refused=1)
    told = telling.told(act)
    assert "<b>" not in told.heading.replace("<bdi>", "")
    assert telling.brief(act)["ended"]


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test/", "/w/other/contacts/", "/\\evil.test", ""])
def test_the_way_back_stays_in_the_business(owner_client, url, people, contacts_url, back):
    said = {"kind": "tag", "ids": people[0].pk, "tag": "VIP", "back": back}
    assert owner_client.post(url("act_create"), said).url == contacts_url
