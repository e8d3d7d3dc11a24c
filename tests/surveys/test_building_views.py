"""The screens of making a survey, as a member goes through them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from crm.models import AuditEntry, CustomField, Workspace
from surveys import opening, ready
from surveys.models import Question, Survey
from tests.surveys.factories import make_survey
from tests.swaps import assert_swap_equals_reload

HOME = "/w/foam/surveys/"
PART = {"HX-Request": "true"}


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return ready.make(ready.READY[0], workspace, name="שביעות רצון", second_language="en")


def path(survey: Survey, rest: str = "edit/") -> str:
    return f"{HOME}{survey.pk}/{rest}"


def toast_of(response: Any) -> str:
    return response.content.decode().partition("data-toast")[2]


def test_a_survey_is_chosen_by_what_one_wants_to_know(owner_client: Client) -> None:
    page = owner_client.get(HOME + "new/").content.decode()
    assert "לדעת מה כל אחד ענה" in page
    assert "לדעת מה הרוב חושב, בלי לדעת מי ענה מה" in page
    assert "kind=anonymous" in page
    assert owner_client.post(HOME + "new/", {"name": "x"}).status_code == 422
    assert owner_client.post(HOME + "new/", {"kind": "anonymous", "name": " ", "language": "he"}).status_code == 422
    made = owner_client.post(HOME + "new/", {"kind": "anonymous", "name": "מה לחורף?", "language": "he"})
    survey = Survey.objects.get()
    assert made.url == path(survey)
    assert (survey.is_anonymous, survey.name) == (True, "מה לחורף?")


@pytest.mark.parametrize("template", ready.READY, ids=lambda each: each.key)
def test_a_template_is_taken_from_the_list(owner_client: Client, template: Any) -> None:
    assert f"?template={template.key}" in owner_client.get(HOME + "templates/").content.decode()
    assert owner_client.get(HOME + f"new/?template={template.key}").status_code == 200
    data = {"template": template.key, "name": "שלי", "language": "he", "second_language": "en", "kind": "anonymous"}
    assert owner_client.post(HOME + "new/", data).status_code == 302
    survey = Survey.objects.get()
    assert (survey.kind, survey.questions.count()) == (template.kind, len(template.questions))
    assert owner_client.get(path(survey)).status_code == 200


def test_the_builder_swapped_is_the_builder_reloaded(owner_client: Client, survey: Survey) -> None:
    body = assert_swap_equals_reload(owner_client, path(survey), "survey-builder")
    assert "סיכום סקר" in body
    first = survey.questions.first()
    assert first is not None
    assert_swap_equals_reload(owner_client, path(survey, f"questions/{first.pk}/edit/"), f"question-{first.pk}")
    assert_swap_equals_reload(owner_client, path(survey, "questions/new/?type=choice"), "question-new")


@pytest.mark.parametrize(
    "type", ["text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"]
)
def test_a_question_of_every_type_is_added_on_the_screen(owner_client: Client, survey: Survey, type: str) -> None:
    form = owner_client.get(path(survey, f"questions/new/?type={type}"), headers=PART).content.decode()
    assert ("option_label" in form) == (type in ("choice", "choices"))
    assert ("low_label" in form) == (type == "rating")
    first_button = form.partition("<button")[2].partition(">")[0]
    assert 'type="submit"' in first_button  # Enter presses it, and it must save
    assert "redraw" not in first_button
    assert ('value="append"' in form) == (type in ("choices", "long_text"))
    data = {"type": type, "label": "חדשה", "second_label": "New", "field": "new", "policy": "always", "rating_max": 7}
    data |= {"option_label": ["א", "ב"], "option_id": ["", ""], "option_second": ["A", "B"]}
    answer = owner_client.post(path(survey, "questions/new/"), data, headers=PART)
    assert answer.status_code == 200
    assert 'id="survey-builder"' in answer.content.decode()
    question = survey.questions.get(label="חדשה")
    assert (question.type, question.words["label"], question.is_required) == (type, "New", False)
    assert question.field is not None
    assert question.rating_max == (7 if type == "rating" else 5)
    if type in ("choice", "choices"):
        assert [question.words["options"][row["id"]] for row in question.options] == ["A", "B"]


def test_a_fault_is_told_at_its_place_and_what_was_typed_stays(owner_client: Client, survey: Survey) -> None:
    data = {"type": "choice", "label": "", "field": "new", "policy": "always", "option_label": ["רק אחת"]}
    answer = owner_client.post(path(survey, "questions/new/"), data, headers=PART)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#question-new")
    assert 'value="רק אחת"' in answer.content.decode()
    answer = owner_client.post(path(survey, "questions/new/"), data | {"label": "מה?"}, headers=PART)
    assert "לפחות שתי אפשרויות" in answer.content.decode()
    assert not CustomField.objects.filter(label="מה?").exists()


def test_another_kind_of_answer_draws_the_form_anew_and_saves_nothing(owner_client: Client, survey: Survey) -> None:
    data = {"type": "choice", "label": "נשאר", "redraw": "type", "option_label": ["א"], "option_id": [""]}
    answer = owner_client.post(path(survey, "questions/new/"), data, headers=PART)
    assert answer.status_code == 200
    assert 'value="נשאר"' in answer.content.decode()
    assert survey.questions.count() == 3


def test_a_condition_is_made_in_the_builder_and_read_back_as_a_sentence(owner_client: Client, survey: Survey) -> None:
    first, second, _third = survey.questions.all()
    page = owner_client.get(path(survey, f"questions/{second.pk}/edit/"), headers=PART).content.decode()
    name = f"rule-{second.pk}"
    drawn = {"builder": name, "live": "0", "compact": "0", "menu": f"answer:{survey.pk}-{second.pk}"}
    assert f'name="{name}"' in page
    rule = json.dumps({"all": [{}]})
    menu = owner_client.post("/w/foam/rules/builder/", drawn | {name: rule}).content.decode()
    assert f'value="answer:{first.pk}"' in menu
    assert f'value="answer:{second.pk}"' not in menu
    assert 'value="field:email"' not in menu
    rule = json.dumps({"all": [{"answer": first.pk, "op": "<=", "value": 2}]})
    data = {
        "type": "rating",
        "label": "למה?",
        "field": str(second.field_id),
        "policy": "always",
        "rating_max": 5,
        name: rule,
    }
    assert owner_client.post(path(survey, f"questions/{second.pk}/edit/"), data).status_code == 302
    second.refresh_from_db()
    assert second.shown_if == {"all": [{"answer": first.pk, "op": "<=", "value": 2}]}
    assert "מוצגת רק לאנשים" in owner_client.get(path(survey)).content.decode()
    wrong = json.dumps({"all": [{"answer": second.pk, "op": "filled"}]})
    assert owner_client.post(path(survey, f"questions/{second.pk}/edit/"), data | {name: wrong}).status_code == 422


def test_segments_are_never_offered_answers_of_a_page(owner_client: Client, survey: Survey) -> None:
    assert "answer:" not in owner_client.get("/w/foam/segments/new/").content.decode()


def test_questions_move_by_buttons_and_by_dragging(owner_client: Client, survey: Survey) -> None:
    first, second, third = survey.questions.values_list("pk", flat=True)
    moved = owner_client.post(path(survey, f"questions/{first}/move/"), {"direction": "down"}, headers=PART)
    assert json.loads(moved.headers["HX-Trigger-After-Settle"]) == {"place:focus": f"down-{first}"}
    assert list(survey.questions.values_list("pk", flat=True)) == [second, first, third]
    owner_client.post(path(survey, "questions/order/"), {"question": [third, second, first]})
    assert list(survey.questions.values_list("pk", flat=True)) == [third, second, first]
    assert owner_client.post(path(survey, f"questions/{first}/move/"), {"direction": "x"}).status_code == 400
    assert owner_client.post(path(survey, "questions/order/"), {"question": ["x"]}).status_code == 400
    refused = owner_client.post(path(survey, "questions/order/"), {"question": [first]}, follow=True)
    assert "השתנו בינתיים" in toast_of(refused)


def test_a_question_is_deleted_and_put_back_by_the_toast(owner_client: Client, survey: Survey) -> None:
    first = survey.questions.first()
    assert first is not None
    deleted = owner_client.post(path(survey, f"questions/{first.pk}/delete/"), follow=True)
    undo = path(survey, f"questions/{first.pk}/restore/")
    assert undo in deleted.content.decode()
    assert survey.questions.count() == 2
    owner_client.post(undo)
    assert survey.questions.first() == first
    assert owner_client.post(undo).status_code == 404


def test_opening_says_what_cannot_be_known_before_it_is_done(owner_client: Client, workspace: Workspace) -> None:
    survey = make_survey(workspace, "choice")
    page = owner_client.get(path(survey, "open/")).content.decode()
    assert all(words in page for words in ("אחרי 10 תשובות", "בקבוצות של חמש", "פחות מחמישה"))
    assert Survey.objects.get().status == "draft"
    opened = owner_client.post(path(survey, "open/"), follow=True)
    assert "נקבעו" in opened.content.decode()
    assert 'data-copy="http' in opened.content.decode()
    assert f"/s/{survey.code}/" in opened.content.decode()
    assert AuditEntry.objects.filter(action="survey.opened").count() == 1
    question = survey.questions.get()
    for rest in ("edit/", "duplicate/", "delete/", "move/"):
        url = path(survey, f"questions/{question.pk}/{rest}")
        owner_client.post(url, {"label": "אחרת", "direction": "down", "type": "text"})
    assert list(Question.objects.values_list("label", "type")) == [("שאלה 1", "choice")]
    assert owner_client.post(path(survey, "delete/"), follow=True).status_code == 200
    assert Survey.objects.get().deleted_at is None
    owner_client.post(path(survey, "close/"))
    assert AuditEntry.objects.filter(action="survey.closed").count() == 1
    assert owner_client.post(path(survey, "open/")).status_code == 409


def test_what_is_missing_is_listed_and_keeps_the_survey_closed(owner_client: Client, workspace: Workspace) -> None:
    survey = make_survey(workspace, "rating", kind="identified")
    assert "שאלה 1" in owner_client.get(path(survey, "open/")).content.decode()
    assert owner_client.post(path(survey, "open/")).status_code == 409
    assert Survey.objects.get().status == "draft"


def test_words_of_an_open_identified_survey_are_mended_on_the_screen(owner_client: Client, survey: Survey) -> None:
    opening.open_survey(survey)
    first = survey.questions.first()
    assert first is not None
    url = path(survey, f"questions/{first.pk}/edit/")
    form = owner_client.get(url, headers=PART).content.decode()
    assert 'name="label"' in form
    assert 'name="type"' not in form
    data = {
        "label": "איך הייתה הערכה?",
        "second_label": "How was the kit?",
        "low_label": "",
        "high_label": "",
        "type": "text",
    }
    assert owner_client.post(url, data).status_code == 302
    first.refresh_from_db()
    assert (first.label, first.type, first.is_required) == ("איך הייתה הערכה?", "rating", True)


def test_settings_are_saved_and_what_is_fixed_is_drawn_as_fixed(owner_client: Client, workspace: Workspace) -> None:
    survey = make_survey(workspace, "choice")
    data = {
        "name": "אחר",
        "access": "anybody",
        "language": "he",
        "second_language": "en",
        "closes_at": "2099-01-01T10:00",
    }
    assert owner_client.post(path(survey, "settings/"), data).status_code == 302
    survey.refresh_from_db()
    assert (survey.name, survey.access, survey.second_language, bool(survey.closes_at)) == (
        "אחר",
        "anybody",
        "en",
        True,
    )
    assert owner_client.post(path(survey, "settings/"), data | {"closes_at": "2001-01-01T10:00"}).status_code == 422
    assert owner_client.post(path(survey, "settings/"), data | {"second_language": "he"}).status_code == 422
    opening.open_survey(survey)
    assert "disabled" in owner_client.get(path(survey, "settings/")).content.decode()
    assert owner_client.post(path(survey, "settings/"), data | {"access": "invited", "name": "שוב"}).status_code == 302
    survey.refresh_from_db()
    assert (survey.access, survey.name) == ("anybody", "שוב")


@pytest.mark.parametrize("kind", ["identified", "anonymous"])
def test_the_preview_is_the_public_page_of_every_part_and_language(
    owner_client: Client, workspace: Workspace, kind: str
) -> None:
    chosen = next(each for each in ready.READY if each.kind == kind and each.key != "satisfaction")
    survey = ready.make(chosen, workspace, name="מה דעתכם?", second_language="en")
    assert owner_client.get(path(survey, "look/")).status_code == 200
    for part in ("1", "2", "9", "x", "thanks"):
        for language in ("he", "en", "xx"):
            answer = owner_client.get(path(survey, "preview/"), {"part": part, "lang": language})
            assert answer.status_code == 200
            assert "sandbox" in answer.headers["Content-Security-Policy"]
    survey.refresh_from_db()
    assert (survey.key, survey.sealed_size) == (None, 0)


def test_the_intro_and_the_thank_you_are_edited_in_the_editor_of_blocks(owner_client: Client, survey: Survey) -> None:
    for part in ("intro", "thanks"):
        assert owner_client.get(path(survey, f"texts/{part}/")).status_code == 200
    assert owner_client.get(path(survey, "texts/key/")).status_code == 404
    assert owner_client.get(path(survey, "texts/second_intro/")).status_code == 200
    Survey.objects.filter(pk=survey.pk).update(second_language="")
    assert owner_client.get(path(survey, "texts/second_intro/")).status_code == 404


def test_a_ready_made_survey_has_its_name_in_both_languages(workspace: Workspace) -> None:
    made = ready.make(ready.READY[0], workspace, name="סקר שביעות רצון", second_language="en")
    assert made.second_name == "Satisfaction survey"
    assert ready.make(ready.READY[0], workspace, name="איך היה?", second_language="en").second_name == ""


def test_the_second_language_has_a_name_and_texts_to_write(owner_client: Client, survey: Survey) -> None:
    data = {
        "name": survey.name,
        "access": "named",
        "language": "he",
        "second_language": "en",
        "second_name": "Your view",
    }
    assert owner_client.post(path(survey, "settings/"), data).status_code == 302
    page = owner_client.get(path(survey)).content.decode()
    for part in ("second_intro", "second_thanks"):
        assert path(survey, f"texts/{part}/") in page
        assert owner_client.get(path(survey, f"texts/{part}/")).status_code == 200
    seen = owner_client.get(path(survey, "preview/"), {"lang": "en"}).content.decode()
    assert "<title>Your view</title>" in seen


def test_a_survey_is_duplicated_deleted_and_brought_back(owner_client: Client, survey: Survey) -> None:
    twin = owner_client.post(path(survey, "duplicate/"))
    assert twin.status_code == 302
    assert Survey.objects.count() == 2
    deleted = owner_client.post(path(survey, "delete/"), follow=True)
    assert path(survey, "restore/") in deleted.content.decode()
    assert owner_client.get(path(survey)).status_code == 404
    owner_client.post(path(survey, "restore/"))
    assert owner_client.get(path(survey)).status_code == 200


def test_the_builder_costs_no_more_with_more_questions(
    owner_client: Client, survey: Survey, django_assert_max_num_queries: Any
) -> None:
    for place in range(3, 15):
        Question.objects.create(
            workspace=survey.workspace, survey=survey, position=place, label=f"ש{place}", type="text"
        )
    with django_assert_max_num_queries(24):
        assert owner_client.get(path(survey)).status_code == 200


def test_a_draft_leads_to_its_scores_before_anybody_answered(owner_client: Client, survey: Survey) -> None:
    page = owner_client.get(path(survey)).content.decode()
    assert path(survey, f"scores/{survey.scores.get().pk}/") in page
    assert path(survey, "scores/new/") in page
    survey.kind = "anonymous"
    survey.save()
    assert path(survey, "scores/new/") not in owner_client.get(path(survey)).content.decode()


def test_the_list_deletes_what_is_not_open_and_asks_before_it_closes(owner_client: Client, survey: Survey) -> None:
    page = owner_client.get(HOME).content.decode()
    assert f'action="{path(survey, "delete/")}"' in page
    assert path(survey, "close/") not in page
    opening.open_survey(survey)
    page = owner_client.get(HOME).content.decode()
    assert path(survey, "delete/") not in page
    assert "data-confirm=" in page.partition(f'action="{path(survey, "close/")}"')[2].partition(">")[0]
