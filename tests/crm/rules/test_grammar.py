from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Workspace
from crm.rules import grammar
from crm.rules.faults import RuleError
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    TagFactory,
    WorkspaceFactory,
    make_event,
)

EMAIL = {"field": "email", "op": "contains", "value": "@"}


def fault(rule: Any, workspace: Workspace) -> str:
    with pytest.raises(RuleError) as raised:
        grammar.clean(rule, workspace)
    assert raised.value.messages[0]
    return raised.value.path


@pytest.mark.parametrize("rule", [None, {}, {"all": []}, {"none": []}])
def test_a_rule_without_conditions_is_everybody(workspace: Workspace, rule: Any) -> None:
    assert grammar.clean(rule, workspace) == {}


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ([], ""),
        ("x", ""),
        (7, ""),
        (True, ""),
        ({"any": []}, ""),
        ({"some": []}, ""),
        ({"all": {}}, "all"),
        ({"all": [3]}, "all.0"),
        ({"all": [{}]}, "all.0"),
        ({"all": [EMAIL, {"any": []}]}, "all.1"),
        ({"all": [EMAIL], "any": [EMAIL]}, "any"),
        ({"all": [EMAIL | {"extra": 1}]}, "all.0.extra"),
        ({"all": [EMAIL, {"field": "email", "op": "like", "value": "@"}]}, "all.1.op"),
        ({"all": [EMAIL, {"field": "email", "op": "contains", "value": 3}]}, "all.1.value"),
        ({"all": [{"field": "email", "op": "contains", "value": "  "}]}, "all.0.value"),
        ({"all": [{"field": "email", "op": "contains", "value": "a" * 201}]}, "all.0.value"),
        ({"all": [{"field": "email", "op": "contains", "value": "a\0b"}]}, "all.0.value"),
        ({"all": [{"field": "email", "op": "contains", "value": "\ud800"}]}, "all.0.value"),
        ({"all": [{"field": ["email"], "op": "contains", "value": "a"}]}, "all.0.field"),
        ({"all": [{"field": "values", "op": "contains", "value": "a"}]}, "all.0.field"),
        ({"all": [{"field": "f1; DROP TABLE crm_contact", "op": "empty"}]}, "all.0.field"),
        ({"all": [{"field": "created_at", "op": "last", "value": -1}]}, "all.0.value"),
        ({"all": [{"field": "created_at", "op": "last", "value": True}]}, "all.0.value"),
        ({"all": [{"field": "created_at", "op": "on", "value": "2026-02-30"}]}, "all.0.value"),
        ({"all": [{"field": "created_at", "op": "between", "value": ["2026-02-02", "2026-02-01"]}]}, "all.0.value.1"),
        ({"all": [{"known": False}]}, "all.0.known"),
        ({"all": [{"consent": "fax"}]}, "all.0.consent"),
        ({"all": [{"event": "nothing.known"}]}, "all.0.event"),
        ({"all": [{"event": "custom.x", "within_days": 0}]}, "all.0.within_days"),
        ({"all": [{"event": "custom.x", "times": [">=", 0]}]}, "all.0.times.1"),
        ({"all": [{"event": "custom.x", "times": ["=", 0]}]}, "all.0.times.1"),
        ({"all": [{"event": "custom.x", "times": ["!=", 1]}]}, "all.0.times.0"),
        ({"all": [{"event": "custom.x", "subject": 10**30}]}, "all.0.subject"),
        ({"all": [{"event": "custom.x", "subject": 5}]}, "all.0.subject"),
        ({"all": [{"list": "3"}]}, "all.0.list"),
        ({"all": [{"list": 10**30}]}, "all.0.list"),
        ({"all": [{"tag": "nobody has this"}]}, "all.0.tag"),
        ({"all": [{"segment": {}}]}, "all.0.segment"),
        ({"none": [{"all": [{"any": [EMAIL, {"nope": 1}]}]}]}, "none.0.all.0.any.1"),
    ],
)
def test_a_fault_is_told_with_its_path(workspace: Workspace, rule: Any, path: str) -> None:
    assert fault(rule, workspace) == path


@pytest.mark.parametrize(
    ("trait", "op", "value", "path"),
    [
        ("number", ">=", "4", "all.0.value"),
        ("number", ">=", float("nan"), "all.0.value"),
        ("number", ">=", float("inf"), "all.0.value"),
        ("number", ">=", 10**400, "all.0.value"),
        ("number", "between", [1, 2, 3], "all.0.value"),
        ("number", "between", [1, "2"], "all.0.value.1"),
        ("number", "contains", "4", "all.0.op"),
        ("date", "last", 10**9, "all.0.value"),
        ("date", "between", ["2026-01-01", 5], "all.0.value.1"),
        ("yes_no", "is", 1, "all.0.value"),
        ("choice", "one_of", [], "all.0.value"),
        ("choice", "one_of", ["o1", "o9"], "all.0.value.1"),
        ("choices", "one_of", "o1", "all.0.value"),
    ],
)
def test_a_value_must_be_of_its_fields_type(workspace: Workspace, trait: str, op: str, value: Any, path: str) -> None:
    field = CustomFieldFactory(workspace=workspace, **{trait: True})
    assert fault({"all": [{"field": field.storage_key, "op": op, "value": value}]}, workspace) == path


def test_too_deep_too_many_and_too_long_are_refused(workspace: Workspace) -> None:
    deep: Any = EMAIL
    for _ in range(5):
        deep = {"all": [deep]}
    assert grammar.clean(deep, workspace) == deep
    assert fault({"all": [deep]}, workspace) == "all.0.all.0.all.0.all.0.all.0"
    for _ in range(sys.getrecursionlimit() - 200):
        deep = {"all": [deep]}
    assert fault(deep, workspace).startswith("all.0")
    assert len(grammar.conditions(grammar.clean({"any": [EMAIL] * 50}, workspace))) == 50
    fault({"any": [EMAIL] * 51}, workspace)
    fault({"any": [EMAIL | {"value": "ש" * 200}] * 50}, workspace)


def test_ids_of_another_business_are_as_unknown_as_ids_of_nobody(workspace: Workspace) -> None:
    other = WorkspaceFactory()
    field = CustomFieldFactory(workspace=other)
    make_event("custom.x", contact=ContactFactory(workspace=other), subject_id=7)
    foreign = [
        {"list": ListFactory(workspace=other).pk},
        {"tag": TagFactory(workspace=other).name},
        {"segment": SegmentFactory(workspace=other).pk},
        {"field": field.storage_key, "op": "empty"},
        {"event": "custom.x", "subject": 7},
    ]
    for condition in foreign:
        fault({"all": [condition]}, workspace)
        assert grammar.clean({"all": [condition]}, other) == {"all": [condition]}


def test_what_was_removed_is_refused(workspace: Workspace) -> None:
    fault({"list": ListFactory(workspace=workspace, binned=True).pk}, workspace)
    field = CustomFieldFactory(workspace=workspace, archived=True)
    fault({"field": field.storage_key, "op": "empty"}, workspace)


def test_a_rule_is_normalised(workspace: Workspace) -> None:
    TagFactory(workspace=workspace, name="VIP")
    field = CustomFieldFactory(workspace=workspace, choices=True)
    rule = {
        "all": [
            {"tag": "vip"},
            {"field": field.storage_key, "op": "one_of", "value": ["o2", "o1", "o2"]},
            {"event": "custom.x", "times": [">=", 1], "subject": None},
        ]
    }
    assert grammar.clean(rule, workspace) == {
        "all": [
            {"tag": "VIP"},
            {"field": field.storage_key, "op": "one_of", "value": ["o1", "o2"]},
            {"event": "custom.x"},
        ]
    }


def test_a_bare_condition_is_a_rule(workspace: Workspace) -> None:
    assert grammar.clean({"known": True}, workspace) == {"known": True}


def test_whatever_json_comes_is_cleaned_or_refused_and_never_breaks(workspace: Workspace) -> None:
    words = st.sampled_from(
        ["all", "any", "none", "field", "op", "value", "list", "tag", "event", "times", "subject", "segment", "known",
         "consent", "within_days", "email", "f1", "contains", "between", "custom.x", ">="]
    )  # fmt: skip
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), words)
    trees = st.recursive(
        scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3))
    )

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(trees)
    def check(tree: Any) -> None:
        with suppress(RuleError):
            cleaned = grammar.clean(tree, workspace)
            assert grammar.clean(cleaned, workspace) == cleaned

    check()
