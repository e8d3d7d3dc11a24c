"""What a survey brought: every number is counted from rows, and opens the people it counts."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import AuditEntry, Contact, Workspace
from crm.segments import matching, saving
from surveys import answering, exporting, listing, opening, over_time, reading, results, slicing, tallying
from surveys.models import Survey
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import ContactFactory, CustomFieldFactory, make_event
from tests.surveys.factories import make_satisfaction, make_survey


@pytest.fixture
def survey(workspace: Workspace) -> Survey:
    return make_satisfaction(workspace)


def answered(survey: Survey, *values: Any, complete: bool = True) -> Contact:
    contact = ContactFactory(workspace=survey.workspace)
    ids = survey.questions.values_list("pk", flat=True)
    answering.answer(survey, contact, dict(zip(ids, values, strict=False)), complete=complete)
    return contact


def url(survey: Survey, name: str) -> str:
    return f"/w/{survey.workspace.slug}/surveys/{survey.pk}/{name}/"


def counts(result: results.QuestionResult) -> dict[str, int]:
    return {line.option: line.count for line in result.lines}


def test_whole_responses_of_people_who_are_here_are_counted(survey: Survey) -> None:
    gone = answered(survey, 5, 5, 5)
    answered(survey, 5, 4, 1)
    answered(survey, 3, complete=False)
    gone.deleted_at = timezone.now()
    gone.save()
    first, second, third = results.of_survey(survey)
    assert (first.whole, first.answered, counts(first)) == (1, 1, {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1})
    assert (counts(second)["4"], counts(third)["1"]) == (1, 1)
    row = listing.row_of(survey)
    assert (row.participants, row.midway) == (1, 1)
    assert listing.rows_of([survey]) == [row]


def test_every_type_is_counted_as_it_is(workspace: Workspace) -> None:
    survey = make_survey(workspace, "choice", "choices", "yes_no", "number", "date", "text", kind="identified")
    for question in survey.questions.all():
        options = {"options": question.options} if question.options else {}
        question.field = CustomFieldFactory(workspace=workspace, type=question.type, **options)
        question.save()
    Survey.objects.filter(pk=survey.pk).update(status="open")
    answered(survey, "o1", ["o1", "o2"], True, 4, "2026-01-02", "שלום")
    answered(survey, "o1", ["o2"], False, 9, "2026-03-02", "תודה")
    one, many, yes, number, date, text = results.of_survey(survey)
    assert counts(one) == {"o1": 2, "o2": 0, "o3": 0}
    assert (counts(many), many.picks) == ({"o2": 2, "o1": 1, "o3": 0}, 3)
    assert counts(yes) == {"yes": 1, "no": 1}
    assert [value for _name, value in number.measures] == [4, 6.5, 9, 6.5]
    assert date.dates == ("2026-01-02", "2026-03-02")
    assert (text.answered, [said for _row, said in reading.latest(survey, text.question)]) == (2, ["תודה", "שלום"])


def test_the_people_behind_each_number_are_as_many_as_it_says(survey: Survey) -> None:
    for values in ((5, 5, 1), (4, 3, 3), (1, 1, 1), (5, 4, 5)):
        answered(survey, *values)
    answered(survey, 1, complete=False)
    for result in results.of_survey(survey):
        for line in result.lines:
            asked = {"question": str(result.question.pk), "option": line.option}
            assert behind(survey, asked) == line.count
        for part in slicing.slices(result, {}):
            query = {"question": str(result.question.pk), "first": str(part.first), "last": str(part.last)}
            assert behind(survey, query) == part.count
    (score,) = reading.scores_of(survey, results.whole_responses(survey))
    for band in score.bands:
        assert behind(survey, {"score": str(score.score.pk), "band": str(band.band.pk)}) == band.count
    assert behind(survey, {}) == listing.row_of(survey).participants == 4


def behind(survey: Survey, asked: dict[str, str]) -> int:
    found = slicing.behind(survey, asked)
    assert found is not None
    return matching.contacts(survey.workspace, found.rule).count()


def test_five_five_one_is_in_the_high_band_and_in_the_dissatisfied_slice(survey: Survey) -> None:
    answered(survey, 5, 5, 1)
    (score,) = reading.scores_of(survey, results.whole_responses(survey))
    assert [(band.band.name, band.count) for band in score.bands] == [("גבוה", 1), ("בינוני", 0), ("נמוך", 0)]
    parts = slicing.slices(results.of_survey(survey)[2], {})
    assert [(part.tone, part.span, part.count) for part in parts] == [
        ("high", "4-5", 0),
        ("middling", "3", 0),
        ("low", "1-2", 1),
    ]


@pytest.mark.parametrize(
    ("asked", "spans"),
    [
        ({"low": "3", "high": "5"}, ["5", "4", "1-3"]),
        ({"low": "4", "high": "5"}, ["5", "1-4"]),
        ({"low": "4", "high": "2"}, ["4-5", "3", "1-2"]),
        ({"low": "x", "high": "99"}, ["4-5", "3", "1-2"]),
    ],
)
def test_the_ends_of_slices_are_the_owner_s_to_move_where_it_makes_sense(
    survey: Survey, asked: dict[str, str], spans: list[str]
) -> None:
    answered(survey, 5, 5, 1)
    assert [part.span for part in slicing.slices(results.of_survey(survey)[0], asked)] == spans


def test_results_are_narrowed_to_a_segment(survey: Survey, owner_client: Client) -> None:
    dana = answered(survey, 5, 5, 5)
    answered(survey, 1, 1, 1)
    segment = saving.freeze(survey.workspace, name="מי שבחרנו", contact_ids=[dana.pk], by=None)
    answer = owner_client.get(url(survey, "results"), {"segment": segment.pk})
    assert answer.context["questions"][0]["result"].whole == 1
    assert owner_client.get(url(survey, "results"), {"segment": 10**12}).status_code == 404


def test_who_was_asked_is_who_was_sent_a_mailing_with_the_link(survey: Survey, owner_client: Client) -> None:
    document = DocumentFactory(
        workspace=survey.workspace, medium="mail", blocks=[block("button", label="לסקר", link=f"survey:{survey.pk}")]
    )
    mailing = MailingFactory(workspace=survey.workspace, document=document, started_at=timezone.now())
    dana, gil = answered(survey, 5, 5, 5), ContactFactory(workspace=survey.workspace)
    for contact in (dana, gil):
        make_event("mailing.sent", contact=contact, subject_type="mailing", subject_id=mailing.pk)
    invited = owner_client.get(url(survey, "results")).context["invited"]
    assert (invited.asked, invited.answered, invited.waiting) == (2, 1, 1)
    waiting = owner_client.get(url(survey, "people"), {"which": "not_yet"})
    assert list(waiting.context["contacts"]) == [gil]
    assert "rule=" in waiting.content.decode()


def test_where_nobody_was_asked_there_is_nobody_to_remind(survey: Survey, owner_client: Client) -> None:
    assert owner_client.get(url(survey, "people"), {"which": "not_yet"}).status_code == 404
    assert owner_client.get(url(survey, "results")).context["invited"] is None


def test_over_time_there_is_a_place_for_every_day_between(survey: Survey) -> None:
    for days in (0, 2, 2):
        contact = ContactFactory(workspace=survey.workspace)
        ids = survey.questions.values_list("pk", flat=True)
        at = timezone.now() - timezone.timedelta(days=days)  # type: ignore[attr-defined]
        answering.answer(survey, contact, dict.fromkeys(ids, 4), complete=True, at=at)
    assert [column.count for column in over_time.columns(survey)] == [2, 0, 1]


def test_a_response_that_stopped_midway_is_marked_and_opens_its_card(survey: Survey, owner_client: Client) -> None:
    dana = answered(survey, 2, complete=False)
    page = owner_client.get(url(survey, "responses"), {"which": "midway"}).content.decode()
    assert "נעצרו באמצע" in page
    assert f"/contacts/{dana.pk}/" in page


def test_sensitive_answers_are_masked_on_the_screen_and_left_out_of_the_file(
    survey: Survey, owner_client: Client
) -> None:
    question = survey.questions.all()[2]
    type(question.field).objects.filter(pk=question.field_id).update(is_sensitive=True)
    answered(survey, 5, 4, 3)
    (told,) = reading.told(survey, results.here(survey))
    assert [answer.is_hidden for answer in told.answers] == [False, False, True]
    head, _row = rows_of(owner_client.post(url(survey, "export")))
    assert "שאלה 2" in head
    assert "שאלה 3" not in head


def rows_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_of_an_identified_survey_has_a_row_for_each_person(survey: Survey, owner_client: Client) -> None:
    dana = answered(survey, 5, 5, 1)
    dana.first_name = "=HYPERLINK(1)"
    dana.save()
    answered(survey, 3, complete=False)
    head, first, midway = rows_of(owner_client.post(url(survey, "export")))
    assert first[0] == str(dana.pk)
    assert first[1].startswith("'=")
    assert first[-5:] == ["5", "5", "1", "11", "גבוה"]
    assert midway[-5:] == ["3", "", "", "", ""]
    assert len(head) == len(first)
    entry = AuditEntry.objects.get(action="survey.exported")
    assert entry.details == {"survey": survey.pk, "rows": 2}


@pytest.mark.parametrize(("count", "shown"), [(9, 0), (10, 10)])
def test_what_was_written_anonymously_is_shown_from_ten_on(workspace: Workspace, count: int, shown: int) -> None:
    survey = opening.open_survey(make_survey(workspace, "text"))
    question = survey.questions.get()
    for number in range(count):
        tallying.take_part(survey, {question.pk: f"הערה {number}"}, contact=ContactFactory(workspace=workspace))
    opening.close_survey(survey)
    assert len(results.remarks_of(survey).get(question.pk, [])) == shown
    assert sum(row[1].startswith("הערה") for row in exporting.published(survey)) == shown


def test_the_file_of_an_anonymous_survey_holds_counts_and_remarks_and_nobody(
    workspace: Workspace, owner_client: Client
) -> None:
    survey = opening.open_survey(make_survey(workspace, "choice", "text"))
    first, second = survey.questions.all()
    people = [ContactFactory(workspace=workspace) for _number in range(10)]
    for number, person in enumerate(people):
        tallying.take_part(survey, {first.pk: "o1", second.pk: f"הערה {number}"}, contact=person)
    opening.close_survey(survey)
    rows = rows_of(owner_client.post(url(survey, "export")))
    assert rows[1] == ["שאלה 1", "ערכת אופנוע", "10", "10"]
    assert sorted(row[1] for row in rows[4:]) == sorted(f"הערה {number}" for number in range(10))
    told = "\n".join(map(",".join, rows))
    assert not any(person.email and person.email in told for person in people)


def test_the_ends_of_the_slices_can_be_kept(survey: Survey, owner_client: Client) -> None:
    answered(survey, 3, 5, 1)
    page = url(survey, "results")
    assert not owner_client.get(page).context["may_keep"]
    asked = owner_client.get(page, {"low": "3", "high": "5"})
    assert asked.context["may_keep"]
    assert url(survey, "slices") in asked.content.decode()
    assert owner_client.post(url(survey, "slices"), {"low": "3", "high": "5"}).status_code == 302
    kept = owner_client.get(page)
    assert not kept.context["may_keep"]
    spans = [[part.span for part in told["slices"]] for told in kept.context["questions"]]
    assert spans == [["5", "4", "1-3"]] * 3


@pytest.mark.parametrize("ends", [{}, {"low": "4", "high": "4"}, {"low": "0", "high": "5"}, {"low": "2", "high": "99"}])
def test_ends_that_make_no_slices_are_not_kept(survey: Survey, owner_client: Client, ends: dict[str, str]) -> None:
    assert owner_client.post(url(survey, "slices"), ends).status_code == 302
    survey.refresh_from_db()
    assert (survey.slice_low, survey.slice_high) == (None, None)


def test_an_anonymous_survey_has_no_slices_to_keep(workspace: Workspace, owner_client: Client) -> None:
    poll = make_survey(workspace, "rating")
    assert owner_client.post(url(poll, "slices"), {"low": "2", "high": "4"}).status_code == 404


def test_showing_anew_with_the_ends_that_stand_there_moves_no_slice(owner_client: Client, workspace: Workspace) -> None:
    """Of a scale to ten they are 4 and 8; where scales differ they are blank, and each question keeps its own."""
    survey = make_survey(workspace, "rating", kind="identified", status="open")
    survey.questions.update(rating_max=10)
    answered(survey, 7)
    page = owner_client.get(url(survey, "results")).content.decode()
    assert ['name="low" min="1" max="9" value="4"' in page, 'name="high" min="2" max="10" value="8"' in page] == [
        True,
        True,
    ]
    again = owner_client.get(url(survey, "results"), {"segment": "", "low": 4, "high": 8}).content.decode()
    assert slices_in(again) == slices_in(page) == ["first=5&amp;last=7"]
    mixed = make_survey(workspace, "rating", "rating", kind="identified", status="open")
    mixed.questions.filter(position=0).update(rating_max=10)
    answered(mixed, 7, 3)
    page = owner_client.get(url(mixed, "results")).content.decode()
    assert ['name="low" min="1" max="9" value=""' in page, 'name="high" min="2" max="10" value=""' in page] == [
        True,
        True,
    ]
    again = owner_client.get(url(mixed, "results"), {"segment": "", "low": "", "high": ""}).content.decode()
    assert slices_in(again) == slices_in(page) == ["first=5&amp;last=7", "first=3&amp;last=3"]


def slices_in(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"first=\d+&amp;last=\d+", page)))
