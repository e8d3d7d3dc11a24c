"""Whoever follows the changes of contacts has what we have, however late something was committed."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from crm.contacts import editing, erasing, following, merging, subscribing
from crm.contacts.capturing import capture
from crm.contacts.models import Contact
from crm.models import Workspace
from tests.conftest import Api, api_of
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def committed() -> Workspace:
    return WorkspaceFactory(slug="foam")


@pytest.fixture(autouse=True)
def _alone_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions in other databases hold the real horizon back too, for as long as they like; here only ours do."""
    monkeypatch.setattr(following, "horizon", horizon)


def horizon() -> int:
    """First who will come next, then who is still here: whoever ended between the two is seen by the next statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (following_one,) = cursor.fetchone()
        cursor.execute("SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname = current_database()")
        (oldest,) = cursor.fetchone()
    return min(following_one, oldest or following_one)


class Mirror:
    """A careful integrator: takes a place, reads everything, then follows."""

    def __init__(self, api: Api, *, page_size: int = 100) -> None:
        self.api, self.page_size = api, page_size
        self.cursor = self.ask()["cursor"]
        self.people: dict[int, Any] = {}
        url = "contacts/?ordering=id&page_size=3"
        while url:
            page = api.get(url).json()
            self.people |= {row["id"]: row for row in page["results"]}
            url = page["next"]

    def ask(self, **about: Any) -> Any:
        response = self.api.get("contacts/changes/", about)
        assert response.status_code == 200, response.content
        return response.json()

    def follow(self) -> list[tuple[int, str]]:
        """Everything up to now; what was told."""
        told = []
        while True:
            answer = self.ask(cursor=self.cursor, page_size=self.page_size)
            for row in answer["results"]:
                told.append((row["id"], row["state"]))
                self.people.pop(row["id"], None)
                if row["state"] == "here":
                    self.people[row["id"]] = row["contact"]
            self.cursor = answer["cursor"]
            if not answer["has_more"]:
                return told

    def is_whole(self) -> bool:
        ours = {row["id"]: row for row in self.api.post("contacts/search/", {"page_size": 500}).json()["results"]}
        return self.people == ours


def test_without_a_cursor_one_gets_a_place_and_nobody(committed: Workspace) -> None:
    ContactFactory(workspace=committed)
    answer = api_of(committed).get("contacts/changes/").json()
    assert (answer["results"], answer["has_more"]) == ([], False)


def test_each_change_is_told_once_and_as_it_is_now(committed: Workspace) -> None:
    mirror = Mirror(api_of(committed))
    dana = capture(committed, email="dana@example.test").contact
    editing.edit(dana, changes={"first_name": "דנה"}, actor="")
    subscribing.join(dana, ListFactory(workspace=committed), actor="")
    subscribing.tag(dana, "VIP", actor="")
    capture(WorkspaceFactory(), email="stranger@example.test")
    assert mirror.follow() == [(dana.pk, "here")]
    assert mirror.is_whole()
    assert mirror.follow() == []


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda contact: editing.bin(contact, ""), "deleted"),
        (lambda contact: erasing.erase(contact, actor=""), "erased"),
        (lambda contact: merging.merge(capture(contact.workspace, phone="0500000142").contact, contact, ""), "merged"),
    ],
    ids=["deleted", "erased", "merged"],
)
def test_who_goes_is_told(committed: Workspace, end: Callable[[Contact], Any], state: str) -> None:
    contact = capture(committed, email="dana@example.test").contact
    mirror = Mirror(api_of(committed))
    end(contact)
    answer = mirror.ask(cursor=mirror.cursor)
    (row,) = [row for row in answer["results"] if row["id"] == contact.pk]
    assert (row["state"], row["contact"]) == (state, None)
    assert (row["merged_into"] is not None) == (state == "merged")
    mirror.follow()
    assert mirror.is_whole()


def test_who_comes_back_is_told(committed: Workspace) -> None:
    winner, loser = (capture(committed, email=f"{name}@b.test").contact for name in "ab")
    merging.merge(winner, loser, "")
    editing.bin(winner, "")
    mirror = Mirror(api_of(committed))
    editing.restore(winner, "")
    loser.refresh_from_db()
    merging.unmerge(loser, "")
    assert set(mirror.follow()) == {(winner.pk, "here"), (loser.pk, "here")}
    assert mirror.is_whole()


def test_what_commits_late_is_not_missed(committed: Workspace) -> None:
    """The first to begin is the last to commit: its events have lower numbers than what was told meanwhile."""
    mirror = Mirror(api_of(committed))
    begun, go_on = Event(), Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                capture(committed, email="late@example.test")
                begun.set()
                assert go_on.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        assert begun.wait(timeout=30)
        capture(committed, email="early@example.test")
        mirror.follow()
        go_on.set()
        running.result()
    mirror.follow()
    assert {row["email"] for row in mirror.people.values()} == {"late@example.test", "early@example.test"}
    assert mirror.is_whole()


def test_a_mirror_that_follows_through_a_busy_hour_is_whole(committed: Workspace) -> None:
    field = CustomFieldFactory(workspace=committed)
    lists = ListFactory.create_batch(2, workspace=committed)
    api = api_of(committed)
    mirror, start = Mirror(api, page_size=7), Barrier(4)

    def live(number: int) -> None:
        chance = random.Random(number)
        try:
            start.wait(timeout=30)
            for _step in range(25):
                step(chance)
        finally:
            connection.close()

    def step(chance: random.Random) -> None:
        with transaction.atomic():
            values = {field.storage_key: str(chance.random())}
            found = capture(committed, email=f"p{chance.randrange(12)}@b.test", values=values).contact
            what = chance.randrange(5)
            if what == 0:
                editing.bin(found, "")
            elif what < 3:
                subscribing.join(found, chance.choice(lists), actor="")
            elif what == 3:
                subscribing.untag(found, "VIP", actor="") or subscribing.tag(found, "VIP", actor="")

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(live, number) for number in range(4)]
        while not all(each.done() for each in running):
            mirror.follow()
        [each.result() for each in running]
    mirror.follow()
    assert mirror.is_whole()


def test_a_call_looks_at_so_many_events_and_goes_on(committed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = Mirror(api_of(committed))
    monkeypatch.setattr(following, "SCANNED", 2)
    capture(WorkspaceFactory(), email="stranger@example.test", tags=["a", "b", "c"])
    dana = capture(committed, email="dana@example.test", tags=["a", "b"]).contact
    assert mirror.ask(cursor=mirror.cursor)["has_more"]
    assert set(mirror.follow()) == {(dana.pk, "here")}


@pytest.mark.parametrize("cursor", ["x", "1", "-1-1", f"{2**63}-1", "١-١"])
def test_a_place_that_cannot_be_read_is_refused(committed: Workspace, cursor: str) -> None:
    response = api_of(committed).get("contacts/changes/", {"cursor": cursor})
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "cursor"


def test_a_place_of_before_a_restored_copy_is_told_so(committed: Workspace) -> None:
    response = api_of(committed).get("contacts/changes/", {"cursor": f"{2**62}-1"})
    assert response.status_code == 410
    assert response.json()["errors"][0]["code"] == "cursor_lost"
