from __future__ import annotations

import json
from functools import partial

import pytest

from crm.contacts.models import Contact, CustomField, List, Tag
from crm.models import Event
from tests.conftest import api_of
from tests.crm.factories import (
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
    WorkspaceFactory,
)


def faults(response):
    assert 400 <= response.status_code < 500, response.content
    return {error["attr"] for error in response.json()["errors"]}


def test_a_new_person_is_created_and_a_known_one_found(api, workspace):
    field, news = CustomFieldFactory(workspace=workspace, number=True), ListFactory(workspace=workspace)
    said = {
        "email": "Dana@Example.test",
        "first_name": "דנה",
        "values": {field.storage_key: "1,200"},
        "lists": [news.pk],
        "tags": ["VIP"],
    }
    response = api.post("contacts/", said)
    assert response.status_code == 201
    body = response.json()
    assert body["email"] == "dana@example.test"
    assert body["values"] == {field.storage_key: 1200}
    assert body["lists"] == [{"id": news.pk, "name": news.name}]
    assert body["tags"] == ["VIP"]
    again = api.post("contacts/", {"email": "dana@example.test", "last_name": "כהן", "phone": "050-000-0142"})
    assert again.status_code == 200
    assert again.json() | {"updated_at": ""} == body | {
        "last_name": "כהן",
        "phone": "+972500000142",
        "updated_at": "",
    }
    assert Event.objects.get(kind="contact.created").actor == f"key:{api.key.pk}"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, {"email"}),
        ({"email": "x"}, {"email"}),
        ({"email": ["a@b.test"]}, {"email"}),
        ({"email": "a@b.test", "phone": "12"}, {"phone"}),
        ({"email": "a@b.test", "first_name": "x" * 101}, {"first_name"}),
        ({"email": "a@b.test", "values": {"f0": 1}}, {"values.f0"}),
        ({"email": "a@b.test", "values": {"email": "x"}}, {"values.email"}),
        ({"email": "a@b.test", "values": [1]}, {"values"}),
        ({"email": "a@b.test", "lists": [10**6]}, {"lists"}),
        ({"email": "a@b.test", "lists": ["x"]}, {"lists.0"}),
        ({"email": "a@b.test", "tags": ["x" * 61]}, {"tags.0"}),
        ({"email": "a@b.test\u0000"}, {"email"}),
    ],
)
def test_faults_name_the_field_and_nothing_is_written(api, said, wrong):
    assert faults(api.post("contacts/", said)) == wrong
    assert not Contact.objects.exists()


NAUGHTY = [
    "\x00",
    "\ud800",
    "a\udfffb",
    "\u202e",
    "𝕏" * 300,
    "{{x}}",
    "%s",
    "'; DROP TABLE x; --",
    10**30,
    -1,
    1e400,
    [],
    {},
    [[]],
    None,
]


@pytest.mark.parametrize("thing", NAUGHTY, ids=lambda thing: repr(thing)[:12])
def test_nothing_that_is_sent_breaks_the_server(api, workspace, thing):
    def send(method, path, said):
        """JSON with every odd character escaped, as a careless program would send it."""
        return getattr(api, method)(path, json.dumps(said), content_type="application/json")

    post, patch = partial(send, "post"), partial(send, "patch")
    fields = [
        CustomFieldFactory(workspace=workspace, **{trait: True}) for trait in ("long_text", "number", "date", "url")
    ]
    fields += [CustomFieldFactory(workspace=workspace, **{trait: True}) for trait in ("yes_no", "choice", "choices")]
    fields += [CustomFieldFactory(workspace=workspace, rating=True), CustomFieldFactory(workspace=workspace)]
    contact = ContactFactory(workspace=workspace)
    for field in fields:
        for key in (field.storage_key, str(thing)):
            assert patch(f"contacts/{contact.pk}/", {"values": {key: thing}}).status_code in (200, 400)
    for name in ("email", "phone", "first_name", "values", "lists", "tags", "overwrite"):
        assert post("contacts/", {"email": "a@b.test", name: thing}).status_code in (200, 201, 400)
    for name in ("lists", "tags"):
        assert post("contacts/", {"email": "a@b.test", name: [thing]}).status_code in (200, 201, 400)
        assert post(f"{name}/", {"name": thing}).status_code in (201, 400)
    said = {"label": thing, "type": "choice", "options": [{"label": thing, "id": thing}], "rating_max": thing}
    assert post("custom-fields/", said).status_code in (201, 400)
    news = ListFactory(workspace=workspace)
    assert post(f"lists/{news.pk}/subscribe/", {"contact": thing}).status_code in (400, 404)
    for asked in ("email", "phone", "list", "tag", "cursor", "page_size"):
        assert api.get("contacts/", {asked: str(thing).encode("utf-8", "replace")}).status_code in (200, 400, 404)


def test_a_value_that_does_not_fit_its_field_is_named(api, workspace):
    field = CustomFieldFactory(workspace=workspace, choice=True)
    response = api.post("contacts/", {"email": "a@b.test", "values": {field.storage_key: "מרכבה"}})
    assert faults(response) == {f"values.{field.storage_key}"}


def test_a_contact_is_changed_field_by_field(api, workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = ContactFactory(workspace=workspace, last_name="כהן", values={field.storage_key: "x"})
    response = api.patch(f"contacts/{contact.pk}/", {"first_name": "דניאלה", "values": {field.storage_key: None}})
    assert response.status_code == 200
    assert (response.json()["first_name"], response.json()["last_name"]) == ("דניאלה", "כהן")
    assert response.json()["values"] == {}
    assert faults(api.patch(f"contacts/{contact.pk}/", {"email": None})) == {"email"}
    assert faults(api.patch(f"contacts/{contact.pk}/", {"values": {"email": "x@y.test"}})) == {"values.email"}
    ContactFactory(workspace=workspace, email="gil@example.test")
    assert faults(api.patch(f"contacts/{contact.pk}/", {"email": "gil@example.test"})) == {"email"}


def test_deleting_moves_to_the_bin(api, workspace):
    contact = ContactFactory(workspace=workspace)
    assert api.delete(f"contacts/{contact.pk}/").status_code == 204
    contact.refresh_from_db()
    assert contact.deleted_at
    assert api.get(f"contacts/{contact.pk}/").status_code == 404


def test_people_are_found_by_address_list_and_tag(api, workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test", phone="+972500000142")
    ContactFactory(workspace=workspace)
    row = SubscriptionFactory(contact=dana)
    ContactTagFactory(contact=dana, tag__name="VIP")
    for asked in ({"email": "DANA@example.test"}, {"phone": "050-000-0142"}, {"list": row.list_id}, {"tag": "vip"}):
        assert [person["id"] for person in api.get("contacts/", asked).json()["results"]] == [dana.pk]
    assert len(api.get("contacts/").json()["results"]) == 2
    for bad in ({"email": "x"}, {"phone": "1"}, {"list": "x"}, {"list": "1.5"}, {"list": str(10**30)}):
        assert faults(api.get("contacts/", bad)) <= {"email", "phone", "list"}


def test_a_cursor_walks_everybody_once_in_few_statements(api, workspace, django_assert_max_num_queries):
    people = ContactFactory.create_batch(25, workspace=workspace)
    for contact in people:
        SubscriptionFactory(contact=contact)
        ContactTagFactory(contact=contact)
    seen, page = [], "contacts/?page_size=10"
    while page:
        with django_assert_max_num_queries(6):
            body = api.get(page).json()
        seen += [person["id"] for person in body["results"]]
        page = body["next"]
    assert seen == [contact.pk for contact in reversed(people)]


def test_tags_are_added_and_taken_off(api, workspace):
    contact = ContactFactory(workspace=workspace)
    assert api.post(f"contacts/{contact.pk}/tag/", {"tags": ["VIP", "vip", "ב"]}).json()["tags"] == ["VIP", "ב"]
    assert api.post(f"contacts/{contact.pk}/untag/", {"tags": ["Vip"]}).json()["tags"] == ["ב"]
    assert faults(api.post(f"contacts/{contact.pk}/tag/", {"tags": ["\u200f"]})) == {"tags"}


def test_lists_are_made_joined_left_and_binned(api, workspace):
    made = api.post("lists/", {"name": "ניוזלטר"})
    assert made.status_code == 201
    news = List.objects.get()
    contact = ContactFactory(workspace=workspace)
    place = f"lists/{news.pk}/"
    assert api.post(place + "subscribe/", {"contact": contact.pk}).json() == {"changed": True}
    assert api.post(place + "subscribe/", {"contact": contact.pk}).json() == {"changed": False}
    assert api.post(place + "unsubscribe/", {"contact": contact.pk}).json() == {"changed": True}
    assert api.post(place + "subscribe/", {"contact": ContactFactory().pk}).status_code == 404
    assert faults(api.post(place + "subscribe/", {"contact": "x"})) == {"contact"}
    assert faults(api.post("lists/", {"name": "ניוזלטר"})) == {"name"}
    assert api.patch(place, {"name": "מועדון"}).json()["name"] == "מועדון"
    assert api.delete(place).status_code == 204
    assert api.get("lists/").json()["results"] == []


def test_tags_have_a_resource(api, workspace):
    made = api.post("tags/", {"name": " VIP "}).json()
    assert made["name"] == "VIP"
    assert faults(api.post("tags/", {"name": "vip"})) == {"name"}
    assert api.delete(f"tags/{made['id']}/").status_code == 204
    assert not Tag.objects.exists()


def test_custom_fields_are_defined_by_the_same_verb(api, workspace):
    made = api.post(
        "custom-fields/", {"label": "רכב", "type": "choice", "options": [{"label": "קטן"}, {"label": "שטח"}]}
    )
    assert made.status_code == 201, made.content
    field = CustomField.objects.get()
    assert made.json()["storage_key"] == field.storage_key
    assert made.json()["options"] == [{"id": "o1", "label": "קטן"}, {"id": "o2", "label": "שטח"}]
    place = f"custom-fields/{field.pk}/"
    assert api.patch(place, {"label": "סוג הרכב"}).json()["options"] == made.json()["options"]
    assert faults(api.patch(place, {"type": "text"})) == {"type"}
    assert faults(api.post("custom-fields/", {"label": "ריק", "type": "choice"})) == {"options"}
    assert faults(api.post("custom-fields/", {"label": "סוג הרכב", "type": "text"})) == {"label"}
    assert faults(api.patch(place, {"options": [{"id": "o77", "label": "x"}]})) == {"options"}
    assert api.delete(place).status_code == 204
    assert api.get(place).json()["archived"] is True


@pytest.mark.parametrize("prefix", ["contacts", "custom-fields", "lists", "tags"])
def test_another_business_sees_and_changes_nothing(workspace, prefix):
    row = {
        "contacts": ContactFactory,
        "custom-fields": CustomFieldFactory,
        "lists": ListFactory,
        "tags": TagFactory,
    }[prefix](workspace=workspace)
    stranger = api_of(WorkspaceFactory(), secret="mk_stranger")
    assert stranger.get(f"{prefix}/").json()["results"] == []
    assert stranger.get(f"{prefix}/{row.pk}/").status_code == 404
    assert stranger.patch(f"{prefix}/{row.pk}/", {"name": "x"}).status_code == 404
    assert stranger.delete(f"{prefix}/{row.pk}/").status_code == 404
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_key_that_only_reads_does_not_write(workspace):
    reader = api_of(workspace, secret="mk_reads", read_only=True)
    assert reader.get("contacts/").status_code == 200
    assert reader.post("contacts/", {"email": "a@b.test"}).status_code == 403
    assert reader.post(f"lists/{ListFactory(workspace=workspace).pk}/subscribe/", {"contact": 1}).status_code == 403


def test_without_a_key_nothing_answers(api):
    api.credentials()
    assert api.get("contacts/").status_code == 401
