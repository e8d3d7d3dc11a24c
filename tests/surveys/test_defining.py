"""Surveys as a whole: made, from a template too, set, duplicated, put in the bin, described."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.models import User, Workspace
from surveys import answering, arranging, defining, opening, ready
from surveys.models import ScoreResult, Survey
from tests.crm.factories import ContactFactory, WorkspaceFactory
from tests.surveys.factories import make_satisfaction, make_survey


def refused(verb: Any, *args: Any, **said: Any) -> list[str]:
    with pytest.raises(ValidationError) as error:
        verb(*args, **said)
    return sorted(error.value.message_dict)


def test_a_new_survey_is_a_draft_with_an_intro_and_a_thank_you(workspace: Workspace, owner: User) -> None:
    survey = defining.create(workspace, name="  מה  דעתכם?", kind="anonymous", by=owner)
    assert (survey.name, survey.status, survey.language, survey.created_by) == ("מה דעתכם?", "draft", "he", owner)
    assert survey.intro is not None
    assert survey.thanks is not None
    assert survey.intro.blocks[0]["data"]["text"] == "מה דעתכם?"


def test_a_second_language_brings_texts_of_its_own(workspace: Workspace) -> None:
    survey = defining.create(workspace, name="מה דעתכם?", kind="anonymous")
    assert (survey.second_intro, survey.second_thanks) == (None, None)
    survey = defining.change(survey, {"second_language": "en", "second_name": "What do you think?"})
    assert (survey.name_in("he"), survey.name_in("en")) == ("מה דעתכם?", "What do you think?")
    thanks = survey.text_in("thanks", "en")
    assert thanks is not None
    assert (thanks.language, thanks.blocks[0]["data"]["text"]) == ("en", "Thank you")
    again = defining.change(survey, {"access": "anybody"})
    assert again.second_thanks == thanks
    assert survey.intro is not None
    assert survey.text_in("intro", "he") == survey.intro


def test_texts_run_in_the_direction_of_their_language(workspace: Workspace) -> None:
    survey = defining.create(
        workspace, name="What do you think?", kind="anonymous", language="he", second_language="en"
    )
    turned = defining.change(survey, {"language": "en", "second_language": "he"})
    turned.refresh_from_db()
    texts = (turned.intro, turned.thanks, turned.second_intro, turned.second_thanks)
    assert [text.language for text in texts if text] == ["en", "en", "he", "he"]


def test_a_duplicate_has_the_name_and_texts_of_both_languages(workspace: Workspace) -> None:
    survey = defining.create(workspace, name="מה דעתכם?", kind="anonymous", second_language="en")
    survey = defining.change(survey, {"second_name": "What do you think?"})
    twin = defining.duplicate(survey)
    assert twin.second_name == "What do you think?"
    assert twin.second_thanks is not None
    assert twin.second_thanks != survey.second_thanks


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("name", {"name": " "}),
        ("second_name", {"second_name": "x" * 101}),
        ("kind", {"kind": "both"}),
        ("language", {"language": "fr"}),
        ("second_language", {"second_language": "he"}),
        ("second_language", {"second_language": "xx"}),
    ],
)
def test_a_survey_needs_a_name_a_kind_and_languages_that_we_speak(workspace: Workspace, name: str, said: Any) -> None:
    assert refused(defining.create, workspace, **{"name": "x", "kind": "identified"} | said) == [name]
    assert not Survey.objects.exists()


@pytest.mark.parametrize("template", ready.READY, ids=lambda template: template.key)
@pytest.mark.parametrize("languages", [("he", "en"), ("en", "he")])
def test_every_template_can_be_opened_as_it_is_in_both_languages(
    workspace: Workspace, template: Any, languages: Any
) -> None:
    first, second = languages
    survey = ready.make(template, workspace, name=str(template.name), language=first, second_language=second)
    assert opening.problems(survey) == []
    assert all(question.words["label"] != question.label for question in survey.questions.all())
    assert opening.open_survey(survey).is_open


def test_the_satisfaction_template_is_the_score_of_the_demo(workspace: Workspace) -> None:
    survey = ready.make(ready.READY[0], workspace, name="שביעות רצון")
    score = survey.scores.get()
    assert score.field.label == "סיכום סקר"
    assert [(band.lowest, band.highest) for band in score.bands.all()] == [(1, 5), (6, 10), (11, 15)]
    opening.open_survey(survey)
    said = dict(zip(survey.questions.values_list("pk", flat=True), (5, 5, 1), strict=True))
    answering.answer(survey, ContactFactory(workspace=workspace), said, complete=True)
    assert ScoreResult.objects.get().value == 11
    again = ready.make(ready.READY[0], workspace, name="עוד אחד")
    assert again.scores.get().field == score.field
    assert [row.field for row in again.questions.all()] == [row.field for row in survey.questions.all()]


def test_a_score_is_made_of_the_questions_that_are_asked(workspace: Workspace) -> None:
    survey = ready.make(ready.READY[0], workspace, name="שביעות רצון")
    first, second, third = survey.questions.all()
    arranging.take_out(second)
    opening.open_survey(survey)
    assert [part["question"] for part in survey.scores.get().parts] == [first.pk, third.pk]


def test_settings_are_judged_together(workspace: Workspace) -> None:
    survey, now = make_survey(workspace, "rating"), timezone.now()
    wrong = {"opens_at": now, "closes_at": now - timedelta(days=1), "is_editable": True, "access": "all"}
    assert refused(defining.change, survey, wrong) == ["access", "closes_at", "is_editable"]
    personal = make_survey(workspace, kind="identified")
    assert refused(defining.change, personal, {"access": "anybody"}) == ["access"]
    assert defining.change(personal, {"is_editable": True, "access": "invited"}).is_editable


def test_after_opening_the_anonymous_kind_keeps_its_door_and_its_languages(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "choice"))
    for said in ({"access": "anybody"}, {"language": "en"}, {"second_language": "en"}, {"opens_at": timezone.now()}):
        assert refused(defining.change, survey, said) == list(said)
    later = timezone.now() + timedelta(days=3)
    changed = defining.change(survey, {"access": survey.access, "closes_at": later, "name": "שם אחר"})
    assert (changed.closes_at, changed.name) == (later, "שם אחר")


def test_a_duplicate_is_a_draft_with_conditions_and_scores_of_its_own(workspace: Workspace, owner: User) -> None:
    survey = ready.make(ready.find("event"), workspace, name="אירוע")  # type: ignore[arg-type]
    opening.open_survey(survey)
    twin = defining.duplicate(survey, by=owner)
    assert (twin.status, twin.opened_at, twin.key, twin.counted) == ("draft", None, None, 0)
    assert twin.code != survey.code
    assert twin.intro != survey.intro
    mine = set(twin.questions.values_list("pk", flat=True))
    assert mine.isdisjoint(survey.questions.values_list("pk", flat=True))
    asked = twin.questions.exclude(shown_if={}).get().shown_if["all"][0]["answer"]
    assert asked in mine
    assert {part["question"] for part in twin.scores.get().parts} <= mine
    assert twin.scores.get().bands.count() == 3
    assert opening.problems(twin) == []


def test_an_anonymous_survey_that_was_closed_is_asked_again_as_a_duplicate(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "choice"))
    opening.close_survey(survey)
    assert opening.open_survey(defining.duplicate(survey)).is_open


def test_an_open_survey_does_not_go_to_the_bin(workspace: Workspace) -> None:
    survey = opening.open_survey(make_survey(workspace, "choice"))
    with pytest.raises(ValidationError):
        defining.put_in_bin(survey)
    opening.close_survey(survey)
    defining.put_in_bin(survey)
    survey.refresh_from_db()
    assert survey.deleted_at is not None
    defining.restore(survey)
    survey.refresh_from_db()
    assert survey.deleted_at is None


def test_a_description_holds_the_definition_and_no_key(workspace: Workspace) -> None:
    survey = make_satisfaction(workspace)
    described = defining.describe(survey)
    assert [row["type"] for row in described["questions"]] == ["rating"] * 3
    assert described["questions"][0]["field"] == survey.questions.first().field.storage_key  # type: ignore[union-attr]
    assert described["scores"][0]["bands"][2] == {"name": "גבוה", "tone": "high", "lowest": 11, "highest": 15}
    assert not {"key", "sealed_size", "counted"} & described.keys()


def test_the_template_of_one_business_uses_no_field_of_another(workspace: Workspace) -> None:
    ready.make(ready.READY[0], WorkspaceFactory(), name="של אחרים")
    survey = ready.make(ready.READY[0], workspace, name="שלנו")
    assert {row.field.workspace_id for row in survey.questions.all() if row.field} == {workspace.pk}
