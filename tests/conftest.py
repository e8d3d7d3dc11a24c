"""The cast of every test: one Hebrew business, its three members, and clients that are signed in as them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from crm.models import User, Workspace
from tests.crm.factories import ApiKeyFactory, MembershipFactory, WorkspaceFactory

API = "/api/v1/"


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Throttles and other counters live in the cache; no test inherits another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_journal(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Who is erased in a test is noted in a file of that test."""
    settings.ERASURE_JOURNAL = tmp_path_factory.getbasetemp() / f"erasures-{uuid4()}.jsonl"


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory(slug="foam")


@pytest.fixture
def owner(workspace: Workspace) -> User:
    return MembershipFactory(workspace=workspace, user__email="owner@example.test").user


@pytest.fixture
def editor_user(workspace: Workspace) -> User:
    return MembershipFactory(editor=True, workspace=workspace, user__email="editor@example.test").user


@pytest.fixture
def analyst(workspace: Workspace) -> User:
    return MembershipFactory(analyst=True, workspace=workspace, user__email="analyst@example.test").user


@pytest.fixture
def client_as(db: None) -> Callable[[User], Client]:
    """`client_as(user)`: a browser of its own, signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def owner_client(client_as: Callable[[User], Client], owner: User) -> Client:
    return client_as(owner)


class Api(APIClient):
    """Speaks JSON to /api/v1/ with a key: `api.get("contacts/", {"email": "a@b.test"})`; paths are relative to it."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        return super().generic(method, path if path.startswith(("/", "http")) else API + path, *args, **kwargs)

    def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        return super().get(path if path.startswith(("/", "http")) else API + path, *args, **kwargs)


def api_of(workspace: Workspace, *, secret: str = "mk_tests", **key: Any) -> Api:
    """An `Api` for any workspace, for instance a stranger's: `api_of(WorkspaceFactory(), secret="mk_other")`."""
    api = Api()
    api.default_format = "json"
    made = ApiKeyFactory(workspace=workspace, secret=secret, **key)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    api.key = made
    return api


@pytest.fixture
def api(workspace: Workspace) -> Api:
    return api_of(workspace)
