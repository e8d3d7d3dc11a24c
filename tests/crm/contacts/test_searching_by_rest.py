"""Asking for contacts: by rule, segment, address, field; pages that neither skip nor repeat; only what is wanted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.contacts.models import Contact
from crm.models import ApiKey, Workspace
from tests.conftest import Api
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    SubscriptionFactory,
    TagFactory,
    WorkspaceFactory,
)

ORDERINGS = ["id", "-id", "created_at", "-created_at", "updated_at", "-updated_at"]
DANAS = {"all": [{"field": "first_name", "op": "equals", "value": "דנה"}]}


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def faults(response: Any) -> set[str]:
    assert response.status_code == 400, response.content
    return {error["attr"] for error in response.json()["errors"]}


def both(api: Api, question: dict[str, Any]) -> list[int]:
    """The answer to a question in an address and in a body, which is one."""
    query = {key: json.dumps(value) if key == "rule" else value for key, value in question.items() if key != "values"}
    got = ids(api.get("contacts/", query | question.get("values", {})))
    assert got == ids(api.post("contacts/search/", question))
    return got


def test_a_rule_a_segment_and_addresses_narrow_together(api: Api, workspace: Workspace) -> None:
    dana = ContactFactory(workspace=workspace, email="dana@example.test", with_phone=True)
    gil = ContactFactory(workspace=workspace, first_name="גיל")
    ContactFactory(workspace=workspace, binned=True)
    ContactFactory()
    segment = SegmentFactory(workspace=workspace, rule=DANAS)
    fixed = SegmentFactory(workspace=workspace, fixed=True, rule={})
    assert both(api, {}) == [gil.pk, dana.pk]
    assert both(api, {"rule": DANAS}) == [dana.pk]
    assert both(api, {"rule": {"none": [{"segment": segment.pk}]}}) == [gil.pk]
    assert both(api, {"segment": segment.pk}) == [dana.pk]
    assert both(api, {"segment": fixed.pk}) == []
    assert both(api, {"email": "DANA@example.test"}) == [dana.pk]
    assert both(api, {"phone": dana.phone, "segment": segment.pk}) == [dana.pk]
    assert both(api, {"rule": {}, "email": gil.email, "segment": segment.pk}) == []


@pytest.mark.parametrize(
    ("trait", "stored", "asked"),
    [
        ("", "אדום", "אדום"),
        ("number", 1200, "1,200"),
        ("date", "1990-05-06", "6.5.1990"),
        ("yes_no", True, "כן"),
        ("choice", "o2", "o2"),
        ("choices", ["o1", "o2"], "o2"),
        ("rating", 4, "4"),
    ],
)
def test_people_are_found_by_a_custom_field(
    api: Api, workspace: Workspace, trait: str, stored: Any, asked: str
) -> None:
    field = CustomFieldFactory(workspace=workspace, **({trait: True} if trait else {}))
    found = ContactFactory(workspace=workspace, values={field.storage_key: stored})
    ContactFactory(workspace=workspace)
    assert both(api, {"values": {field.storage_key: asked}}) == [found.pk]


def test_people_are_found_by_list_tag_and_time_of_change(api: Api, workspace: Workspace) -> None:
    old, new = ContactFactory.create_batch(2, workspace=workspace)
    Contact.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=2))
    SubscriptionFactory(contact=old, list=(news := ListFactory(workspace=workspace)))
    ContactTagFactory(contact=new, tag=TagFactory(workspace=workspace, name="VIP"))
    assert both(api, {"list": news.pk}) == [old.pk]
    assert both(api, {"tag": "vip"}) == [new.pk]
    assert both(api, {"updated_since": (timezone.now() - timedelta(days=1)).isoformat()}) == [new.pk]


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_pages_neither_skip_nor_repeat_though_all_came_at_one_moment(
    api: Api, workspace: Workspace, ordering: str
) -> None:
    moment = timezone.now()
    made = ContactFactory.create_batch(7, workspace=workspace, created_at=moment)
    Contact.objects.update(updated_at=moment)
    wanted = sorted((contact.pk for contact in made), reverse=ordering.startswith("-"))
    seen, url, pages = [], f"contacts/?page_size=3&ordering={ordering}", []
    while url:
        answer = api.get(url).json()
        pages.append([row["id"] for row in answer["results"]])
        seen += pages[-1]
        if len(pages) == 1:  # somebody comes and somebody goes meanwhile
            late = ContactFactory(
                workspace=workspace, created_at=moment - timedelta(hours=1 if "-" in ordering else -1)
            )
            Contact.objects.filter(pk=late.pk).update(updated_at=late.created_at)
            Contact.objects.filter(pk=seen[0]).update(deleted_at=moment)
        url, back = answer["next"], answer["previous"]
    assert [pk for pk in seen if pk in wanted] == wanted
    assert len(seen) == len(set(seen))
    assert [row["id"] for row in api.get(back).json()["results"]] == pages[-2]


def test_a_page_reads_its_index(workspace: Workspace) -> None:
    from crm.workspaces.keysets import Beyond

    rows = Contact.objects.filter(Beyond("updated_at", timezone.now(), 7, is_after=True), workspace=workspace)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = rows.order_by("updated_at", "id").explain()
    assert "contact_touched" in plan
    assert "ROW(updated_at, id)" in plan
    assert "Sort" not in plan


def test_only_what_is_wanted_is_told(api: Api, workspace: Workspace) -> None:
    field, other = CustomFieldFactory.create_batch(2, workspace=workspace)
    contact = ContactFactory(workspace=workspace, values={field.storage_key: "א", other.storage_key: "ב"})
    asked = {"fields": f"email,values.{field.storage_key}"}
    assert api.get("contacts/", asked).json()["results"] == [
        {"id": contact.pk, "email": contact.email, "values": {field.storage_key: "א"}}
    ]
    body = {"fields": ["values", "tags"]}
    assert api.post("contacts/search/", body).json()["results"] == [
        {"id": contact.pk, "values": contact.values, "tags": []}
    ]


def test_what_people_agreed_to_is_told(api: Api, workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    ConsentFactory(contact=contact, channel="email")
    ConsentFactory(contact=contact, channel="sms", withdrawn=True)
    wanted = {"email": "granted", "sms": "withdrawn"}
    assert api.get("contacts/", {"fields": "consents"}).json()["results"] == [{"id": contact.pk, "consents": wanted}]
    assert api.get(f"contacts/{contact.pk}/").json()["consents"] == wanted


def test_unwanted_groups_are_not_read(api: Api, workspace: Workspace, django_assert_num_queries: Any) -> None:
    ContactFactory.create_batch(3, workspace=workspace)
    api.get("contacts/")
    with django_assert_num_queries(5):  # key, contacts, tags, lists, consents
        api.get("contacts/")
    with django_assert_num_queries(2):
        api.get("contacts/", {"fields": "email"})


def test_counting_is_on_demand_and_bounded(api: Api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ContactFactory.create_batch(3, workspace=workspace)
    assert api.get("contacts/count/").json() == {"count": 3, "is_more": False}
    assert api.get("contacts/count/", {"rule": json.dumps({"none": [DANAS]})}).json()["count"] == 0
    monkeypatch.setattr("crm.contacts.api.MOST_COUNTED", 2)
    assert api.get("contacts/count/").json() == {"count": 2, "is_more": True}


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"rule": {"all": [{"field": "email", "op": "contains", "value": "@"}, {"field": "email", "op": "no"}]}},
        "rule.all.1.op",
    ),
    ({"rule": {"all": [{"list": 10**6}]}}, "rule.all.0.list"),
    ({"rule": [1]}, "rule"),
    ({"segment": 10**6}, "segment"),
    ({"segment": "x"}, "segment"),
    ({"email": "x"}, "email"),
    ({"phone": "12"}, "phone"),
    ({"list": 2**63}, "list"),
    ({"values": {"f999999": "x"}}, "values.f999999"),
    ({"updated_since": "yesterday"}, "updated_since"),
    ({"ordering": "email"}, "ordering"),
    ({"fields": ["email", "secret"]}, "fields"),
    ({"page_size": 501}, "page_size"),
    ({"page_size": 0}, "page_size"),
    ({"cursor": "x"}, "cursor"),
    ({"cursor": "W10"}, "cursor"),
    ({"cursor": "שלום"}, "cursor"),
]


@pytest.mark.parametrize(("question", "wrong"), WRONG, ids=[str(place) for place in range(len(WRONG))])
def test_a_wrong_question_names_the_place(api: Api, question: dict[str, Any], wrong: str) -> None:
    assert faults(api.post("contacts/search/", question)) == {wrong}
    query = {key: json.dumps(value) if key == "rule" else value for key, value in question.items() if key != "values"}
    if "fields" in query:
        query["fields"] = ",".join(query["fields"])
    assert faults(api.get("contacts/", query | question.get("values", {}))) == {wrong}


@pytest.mark.parametrize("rule", ["{", "[" * 5000, "\\ud800", '{"all": [{"field": "\\ud800"}]}', "NaN", ""])
def test_a_rule_that_is_no_json_is_refused(api: Api, rule: str) -> None:
    assert next(iter(faults(api.get("contacts/", {"rule": rule})))).split(".")[0] == "rule"


def test_a_cursor_belongs_to_its_order(api: Api, workspace: Workspace) -> None:
    ContactFactory.create_batch(3, workspace=workspace)
    cursor = api.post("contacts/search/", {"page_size": 1}).json()["next"]
    assert faults(api.post("contacts/search/", {"cursor": cursor, "ordering": "id"})) == {"cursor"}
    assert len(ids(api.post("contacts/search/", {"cursor": cursor}))) == 2


def test_faults_are_told_in_the_language_asked_for(api: Api) -> None:
    told = {
        language: api.post("contacts/search/", {"cursor": "x"}, headers={"Accept-Language": language}).json()
        for language in ("en", "he")
    }
    assert told["en"]["errors"][0]["detail"] == "This place is not known. Begin from the first page."
    assert told["en"] != told["he"]


def test_searching_only_reads(api: Api, workspace: Workspace) -> None:
    ApiKey.objects.filter(pk=api.key.pk).update(scopes=["read"])
    assert api.post("contacts/search/", {}, headers={"Idempotency-Key": "x" * 999}).status_code == 200
    assert api.post("contacts/", {}).status_code == 403


def test_a_stranger_s_segment_is_not_known(api: Api, workspace: Workspace) -> None:
    theirs = SegmentFactory(workspace=WorkspaceFactory(), rule={})
    assert faults(api.post("contacts/search/", {"segment": theirs.pk})) == {"segment"}
