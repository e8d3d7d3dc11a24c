"""Setting up a score, and counting it anew for those who completed the survey before it was so."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.models import Contact, Event, Workspace
from surveys import answering, bands, settling, tasks
from surveys.models import Band, Response, Score, ScoreResult, Survey
from surveys.score_forms import ScoreForm
from tests.crm.factories import ContactFactory, CustomFieldFactory, WorkspaceFactory
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


def said(survey: Survey, **more: Any) -> dict[str, Any]:
    parts = [{"question": question.pk, "weight": 1} for question in survey.questions.all()]
    known: dict[str, Any] = {"name": "מדד", "method": "sum", "parts": parts, "bands": [], "field_label": "מדד חדש"}
    return known | more


def answered(survey: Survey, *values: int, complete: bool = True) -> Contact:
    contact = ContactFactory(workspace=survey.workspace)
    ids = survey.questions.values_list("pk", flat=True)
    answering.answer(survey, contact, dict(zip(ids, values, strict=False)), complete=complete)
    return contact


def settle(score: Score) -> None:
    settling.ask_anew(score)
    assert tasks.count_scores_anew() >= 1


def test_a_new_score_makes_its_field_on_the_spot_and_keeps_its_bands_in_order(survey: Survey) -> None:
    high, low = Band(name="גבוה", tone="high", lowest=9, highest=15), Band(name="נמוך", tone="low", lowest=3, highest=8)
    score = settling.save_score(survey, said(survey, bands=[high, low]))
    assert (score.field.label, score.field.type) == ("מדד חדש", "number")
    assert [band.name for band in score.bands.all()] == ["גבוה", "נמוך"]


def test_a_score_is_changed_in_place(survey: Survey) -> None:
    score = survey.scores.get()
    saved = settling.save_score(survey, said(survey, name="אחר", method="average", field=score.field), score=score)
    assert (saved.pk, saved.name, saved.method, saved.bands.count()) == (score.pk, "אחר", "average", 0)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("parts", {"parts": []}),
        ("parts", {"parts": [{"question": 10**12, "weight": 1}]}),
        ("name", {"name": "סיכום"}),
        ("field_label", {"field_label": "סיכום סקר"}),
        ("bands", {"bands": [Band(name="א", lowest=1, highest=2), Band(name="א", lowest=3, highest=4)]}),
        ("bands", {"bands": [Band(name="א", lowest=3, highest=2)]}),
    ],
)
def test_what_makes_no_score_is_refused_by_name(survey: Survey, name: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        settling.save_score(survey, said(survey, **more))
    assert list(error.value.message_dict) == [name]
    assert survey.scores.count() == 1


def test_weights_that_add_up_to_nothing_have_no_average(survey: Survey) -> None:
    first, second = survey.questions.all()[:2]
    parts = [{"question": first.pk, "weight": 1}, {"question": second.pk, "weight": -1}]
    with pytest.raises(ValidationError):
        settling.save_score(survey, said(survey, method="average", parts=parts))


def test_a_field_belongs_to_one_score(survey: Survey) -> None:
    with pytest.raises(ValidationError) as error:
        settling.save_score(survey, said(survey, field=survey.scores.get().field))
    assert list(error.value.message_dict) == ["field"]


def test_an_anonymous_survey_has_no_score(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating")
    with pytest.raises(ValidationError):
        settling.save_score(survey, said(survey))


def test_a_score_made_later_reaches_those_who_completed_before_once_each(survey: Survey) -> None:
    people = [answered(survey, 5, 5, 1), answered(survey, 1, 1, 1)]
    midway = answered(survey, 5, complete=False)
    score = settling.save_score(survey, said(survey))
    told = Event.objects.filter(kind="survey.answered").count()
    settle(score)
    settle(score)
    assert list(score.results.order_by("value").values_list("value", flat=True)) == [3, 11]
    for person, value in zip(people, (11, 3), strict=True):
        person.refresh_from_db()
        assert person.values[score.field.storage_key] == value
    midway.refresh_from_db()
    assert score.field.storage_key not in midway.values
    assert Event.objects.filter(kind="survey.answered").count() == told
    assert Event.objects.filter(kind="field.changed", properties__field=score.field.storage_key).count() == 2


def test_counting_anew_follows_what_the_score_says_now(survey: Survey) -> None:
    person, score = answered(survey, 5, 5, 1), survey.scores.get()
    first = survey.questions.all()[0]
    settling.save_score(
        survey, said(survey, name="סיכום", field=score.field, parts=[{"question": first.pk, "weight": 2}]), score=score
    )
    assert ScoreResult.objects.get().value == 11
    settle(score)
    assert ScoreResult.objects.get().value == 10
    person.refresh_from_db()
    assert person.values[score.field.storage_key] == 10


def test_a_round_goes_in_batches_and_says_how_many_are_left(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "BATCH", 2)
    for _number in range(5):
        answered(survey, 4, 4, 4)
    score = settling.save_score(survey, said(survey))
    assert settling.left(score) == 0
    settling.ask_anew(score)
    left = []
    while settling.settle_batch(score.pk):
        score.refresh_from_db()
        left.append(settling.left(score))
    assert left == [3, 1, 0]
    assert score.results.count() == 5
    assert not settling.settle_batch(score.pk)


def test_a_deleted_score_leaves_the_cards_alone(survey: Survey) -> None:
    person, score = answered(survey, 5, 5, 1), survey.scores.get()
    settling.remove_score(score)
    person.refresh_from_db()
    assert person.values[score.field.storage_key] == 11
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    ("spans", "is_whole", "count"),
    [
        ([(1, 5), (6, 10), (11, 15)], True, 0),
        ([(1, 5), (7, 15)], True, 1),
        ([(1, 6), (6, 15)], True, 1),
        ([(1, 6), (6, 15)], False, 0),
        ([(1, 5), (6, 15)], False, 1),
        ([(3, 10)], True, 1),
        ([(3, 15), (20, 30)], True, 2),
        ([], True, 0),
    ],
)
def test_gaps_overlaps_and_bands_out_of_reach_are_warned_of(
    spans: list[tuple[int, int]], is_whole: bool, count: int
) -> None:
    rows = [Band(name=str(place), lowest=low, highest=high) for place, (low, high) in enumerate(spans)]
    assert len(bands.warnings(rows, (3, 15), is_whole=is_whole)) == count


def test_the_form_of_a_new_score_sums_the_ratings_in_three_bands_without_a_gap(workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", "rating", "rating", "text", kind="identified")
    form = ScoreForm(survey)
    assert [(band.lowest, band.highest) for band in form.chain.bands] == [(3, 6), (7, 11), (12, 15)]
    assert (form.chain.span, form.chain.warnings) == ((3, 15), [])


def test_the_form_reads_back_what_it_saved(survey: Survey) -> None:
    score = survey.scores.get()
    form = ScoreForm(survey, score=score)
    data = {name: value for name, value in form.initial.items() if value is not None}
    again = ScoreForm(survey, data, score=score)
    assert again.is_valid(), again.errors
    assert again.said["parts"] == score.parts
    assert [(band.name, band.lowest) for band in again.said["bands"]] == [
        (band.name, band.lowest) for band in score.bands.all()
    ]


def test_a_field_of_another_business_is_no_place_for_a_score(survey: Survey) -> None:
    theirs = CustomFieldFactory(workspace=WorkspaceFactory(), type="number")
    form = ScoreForm(survey, {"name": "א", "method": "sum", "field": str(theirs.pk)})
    assert not form.is_valid()
    assert "field" in form.errors
