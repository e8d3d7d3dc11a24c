"""COPY leaves what `bulk_create` would have left."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from crm.contacts.models import Contact, Subscription
from crm.models import Event, Workspace
from crm.timeline.recording import build
from crm.workspaces.pouring import pour
from tests.crm.factories import ContactFactory, ListFactory
from tests.house.naughty import WORDS

STORABLE = [word for word in WORDS.values() if "\0" not in word]


def test_every_word_arrives_as_it_was(workspace: Workspace) -> None:
    rows = [
        Contact(workspace=workspace, email=f"p{n}@b.test", values={"f1": word}, source=word[:100])
        for n, word in enumerate(STORABLE)
    ]
    poured = pour(rows)
    assert [row.pk for row in poured] == sorted(Contact.objects.values_list("pk", flat=True))
    kept = Contact.objects.order_by("pk")
    assert [(row.values, row.source) for row in kept] == [({"f1": word}, word[:100]) for word in STORABLE]
    assert all(row.updated_at is not None and row.phone is None for row in kept)


def test_events_are_whole_and_the_database_fills_its_part(workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    about = {"contact": contact, "value": Decimal("12.50"), "currency": "ILS", "shown": '\\N\t"א"\n'}
    (poured,), saved = pour([build(workspace, "custom.came", **about)]), build(workspace, "custom.came", **about)
    saved.save()
    first, second = (Event.objects.get(pk=row.pk) for row in (poured, saved))
    ignored = {"id", "occurred_at", "recorded_at"}
    assert {k: v for k, v in model_to_dict(first).items() if k not in ignored} == {
        k: v for k, v in model_to_dict(second).items() if k not in ignored
    }
    assert first.xid == second.xid
    assert first.recorded_at


def test_a_choice_is_written_as_its_value(workspace: Workspace) -> None:
    contact, news = ContactFactory(workspace=workspace), ListFactory(workspace=workspace)
    pour([Subscription(workspace=workspace, contact=contact, list=news, status=Subscription.Status.LEFT)])
    assert Subscription.objects.get().status == "left"


def test_what_is_there_already_is_refused_as_elsewhere(workspace: Workspace) -> None:
    ContactFactory(workspace=workspace, email="dana@example.test")
    with pytest.raises(IntegrityError), transaction.atomic():
        pour([Contact(workspace=workspace, email="dana@example.test")])
    assert pour([]) == []
    assert Contact.objects.count() == 1
