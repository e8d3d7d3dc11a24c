from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings

from crm.models import Workspace
from crm.rules import grammar
from crm.rules.explaining import Mark, explain
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, SegmentFactory
from tests.crm.rules.oracle import World, holds
from tests.crm.rules.worlds import NOW, Crowd


def agrees(mark: Mark, rule: dict[str, Any], crowd: Crowd, pk: int, world: World) -> None:
    assert mark.holds == holds(rule, crowd.people[pk], world)
    for group in ("all", "any", "none"):
        for inner, member in zip(mark.members, rule.get(group, []), strict=False):
            agrees(inner, member, crowd, pk, world)


def test_every_mark_of_every_rule_agrees_with_the_oracle(workspace: Workspace) -> None:
    crowd = Crowd(workspace, size=90)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(rule=crowd.rules())
    def check(rule: dict[str, Any]) -> None:
        cleaned = grammar.clean(rule, workspace)
        for pk in list(crowd.people)[::29]:
            mark = explain(cleaned, workspace, pk, now=NOW)
            assert mark is not None
            agrees(mark, cleaned, crowd, pk, crowd.world)

    check()


def test_the_answer_comes_with_what_the_person_has_in_one_statement(
    workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    field, row = CustomFieldFactory(workspace=workspace, number=True), ListFactory(workspace=workspace)
    inner = SegmentFactory(workspace=workspace, rule={"all": [{"consent": "email"}]})
    person = ContactFactory(workspace=workspace, values={field.storage_key: 3}, first_name="דנה")
    rule = {
        "all": [
            {"field": field.storage_key, "op": ">", "value": 5},
            {"any": [{"list": row.pk}, {"field": "first_name", "op": "contains", "value": "דנ"}]},
            {"none": [{"segment": inner.pk}, {"event": "order.placed"}]},
        ]
    }
    cleaned = grammar.clean(rule, workspace)
    with translation.override("en"), django_assert_max_num_queries(4):  # names of fields, lists, segments; and the rule
        mark = explain(cleaned, workspace, person.pk)
    assert mark is not None
    number, either, neither = mark.members
    assert (mark.holds, number.holds, either.holds, neither.holds) == (False, False, True, True)
    assert (number.found, either.members[0].found, either.members[1].found) == ("3", "was never on the list", "דנה")
    assert neither.members[0].inside is not None
    assert neither.members[0].inside.members[0].found == "was not asked yet"
    assert neither.members[1].found == "did not happen"


def test_nobody_of_another_business_is_explained(workspace: Workspace) -> None:
    assert explain({}, workspace, ContactFactory().pk) is None


@pytest.mark.parametrize("rule", [{}, {"all": []}, {"any": []}])
def test_a_rule_without_conditions_is_explained_too(workspace: Workspace, rule: dict[str, Any]) -> None:
    mark = explain(rule, workspace, ContactFactory(workspace=workspace).pk)
    assert mark is not None
    assert mark.holds == ("any" not in rule)
