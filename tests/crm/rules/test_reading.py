from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation

from crm.models import Workspace
from crm.rules import reading
from tests.crm.factories import CustomFieldFactory, ListFactory, SegmentFactory, TagFactory


def read(rule: Any, workspace: Workspace, language: str) -> str:
    with translation.override(language):
        return re.sub("[\u2068\u2069]", "", reading.read(rule, workspace))


@pytest.fixture
def rule(workspace: Workspace) -> dict[str, Any]:
    score = CustomFieldFactory(workspace=workspace, label="Score", number=True).storage_key
    size = CustomFieldFactory(workspace=workspace, label="Car", choices=True).storage_key
    born = CustomFieldFactory(workspace=workspace, label="Birthday", date=True).storage_key
    TagFactory(workspace=workspace, name="vip")
    return {
        "all": [
            {"field": score, "op": "between", "value": [3, 1500]},
            {"field": born, "op": "last", "value": 30},
            {
                "any": [
                    {"event": "custom.visit", "within_days": 7, "times": [">=", 2]},
                    {"list": ListFactory(workspace=workspace, name="News").pk},
                ]
            },
            {"none": [{"tag": "vip"}, {"field": size, "op": "one_of", "value": ["o1", "o2"]}]},
        ]
    }


def test_a_rule_reads_as_a_sentence_in_english(workspace: Workspace, rule: dict[str, Any]) -> None:
    assert read(rule, workspace, "en") == (
        "People whose Score is between 3 and 1,500 and whose Birthday was in the last 30 days and (who had the activity "
        "visit at least 2 times in the last 7 days or who are on the list News), except those who have the tag vip or "
        "whose Car is קטן or משפחתי."
    )


def test_a_rule_reads_as_a_sentence_in_hebrew(workspace: Workspace, rule: dict[str, Any]) -> None:
    assert read(rule, workspace, "he") == (
        "אנשים שאצלם השדה Score הוא בין 3 ל-1,500 וגם שאצלם השדה Birthday חל ב-30 הימים האחרונים וגם "
        "(שהייתה אצלם הפעילות visit לפחות 2 פעמים ב-7 הימים האחרונים או שנמצאים ברשימה News), "
        "חוץ ממי שיש להם התגית vip או שאצלם השדה Car הוא קטן או משפחתי."
    )


def test_everybody_and_exceptions_alone_read_well(workspace: Workspace) -> None:
    assert read({}, workspace, "en") == "Everybody."
    assert read({"none": [{"known": True}]}, workspace, "en") == "Everybody except those whom we know."
    assert read({"known": True}, workspace, "he") == "אנשים שמכירים."
    nested = {"any": [{"known": True}, {"none": [{"consent": "sms"}]}]}
    assert read(nested, workspace, "en") == (
        "People whom we know or who are not among those (who agreed to receive messages by SMS)."
    )


def test_what_was_removed_is_said_so(workspace: Workspace) -> None:
    rule = {"all": [{"field": "f999", "op": ">=", "value": 3}, {"list": 999}, {"segment": 999}]}
    assert read(rule, workspace, "en") == (
        "People whose (removed) is at least 3 and who are on the list (removed) and who are in the segment (removed)."
    )


def test_users_words_are_escaped_and_keep_their_direction(workspace: Workspace) -> None:
    segment = SegmentFactory(workspace=workspace, name="<b>\u2069x\u202e")
    with translation.override("en"):
        html = reading.marked(reading.read({"all": [{"segment": segment.pk}]}, workspace))
    assert html == "People who are in the segment <b><bdi>&lt;b&gt; x </bdi></b>."


def test_every_operator_has_its_words(workspace: Workspace) -> None:
    from crm.rules.operators import BY_KIND

    samples = {"text": "a", "number": 2, "numbers": [1, 2], "date": "2026-05-06", "dates": ["2026-05-06", "2026-05-07"],
               "days": 1, "options": ["o1"], "yes_no": True, "month": 3, "hebrew_month": 12}  # fmt: skip
    traits = {
        "text": {},
        "number": {"number": True},
        "date": {"date": True},
        "choices": {"choice": True},
        "yes_no": {"yes_no": True},
    }
    for kind, trait in traits.items():
        key = CustomFieldFactory(workspace=workspace, label=f"L{kind}", **trait).storage_key
        for operator in BY_KIND[kind]:
            node = {"field": key, "op": operator.name} | ({"value": samples[operator.takes]} if operator.takes else {})
            for language in ("en", "he"):
                said = read(node, workspace, language)
                assert f"L{kind}" in said
                assert "%" not in said
