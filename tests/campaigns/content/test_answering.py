from __future__ import annotations

import pytest
from django.http import QueryDict

from campaigns.content import answering
from crm.contacts.models import FieldType
from tests.campaigns.factories import block
from tests.crm.factories import CustomFieldFactory


def asked(*fields: str, **data: object) -> dict:
    rows = [{"field": field, "required": True, "label": "", "low": "", "high": ""} for field in fields]
    return block("form", questions=rows, **data)


def test_answers_are_cleaned_and_only_what_was_asked_is_read(workspace) -> None:
    rating = CustomFieldFactory(workspace=workspace, type=FieldType.RATING)
    form = asked("email", "phone", rating.storage_key)
    sent = QueryDict(f"email= Dana@Example.TEST &phone=050-123-4567&{rating.storage_key}=4&first_name=x&is_admin=1")
    answers = answering.read(form, workspace, sent)
    assert answers.identity == {"email": "dana@example.test", "phone": "+972501234567"}
    assert answers.values == {rating.storage_key: 4}
    assert not answers.errors


def test_what_is_missing_or_wrong_is_said_at_its_input(workspace) -> None:
    answers = answering.read(asked("first_name", "email"), workspace, QueryDict("email=nobody"))
    assert set(answers.errors) == {"first_name", "email"}
    assert answers.typed["email"] == "nobody"


def test_consent_is_only_what_was_ticked_in_the_words_that_stood_there(workspace) -> None:
    form = asked("email", consents=[{"channel": "email", "text": "mails"}, {"channel": "sms", "text": "messages"}])
    assert answering.read(form, workspace, QueryDict("email=a@example.test")).consents == []
    ticked = answering.read(form, workspace, QueryDict("email=a@example.test&consent_sms=1"))
    assert ticked.consents == [{"channel": "sms", "text": "messages"}]
    drawn = answering.render_form(form, workspace=workspace, language="he")
    assert "checked" not in drawn


def test_a_form_without_an_address_is_answered_with_one(workspace) -> None:
    assert "" in answering.read(asked("first_name"), workspace, QueryDict("first_name=Dana")).errors


def test_what_fills_the_trap_is_a_robot(workspace) -> None:
    assert answering.read(asked("email"), workspace, QueryDict("website=x&email=a@example.test")).is_trapped


@pytest.mark.parametrize("kind", FieldType.values)
def test_every_type_of_field_can_be_asked(kind: str, workspace) -> None:
    field = CustomFieldFactory(
        workspace=workspace, type=kind, options=[{"id": "o1", "label": "<b>"}], low_label="bad", high_label="good"
    )
    drawn = answering.render_form(asked("email", field.storage_key), workspace=workspace, language="he")
    assert f'name="{field.storage_key}"' in drawn
    assert "<b>" not in drawn


def test_a_question_whose_field_is_gone_is_left_out(workspace) -> None:
    field = CustomFieldFactory(workspace=workspace)
    form = asked("email", field.storage_key)
    field.delete()
    assert [each.name for each in answering.inputs(form, workspace)] == ["email"]
