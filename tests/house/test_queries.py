"""A screen asks the database the same number of questions whether it lists three things or thirty."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.house import routes, worlds
from tests.house.conftest import Pair
from tests.house.routes import Route

FEW, MANY = 3, 27
# A screen that may ask more, because it draws more, by how much at most, and why.
GROWS: dict[str, int] = {
    "funnels:funnel_list": 5,  # every funnel is a report of its own; ten on a page, never more
}


@pytest.fixture(scope="module")
def counts(pair: Pair, django_db_blocker: Any) -> dict[str, tuple[int, int]]:
    """route -> (queries with a few rows, queries with many)."""
    with django_db_blocker.unblock(), transaction.atomic():
        client = Client()
        client.cookies.update(pair.sessions["owner"])
        worlds.more(pair.ours, FEW)
        few = asked(client, pair)
        worlds.more(pair.ours, MANY, after=FEW)
        many = asked(client, pair)
        transaction.set_rollback(True)
    return {name: (few[name], many[name]) for name in few}


def asked(client: Any, pair: Pair) -> dict[str, int]:
    found = {}
    for route in [*routes.members(), *routes.rest()]:
        headers = {"Authorization": f"Bearer {pair.ours.secret}"} if route.area == routes.REST else {}
        client.get(route.url(pair.ours), headers=headers)  # what is remembered once is not counted
        with CaptureQueriesContext(connection) as queries:
            response = client.get(route.url(pair.ours), headers=headers)
        if response.status_code == 200:
            found[route.name] = len(queries)
    return found


@pytest.mark.parametrize("route", [*routes.members(), *routes.rest()], ids=str)
def test_more_rows_cost_no_more_questions(route: Route, counts: dict[str, tuple[int, int]], db: None) -> None:
    few, many = counts.get(route.name, (0, 0))
    allowed = few + GROWS.get(route.name, 0)
    assert many <= allowed, f"{few} queries for {FEW} rows, {many} for {FEW + MANY}"
    assert route.name not in GROWS or few < many, "GROWS names it without need"
