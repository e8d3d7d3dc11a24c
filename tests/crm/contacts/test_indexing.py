from __future__ import annotations

import pytest
from django.db import connection

from crm.contacts import indexing
from crm.contacts.models import CustomField, IndexState
from crm.models import Contact, Workspace
from crm.segments import matching
from tests.crm.factories import ContactFactory, CustomFieldFactory

pytestmark = pytest.mark.django_db(transaction=True)
TRAITS = ("text", "number", "date", "choice", "choices", "rating", "yes_no")


@pytest.fixture
def fields(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[CustomField]:
    """One field of each kind in a business that counts as large with three contacts."""
    monkeypatch.setattr(indexing, "LARGE", 2)
    for _ in range(3):
        ContactFactory(workspace=workspace)
    traits = [{} if name == "text" else {name: True} for name in TRAITS]
    made = [CustomFieldFactory(workspace=workspace, is_filterable=True, **trait) for trait in traits]
    yield made
    CustomField.objects.all().delete()
    indexing.settle()


def states() -> set[str]:
    return set(CustomField.objects.values_list("index_state", flat=True))


def facts() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(indexing.KNOWN_FACTS)
        return {name for (name,) in cursor.fetchall()}


def test_a_filterable_field_of_a_large_business_gets_an_index_and_loses_it(fields: list[CustomField]) -> None:
    assert len(indexing.settle()) == len(fields)
    assert states() == {IndexState.READY}
    assert facts() == {f"contact_{field.storage_key}_known" for field in fields}
    assert indexing.settle() == []
    CustomField.objects.update(is_filterable=False)
    assert len(indexing.settle()) == len(fields)
    assert states() == {IndexState.NONE}
    assert facts() == set()


def test_a_small_business_needs_none(fields: list[CustomField], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "LARGE", 3)
    assert indexing.settle() == []
    assert states() == {IndexState.NONE}


def test_what_a_killed_process_left_is_built_again(fields: list[CustomField]) -> None:
    indexing.settle()
    name = f"contact_{fields[0].storage_key}_text"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    assert indexing.settle() == [name, name]
    assert states() == {IndexState.READY}


def test_an_index_that_cannot_be_built_is_said_to_have_failed_and_tried_again(
    fields: list[CustomField], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(indexing.EXPRESSIONS, "text", "((nonsense))")
    indexing.settle()
    assert CustomField.objects.get(pk=fields[0].pk).index_state == IndexState.FAILED
    monkeypatch.undo()
    monkeypatch.setattr(indexing, "LARGE", 2)
    assert len(indexing.settle()) == 1


def test_without_trigrams_a_text_gets_the_index_that_serves_beginnings(
    fields: list[CustomField], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "has_trigrams", lambda: False)
    assert f"contact_{fields[0].storage_key}_start" in indexing.settle()


@pytest.mark.parametrize(
    ("trait", "node"),
    [
        ("text", {"op": "contains", "value": "שלום"}),
        ("number", {"op": ">=", "value": 4}),
        ("date", {"op": "between", "value": ["2026-01-01", "2026-02-01"]}),
        ("choices", {"op": "one_of", "value": ["o1"]}),
    ],
)
def test_the_rules_extract_by_the_expression_that_is_indexed(
    fields: list[CustomField], workspace: Workspace, trait: str, node: dict[str, object]
) -> None:
    field = fields[TRAITS.index(trait)]
    CustomField.objects.exclude(pk=field.pk).update(is_filterable=False)
    indexing.settle()
    Contact.objects.bulk_create([Contact(workspace=workspace, email=f"p{n}@x.test") for n in range(2000)])
    found = matching.contacts(workspace, {"all": [{"field": field.storage_key, **node}]})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_contact")
        cursor.execute("SET enable_seqscan = off")
        plan = found.values("pk").order_by().explain()
        cursor.execute("RESET enable_seqscan")
    assert f"contact_{field.storage_key}_" in plan, plan
    assert f"'{field.storage_key}'" in plan.split("Index Cond", 1)[1].split("\n")[0], plan
