from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Workspace
from crm.rules import grammar, interpreter
from crm.segments import matching
from tests.crm.rules.oracle import Person, holds
from tests.crm.rules.worlds import NOW, Crowd

PATIENT = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def crowd(workspace: Workspace) -> Crowd:
    return Crowd(workspace)


def test_every_rule_means_the_same_for_all_contacts_for_a_batch_and_to_the_oracle(crowd: Crowd) -> None:
    schema = jsonschema.Draft202012Validator(grammar.schema())

    @PATIENT
    @given(rule=crowd.rules())
    def check(rule: dict[str, Any]) -> None:
        cleaned = grammar.clean(rule, crowd.workspace)
        assert grammar.clean(cleaned, crowd.workspace) == cleaned
        schema.validate(rule)
        expected = {pk for pk, person in crowd.people.items() if holds(rule, person, crowd.world)}
        found = matching.contacts(crowd.workspace, cleaned, now=NOW)
        assert set(found.values_list("pk", flat=True)) == expected, rule
        batch = interpreter.for_batch(crowd.workspace, {"it": cleaned, "everybody": {}}, crowd.people, now=NOW)
        assert {pk for pk, held in batch.items() if "it" in held} == expected
        assert all("everybody" in held for held in batch.values())

    check()


def test_every_rule_means_the_same_for_a_stranger_with_or_without_answers(crowd: Crowd) -> None:
    keys = [field.storage_key for field in crowd.fields.values()]
    answers = st.dictionaries(st.sampled_from(keys), st.sampled_from([crowd.value(kind) for kind in crowd.fields] * 4))
    columns = st.fixed_dictionaries(
        {}, optional={"email": st.sampled_from(["", "dana@x.test"]), "first_name": st.just("דנה")}
    )

    @PATIENT
    @given(rules=st.lists(crowd.rules(), min_size=1, max_size=4), values=answers, given_columns=columns)
    def check(rules: list[dict[str, Any]], values: dict[str, Any], given_columns: dict[str, str]) -> None:
        named = {str(position): grammar.clean(rule, crowd.workspace) for position, rule in enumerate(rules)}
        for person, source in [
            (Person(), None),
            (Person(columns=given_columns, values=values), {**values, **given_columns}),
        ]:
            expected = {str(n) for n, rule in enumerate(rules) if holds(rule, person, crowd.world)}
            assert interpreter.for_values(crowd.workspace, named, source, now=NOW) == expected

    check()
