"""Two imports and a crowd of captures about the same people at once: nobody waits for ever, one contact each, no field lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from crm.contacts.capturing import capture
from crm.contacts.models import Contact
from crm.imports import applying, leasing, steering
from crm.imports.models import Import
from tests.crm.factories import CustomFieldFactory
from tests.crm.imports.driving import PATIENCE, checked, fresh, work

PEOPLE = 40


def together(*calls: Callable[[], object]) -> None:
    """Each in a thread and on a connection of its own; the first failure is raised here."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def alone(call: Callable[[], object]) -> None:
        try:
            start.wait()
            call()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=alone, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    if failures:
        raise failures[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", ["new", "known"])
def test_imports_and_captures_of_the_same_people_lose_nothing(workspace, monkeypatch, people):
    first, second, third = (CustomFieldFactory(workspace=workspace).storage_key for _field in range(3))
    emails = [f"p{number}@example.test" for number in range(PEOPLE)]
    phones = [f"+97250000{number:04}" for number in range(PEOPLE)]
    if people == "known":
        for email, phone in zip(emails, phones, strict=True):
            capture(workspace, email=email, phone=phone)
    monkeypatch.setattr(applying, "CHUNK", 9)
    pairs = list(zip(emails, phones, strict=True))
    down = [["email", "phone", first], *([*pair, "א"] for pair in pairs)]
    up = [["email", "phone", second], *([*pair, "ב"] for pair in reversed(pairs))]
    imports = [checked(workspace, rows) for rows in (down, up)]
    for importing in imports:
        steering.start(importing, by=None)

    def captures(order: int) -> Callable[[], object]:
        def run() -> None:
            for email, phone in pairs[::order]:
                capture(workspace, email=email, phone=phone, values={third: "ג"})

        return run

    together(work, work, captures(1), captures(-1))
    work()
    assert [fresh(importing).status for importing in imports] == [Import.Status.DONE] * 2
    contacts = Contact.objects.all()
    assert sorted(contacts.values_list("email", "phone")) == sorted(pairs)
    assert all(contact.values == {first: "א", second: "ב", third: "ג"} for contact in contacts)
    assert [importing.effects.count() for importing in imports] == [PEOPLE] * 2
    assert leasing.claim() is None
