"""What may be said of a question: all in a draft, words alone of an open identified survey, nothing of an anonymous one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.models import Workspace
from crm.rules import interpreter
from surveys import arranging, composing, opening
from surveys.models import Question, Survey
from tests.crm.factories import CustomFieldFactory, WorkspaceFactory
from tests.surveys.factories import CHOICES, make_survey

OPTIONS = [{"label": "קטן"}, {"label": "משפחתי"}, {"label": ""}]


@pytest.fixture
def personal(workspace: Workspace) -> Survey:
    return make_survey(workspace, kind="identified", second_language="en")


def ask(survey: Survey, type: str = "rating", label: str = "איך היה?", **said: Any) -> Question:
    options = said.pop("options", OPTIONS if type in ("choice", "choices") else ())
    field = {} if survey.is_anonymous else {"field": "new"}
    return composing.ask(survey, said={"type": type, "label": label} | field | said, options=options)


def refused(*args: Any, **said: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        composing.ask(*args, **said)
    return error.value.message_dict


@pytest.mark.parametrize(
    "type", ["text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"]
)
def test_a_question_of_every_type_makes_its_field_on_the_spot(personal: Survey, type: str) -> None:
    question = ask(personal, type, label="שאלה חדשה")
    assert question.field is not None
    assert (question.field.type, question.field.label) == (type, "שאלה חדשה")
    assert question.options == question.field.options
    assert len(question.options) == (2 if type in ("choice", "choices") else 0)
    assert opening.problems(personal) == []


def test_a_field_made_on_the_spot_gets_a_free_title(personal: Survey) -> None:
    titles = [ask(personal).field.label for _turn in range(3)]  # type: ignore[union-attr]
    assert titles == ["איך היה?", "איך היה? (2)", "איך היה? (3)"]


def test_a_question_on_a_field_of_the_card_asks_what_the_field_knows(personal: Survey, workspace: Workspace) -> None:
    field = CustomFieldFactory(workspace=workspace, choice=True)
    question = ask(personal, "choice", field=field)
    assert question.options == field.options
    renamed = [row | {"label": row["label"] + "!"} for row in question.options] + [{"id": "", "label": "עוד אחד"}]
    composing.ask(personal, question=question, said={}, options=renamed)
    field.refresh_from_db()
    question.refresh_from_db()
    assert question.options == field.options
    assert [row["label"] for row in field.options][-1] == "עוד אחד"
    assert field.options[0]["label"].endswith("!")


def test_a_field_of_another_type_another_business_or_the_archive_does_not_fit(
    personal: Survey, workspace: Workspace
) -> None:
    strangers = [
        CustomFieldFactory(workspace=workspace, number=True),
        CustomFieldFactory(workspace=WorkspaceFactory(), rating=True),
        CustomFieldFactory(workspace=workspace, rating=True, archived=True),
    ]
    for field in strangers:
        assert "field" in refused(personal, said={"type": "rating", "label": "?", "field": field})


def test_another_type_lets_go_of_the_field(personal: Survey) -> None:
    question = ask(personal)
    composing.ask(personal, question=question, said={"type": "text"})
    assert question.field is None
    assert len(opening.problems(personal)) == 1


def test_the_words_of_the_second_language_follow_their_options(personal: Survey) -> None:
    options = [{"label": "קטן", "second": "Small"}, {"label": " "}, {"label": "גדול", "second": "Large"}]
    question = ask(personal, "choice", words={"label": "Which car?", "help_text": ""}, options=options)
    assert question.words["label"] == "Which car?"
    assert [question.words["options"][row["id"]] for row in question.options] == ["Small", "Large"]
    swapped = [question.options[1] | {"second": "Large"}, question.options[0] | {"second": "Tiny"}]
    composing.ask(personal, question=question, said={}, options=swapped)
    assert [question.words["options"][row["id"]] for row in question.options] == ["Large", "Tiny"]
    composing.ask(personal, question=question, said={"words": {"label": "What car?"}})
    assert (question.words["label"], len(question.words["options"])) == ("What car?", 2)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("label", {"label": " "}),
        ("label", {"label": "x" * 201}),
        ("type", {"type": "table"}),
        ("rating_max", {"rating_max": 11}),
        ("rating_max", {"rating_max": True}),
        ("policy", {"policy": "sometimes"}),
        ("help_text", {"help_text": "x" * 201}),
        ("words", {"words": {"label": "x" * 201}}),
        ("shown_if", {"shown_if": {"all": [{"field": "email", "op": "filled"}]}}),
        ("shown_if", {"shown_if": {"answer": True}}),
        ("shown_if", {"shown_if": "x"}),
    ],
)
def test_what_is_wrong_is_said_by_name_and_changes_nothing(personal: Survey, name: str, said: dict[str, Any]) -> None:
    assert list(refused(personal, said={"type": "rating", "label": "?", "field": "new"} | said)) == [name]
    assert not personal.questions.exists()
    assert not personal.workspace.custom_fields.filter(label="?").exists()


@pytest.mark.parametrize(
    "options",
    [
        [{"label": "a"}],
        [{"label": "a"}, {"label": "A"}],
        [{"id": "o9", "label": "a"}, {"label": "b"}],
        [{"label": "x" * 101}, {"label": "b"}],
    ],
)
def test_options_need_two_different_words(workspace: Workspace, options: Any) -> None:
    survey = make_survey(workspace)
    assert "options" in refused(survey, said={"type": "choice", "label": "?"}, options=options)


def test_an_option_taken_out_never_lends_its_id_to_another(workspace: Workspace) -> None:
    survey = make_survey(workspace)
    question = ask(survey, "choice", options=[{"label": "א"}, {"label": "ב"}, {"label": "ג"}])
    composing.ask(survey, question=question, said={}, options=[question.options[0], {"label": "ד"}])
    assert [row["id"] for row in question.options] == ["o1", "o4"]


def test_a_condition_asks_about_earlier_questions_of_this_survey_alone(workspace: Workspace) -> None:
    survey, other = make_survey(workspace, "rating", "text", "rating"), make_survey(workspace, "rating")
    first, second, third = survey.questions.all()
    rule = {"all": [{"answer": first.pk, "op": "<=", "value": 2}]}
    composing.ask(survey, question=second, said={"shown_if": rule})
    assert interpreter.for_values(workspace, {"x": second.shown_if}, {f"q{first.pk}": 1})
    for stranger in (third, second, other.questions.get()):
        wrong = {"all": [{"answer": stranger.pk, "op": "filled"}]}
        assert "shown_if" in refused(survey, question=second, said={"shown_if": wrong})


def test_a_question_that_a_condition_asks_about_stays_before_it_and_stays(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "text", "rating")
    first, second, third = survey.questions.all()
    composing.ask(survey, question=second, said={"shown_if": {"all": [{"answer": first.pk, "op": "<=", "value": 2}]}})
    for verb in (
        lambda: arranging.move(second, -1),
        lambda: arranging.move(first, 1),
        lambda: arranging.take_out(first),
    ):
        with pytest.raises(ValidationError):
            verb()
    arranging.move(third, -1)
    assert list(survey.questions.values_list("pk", flat=True)) == [first.pk, third.pk, second.pk]
    composing.ask(survey, question=first, said={"type": "text"})
    assert "שאלה 2" in opening.problems(survey)[0]


def test_a_question_taken_out_is_met_by_nobody_and_comes_back_to_its_place(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "text", "rating")
    first, second, third = survey.questions.all()
    arranging.take_out(second)
    added = ask(survey, "text")
    assert list(survey.questions.all()) == [first, third, added]
    arranging.put_back(second)
    assert list(survey.questions.all()) == [first, second, third, added]


def test_what_a_condition_lost_meanwhile_keeps_it_from_coming_back(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "text")
    first, second = survey.questions.all()
    composing.ask(survey, question=second, said={"shown_if": {"all": [{"answer": first.pk, "op": "filled"}]}})
    arranging.take_out(second)
    arranging.take_out(first)
    with pytest.raises(ValidationError):
        arranging.put_back(second)
    assert not survey.questions.exists()


def test_a_duplicate_stands_right_after_and_has_no_field_yet(personal: Survey) -> None:
    first, second = ask(personal), ask(personal, "text")
    twin = arranging.duplicate(first)
    assert list(personal.questions.all()) == [first, twin, second]
    assert (twin.field, twin.label, twin.type) == (None, first.label, "rating")


def test_the_order_is_of_all_the_questions_or_of_none(workspace: Workspace) -> None:
    survey, other = make_survey(workspace, "rating", "text"), make_survey(workspace, "text")
    first, second = survey.questions.values_list("pk", flat=True)
    arranging.arrange(survey, [second, first])
    assert list(survey.questions.values_list("pk", flat=True)) == [second, first]
    for wrong in ([first], [first, first], [first, second, other.questions.get().pk], []):
        with pytest.raises(ValidationError):
            arranging.arrange(survey, wrong)


def test_of_an_opened_identified_survey_the_words_may_be_mended_and_nothing_else(personal: Survey) -> None:
    question = ask(personal, "choice")
    opening.open_survey(personal)
    mended = [row | {"label": row["label"] + "!", "second": "Car"} for row in question.options]
    composing.ask(personal, question=question, said={"label": "מה?", "words": {"label": "What?"}}, options=mended)
    assert (question.label, question.options[0]["label"], question.words["label"]) == ("מה?", "קטן!", "What?")
    for said in (
        {"type": "text"},
        {"is_required": True},
        {"rating_max": 6},
        {"shown_if": {}},
        {"policy": "append"},
        {"field": "new"},
    ):
        assert list(refused(personal, question=question, said=said)) == list(said)
    assert "options" in refused(personal, question=question, said={}, options=mended[:1])
    for verb in (arranging.take_out, arranging.duplicate, lambda one: arranging.move(one, 1), arranging.put_back):
        with pytest.raises(ValidationError):
            verb(question)
    with pytest.raises(ValidationError):
        ask(personal, "text")


def test_of_an_opened_anonymous_survey_not_even_a_word_changes(workspace: Workspace) -> None:
    survey = make_survey(workspace, "choice")
    question = survey.questions.get()
    opening.open_survey(survey)
    opening.close_survey(survey)
    for options in ((), CHOICES):
        with pytest.raises(ValidationError):
            composing.ask(survey, question=question, said={"label": "אחרת"}, options=options)
    question.refresh_from_db()
    assert question.label == "שאלה 1"
