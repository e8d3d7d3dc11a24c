"""Fifty captures of one person at once, and captures against members who edit, merge, take apart and bin meanwhile.

Real connections and real commits. Nobody may deadlock, nobody is doubled, and nothing anybody said is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle
from threading import Barrier, Event

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from crm.contacts import editing, merging, unmerging
from crm.contacts.capturing import capture
from crm.models import Contact
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 50
EMAIL, PHONE = "dana@example.test", "+972500000142"
IDENTITIES = ({"email": EMAIL}, {"phone": PHONE}, {"email": EMAIL, "phone": PHONE})


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def fields(workspace):
    return [CustomFieldFactory(workspace=workspace, label=f"field {number}") for number in range(PEOPLE)]


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """`act(number)` on `count` connections that start together; raises what any of them raised."""
    start = Barrier(count)

    def run(number: int) -> object:
        try:
            start.wait(timeout=60)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def said_by_all(fields):
    return {field.storage_key: str(number) for number, field in enumerate(fields)}


@pytest.mark.parametrize("ways", [IDENTITIES[:1], IDENTITIES[1:2], IDENTITIES[2:]], ids=["e-mail", "phone", "both"])
def test_fifty_captures_at_once_make_one_contact_and_lose_no_field(workspace, fields, ways):
    identities = list(ways) * PEOPLE

    def come(number):
        return capture(workspace, **identities[number], values={fields[number].pk: str(number)}).created

    assert sum(at_once(PEOPLE, come)) == 1
    assert Contact.objects.get().values == said_by_all(fields)


def against(workspace, fields, deeds):
    """Half the connections capture, the others do the deeds over and over until every capture is through."""
    done, each = Event(), cycle(deeds)
    turns = [next(each) for _number in range(5)]
    people = 15

    def act(number):
        if number >= people:
            while not done.is_set():
                with suppress(ValidationError):  # a clear no, such as: these two are merged already
                    turns[number - people]()
            return
        for place in range(number, len(fields), people):
            capture(workspace, **IDENTITIES[place % 3], values={fields[place].pk: str(place)})

    def watched(number):
        try:
            act(number)
        finally:
            left.discard(number)
            if not left:
                done.set()

    left = set(range(people))
    at_once(people + len(turns), watched)


def test_captures_against_merging_and_taking_apart(workspace, fields):
    winner = ContactFactory(workspace=workspace, email=EMAIL)
    loser = ContactFactory(workspace=workspace, email=None, phone=PHONE)
    deeds = [lambda: merging.merge(winner, loser, "user:1"), lambda: unmerging.unmerge(loser, "user:1")]
    against(workspace, fields, deeds)
    with suppress(ValidationError):
        merging.merge(winner, loser, "user:1")
    assert Contact.objects.alive().get().pk == winner.pk
    assert Contact.objects.get(pk=winner.pk).values == said_by_all(fields)


def test_captures_against_editing_and_the_bin(workspace, fields):
    dana = ContactFactory(workspace=workspace, email=EMAIL, phone=PHONE)
    deeds = [
        lambda: editing.edit(dana, changes={"last_name": "כהן"}, actor="user:1"),
        lambda: editing.bin(dana, "user:1"),
        lambda: editing.restore(dana, "user:1"),
    ]
    against(workspace, fields, deeds)
    assert Contact.objects.get().values == said_by_all(fields)
