"""A thousand people on a list, or with a tag, in one call: each answered for itself."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from crm.contacts import together
from crm.contacts.models import ContactTag, Subscription
from crm.models import Event, Workspace
from tests.conftest import Api, api_of
from tests.crm.factories import (
    ContactFactory,
    ContactTagFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
    WorkspaceFactory,
)


def statuses(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["status"] for row in response.json()["results"]]


def test_people_join_and_leave_a_list_together(api: Api, workspace: Workspace) -> None:
    news = ListFactory(workspace=workspace)
    new, there, gone = ContactFactory.create_batch(3, workspace=workspace)
    SubscriptionFactory(contact=there, list=news)
    SubscriptionFactory(contact=gone, list=news, left=True)
    binned, foreign = ContactFactory(workspace=workspace, binned=True), ContactFactory()
    asked = {"contacts": [new.pk, there.pk, gone.pk, binned.pk, foreign.pk, 10**12, new.pk]}
    response = api.post(f"lists/{news.pk}/subscribe/batch/", asked)
    assert statuses(response) == ["changed", "unchanged", "changed", "refused", "refused", "refused", "unchanged"]
    assert [row["id"] for row in response.json()["results"]] == asked["contacts"]
    assert set(response.json()["results"][3]["errors"]) == {"contacts.3"}
    joined = Subscription.objects.filter(list=news, status="joined")
    assert set(joined.values_list("contact", flat=True)) == {new.pk, there.pk, gone.pk}
    assert not joined.exclude(left_at=None).exists()
    events = Event.objects.filter(kind="list.joined", subject_id=news.pk, actor=f"key:{api.key.pk}", source="api")
    assert set(events.values_list("contact", flat=True)) == {new.pk, gone.pk}
    again = api.post(f"lists/{news.pk}/unsubscribe/batch/", {"contacts": [new.pk, new.pk, gone.pk, binned.pk]})
    assert statuses(again) == ["changed", "unchanged", "changed", "refused"]
    assert list(joined.values_list("contact", flat=True)) == [there.pk]
    assert Subscription.objects.filter(list=news, status="left").exclude(left_at=None).count() == 2
    assert Event.objects.filter(kind="list.left").count() == 2


def test_people_get_and_lose_a_tag_together(api: Api, workspace: Workspace) -> None:
    vip = TagFactory(workspace=workspace, name="VIP")
    new, had = ContactFactory.create_batch(2, workspace=workspace)
    ContactTagFactory(contact=had, tag=vip)
    foreign = ContactFactory()
    asked = {"contacts": [new.pk, had.pk, foreign.pk]}
    assert statuses(api.post(f"tags/{vip.pk}/tag/batch/", asked)) == ["changed", "unchanged", "refused"]
    assert statuses(api.post(f"tags/{vip.pk}/untag/batch/", asked)) == ["changed", "changed", "refused"]
    assert not ContactTag.objects.exists()
    assert Event.objects.filter(kind="tag.added").count() == 1
    assert Event.objects.filter(kind="tag.removed").count() == 2


@pytest.mark.parametrize(
    ("contacts", "wrong"),
    [
        ([], "contacts"),
        (None, "contacts"),
        ("x", "contacts"),
        ([1] * 1001, "contacts"),
        ([1, "x"], "contacts.1"),
        ([0], "contacts.0"),
        ([2**63], "contacts.0"),
    ],
)
def test_what_names_no_people_is_refused_by_its_place(
    api: Api, workspace: Workspace, contacts: Any, wrong: str
) -> None:
    paths = [f"lists/{ListFactory(workspace=workspace).pk}/{verb}" for verb in ("subscribe", "unsubscribe")]
    paths += [f"tags/{TagFactory(workspace=workspace).pk}/{verb}" for verb in ("tag", "untag")]
    for path in paths:
        response = api.post(f"{path}/batch/", {"contacts": contacts})
        assert response.status_code == 400
        assert {error["attr"] for error in response.json()["errors"]} == {wrong}


def test_a_foreign_or_binned_list_is_not_there(api: Api, workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    asked = {"contacts": [contact.pk]}
    for row in (ListFactory(), ListFactory(workspace=workspace, binned=True)):
        assert api.post(f"lists/{row.pk}/subscribe/batch/", asked).status_code == 404
    assert api.post(f"tags/{TagFactory().pk}/tag/batch/", asked).status_code == 404
    assert not Subscription.objects.exists()


def test_many_take_as_many_statements_as_few(workspace: Workspace, django_assert_max_num_queries: Any) -> None:
    news, vip = ListFactory(workspace=workspace), TagFactory(workspace=workspace)
    ids = [contact.pk for contact in ContactFactory.create_batch(120, workspace=workspace)]
    verbs: list[tuple[Any, Any]] = [(together.subscribe, news), (together.unsubscribe, news)]
    verbs += [(together.tag, vip), (together.untag, vip)]
    for verb, row in verbs:
        with django_assert_max_num_queries(12):
            assert verb(row, ids, actor="") == [True] * 120


@pytest.mark.django_db(transaction=True)
def test_overlapping_calls_at_once_do_not_lock_up() -> None:
    workspace = WorkspaceFactory()
    api_of(workspace)
    news = ListFactory(workspace=workspace)
    ids = [contact.pk for contact in ContactFactory.create_batch(30, workspace=workspace)]
    start = Barrier(6)

    def come(number: int) -> list[int]:
        api = Api()
        api.default_format = "json"
        api.credentials(HTTP_AUTHORIZATION="Bearer mk_tests")
        mine = random.Random(number).sample(ids, 20)
        verbs = ["subscribe", "unsubscribe"] * 3
        try:
            start.wait(timeout=30)
            return [api.post(f"lists/{news.pk}/{verb}/batch/", {"contacts": mine}).status_code for verb in verbs]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert {code for codes in pool.map(come, range(6)) for code in codes} == {200}
    joined, left = (Event.objects.filter(kind=f"list.{verb}").count() for verb in ("joined", "left"))
    assert joined - left == Subscription.objects.filter(status="joined").count()
