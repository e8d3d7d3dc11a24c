"""One seeded pair of businesses for a whole module; each test's changes are taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from campaigns.pages import serving
from crm.workspaces.rest import ApiKeyThrottle
from tests.conftest import Api
from tests.house import rows, worlds
from tests.house.screens import Crawl, crawl
from tests.house.worlds import BROWSER, World

ROLES = ("owner", "editor", "analyst")


@dataclass(frozen=True)
class Pair:
    """The two businesses, how the database looks with them, and the sessions of our members."""

    ours: World
    theirs: World
    pristine: dict[str, str]
    sessions: dict[str, Any]
    their_ids: set[str]
    their_rows: dict[str, str]

    crawls: dict[str, Crawl] = field(default_factory=dict)

    def crawl(self, client: Client, role: str = "owner") -> Crawl:
        """All screens as this role sees them; walked once a module. What a walk leaves in the log is taken back."""
        if role not in self.crawls:
            with rows.undone():
                self.crawls[role] = crawl(client, self.ours)
        return self.crawls[role]

    def changed(self) -> list[str]:
        """The tables in which anything differs from the beginning."""
        return rows.changed(self.pristine, rows.everything())


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: Any) -> Iterator[Pair]:
    with django_db_blocker.unblock():
        kept = worlds.marks()
        seeding = transaction.atomic()
        seeding._from_testcase = True  # type: ignore[attr-defined]  # durable blocks inside are welcome
        with seeding:
            worlds.count_from(worlds.OURS)
            ours = worlds.build("ours", "קצפנית", "ours.test")
            worlds.count_from(worlds.THEIRS)
            theirs = worlds.build("theirs", "ברושנית", "theirs.test")
            worlds.count_from(worlds.NEW)
            sessions = {role: _cookies(ours, role) for role in ROLES}
            before = rows.everything(), sessions, worlds.numbers(worlds.THEIRS), rows.of(theirs.workspace)
            yield Pair(ours, theirs, *before)
            transaction.set_rollback(True)
        worlds.put_back(kept)


def _cookies(world: World, role: str) -> Any:
    client = Client()
    client.force_login(world.users[role])
    return client.cookies


@pytest.fixture
def ours(pair: Pair, db: None) -> World:
    return pair.ours


@pytest.fixture
def theirs(pair: Pair, db: None) -> World:
    return pair.theirs


@pytest.fixture(autouse=True)
def _no_page_in_memory() -> Iterator[None]:
    serving.forget()
    yield
    serving.forget()


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of speed would answer instead of what is asked here; they have tests of their own."""
    monkeypatch.setattr(ApiKeyThrottle, "allow_request", lambda *_arguments: True)


@pytest.fixture
def signed_in(pair: Pair, db: None) -> Callable[..., Client]:
    """`signed_in("editor")`: a browser of our business's editor; `signed_in("")`: of nobody."""

    def browser(role: str = "owner", **options: Any) -> Client:
        client = Client(headers={"User-Agent": BROWSER}, **options)
        if role:
            client.cookies.update(pair.sessions[role])
        return client

    return browser


@pytest.fixture
def key_of(pair: Pair, db: None) -> Callable[[World], Api]:
    """REST as the business's key."""

    def speaking(world: World) -> Api:
        api = Api(raise_request_exception=True)
        api.default_format = "json"
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {world.secret}")
        return api

    return speaking
