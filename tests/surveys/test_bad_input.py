"""Whatever is sent to the page or to REST is answered in words, with no fault of ours, and stores nothing that is not whole."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Contact, Workspace
from surveys import at_hand, opening, tokens
from surveys.models import Participation, Question, Response, SealedAnswer, Survey
from tests.conftest import api_of
from tests.crm.factories import ContactFactory
from tests.surveys.browsing import Person, link_of, url
from tests.surveys.factories import make_survey

NINE = ("text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url")
NONSENSE = (
    "\0",
    "א\0ב",
    "1e999",
    "NaN",
    "-inf",
    "9" * 400,
    "0000-00-00",
    "99999-01-01",
    "٣",
    "o9",
    "[]",
    "{}",
    "' OR 1=1 --",
)
KINDS = ("identified", "anonymous")
IN_A_YEAR = time.time() + 400 * 24 * 60 * 60


def opened(survey: Survey) -> Survey:
    """Without fields of the card, which an identified one needs before it is opened by its verb."""
    if survey.is_anonymous:
        return opening.open_survey(survey)
    Survey.objects.filter(pk=survey.pk).update(status="open", opened_at=timezone.now())
    return Survey.objects.get(pk=survey.pk)


@pytest.fixture(params=KINDS)
def survey(request: pytest.FixtureRequest, workspace: Workspace) -> Survey:
    survey = make_survey(workspace, *NINE, kind=request.param)
    survey.questions.filter(position__gt=4).update(section="לסיום")
    return opened(survey)


@pytest.fixture
def yoav(workspace: Workspace) -> Contact:
    return ContactFactory(workspace=workspace, email="yoav@example.test")


def ids(survey: Survey) -> list[int]:
    return list(survey.questions.values_list("pk", flat=True))


def is_nothing_stored() -> bool:
    return not (Response.objects.exists() or SealedAnswer.objects.exists() or Participation.objects.exists())


def test_nonsense_in_every_kind_of_answer_is_refused_or_cleaned(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    form = person.page
    for words in NONSENSE:
        person.page = form
        body = {**person.hidden, **{f"q{pk}": words for pk in ids(survey)}}
        sent = person.client.post(person.action, body, headers={"Origin": "http://testserver"})
        assert sent.status_code in (200, 303, 422), (words, sent.status_code)
    kept = [text for row in Response.objects.all() for text in map(str, row.answers.values())]
    assert not [text for text in kept if "\0" in text or text in ("NaN", "inf", "-inf")]
    assert not Response.objects.exclude(completed_at=None).exists()
    assert not SealedAnswer.objects.exists()


def test_what_is_no_form_of_ours_is_refused(survey: Survey, yoav: Contact) -> None:
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    stamp, action, client = person.hidden["stamp"], person.action, Client(headers={"Origin": "http://testserver"})
    turned = stamp[:-1] + ("A" if stamp[-1] != "A" else "B")
    for wrong in ("", "\0", "א" * 40, "=" * 500, turned, stamp[:-3], stamp + stamp):
        assert client.post(action, {"stamp": wrong, f"q{ids(survey)[0]}": "כן"}).status_code == 400, wrong
    for body, kind in (
        (b'{"stamp": 1}', "application/json"),
        (b"\xff\xfe\xfd", "application/x-www-form-urlencoded"),
        (b"--x\r\nnot a part", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ):
        assert client.post(action, body, content_type=kind).status_code == 400, kind
    assert client.post(action, {f"x{n}": "1" for n in range(3000)}).status_code == 400
    assert client.post(action, {"stamp": stamp, "q1": "x" * 600_000}).status_code == 413
    assert client.put(action, b"").status_code == 405
    assert is_nothing_stored()


def test_a_form_of_another_part_or_person_or_survey_is_refused(survey: Survey, yoav: Contact) -> None:
    other = opened(make_survey(survey.workspace, "rating", kind=survey.kind))
    person = Person(Client(headers={"Origin": "http://testserver"}))
    person.open(url(survey, link_of(survey, yoav)))
    stamp = person.hidden["stamp"]
    elsewhere = [url(survey), url(survey, link_of(survey, ContactFactory(workspace=survey.workspace)))]
    for address in [*elsewhere, url(other, link_of(other, yoav))]:
        sent = person.client.post(address, {"stamp": stamp, f"q{ids(survey)[0]}": "כן", "email": "a@b.test"})
        assert sent.status_code == 400, address
    assert is_nothing_stored()


def test_answers_to_questions_of_others_are_not_read(survey: Survey, yoav: Contact) -> None:
    other = opened(make_survey(survey.workspace, "text", kind=survey.kind))
    person = Person()
    person.open(url(survey, link_of(survey, yoav)))
    person.send({ids(other)[0]: "סוד", 10**30: "x", "": "x"})
    assert not Response.objects.filter(answers__has_key=str(ids(other)[0])).exists()
    assert not SealedAnswer.objects.exists()


def test_nonsense_in_the_address_is_no_fault(survey: Survey, yoav: Contact) -> None:
    link = link_of(survey, yoav)
    for query in (
        "lang=xx",
        "lang=%00",
        "part=-1",
        "part=%D9%A3",
        "part=999999999999999999999",
        "part=%00",
        "note=%00",
    ):
        for page in (url(survey, link), url(survey), f"/s/{survey.code}/thanks/", f"/s/{survey.code}/preview/"):
            assert Client().get(f"{page}?{query}").status_code == 200, (page, query)
    for wrong in ("%00", "א", "x" * 3000, "..", "%2e%2e"):
        assert Client().get(f"/s/{survey.code}/{wrong}/").status_code == 404, wrong
    assert is_nothing_stored()


def test_a_closed_survey_and_an_expired_link_say_so_and_store_nothing(
    survey: Survey, yoav: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_of(survey, yoav)
    person = Person()
    person.open(url(survey, link))
    form = person.page
    monkeypatch.setattr(tokens.time, "time", lambda: IN_A_YEAR)
    assert "תוקף הקישור פג" in person.open(url(survey, link)).content.decode()
    person.page = form
    assert person.send({ids(survey)[0]: "כן"}).status_code == 410
    monkeypatch.undo()
    opening.close_survey(survey)
    assert "הסקר נסגר" in person.open(url(survey, link)).content.decode()
    person.page = form
    at_hand._kept.clear()  # for a second a process may still lead to the next part; the last one asks the database
    assert person.send({ids(survey)[0]: "כן"}).status_code == 409
    assert is_nothing_stored()


def test_rest_refuses_nonsense_in_words(workspace: Workspace, yoav: Contact) -> None:
    survey = opened(make_survey(workspace, *NINE, kind="identified"))
    api = api_of(workspace)
    for words in (*NONSENSE, None, True, [], {}, 1e308, [["o1"]], {"a": "\0"}):
        sent = api.post(
            f"surveys/{survey.pk}/answers/", {"contact": yoav.pk, "answers": {str(pk): words for pk in ids(survey)}}
        )
        assert sent.status_code in (201, 400), (words, sent.status_code)
    for body in (
        [],
        "x",
        {"contact": 2**70, "answers": {}},
        {"contact": yoav.pk, "answers": []},
        {"email": "a\0@b.test", "answers": {}},
    ):
        sent = api.post(f"surveys/{survey.pk}/answers/", body)
        assert sent.status_code == 400, body
        assert sent.json()["errors"], body
    kept = [str(value) for row in Response.objects.all() for value in row.answers.values()]
    assert not [text for text in kept if "\0" in text or text in ("nan", "inf", "-inf")]
    for pk in ("0", "x", "9" * 30):
        assert api.get(f"surveys/{pk}/results/").status_code == 404


def test_questions_of_the_fixture_are_of_every_kind() -> None:
    assert set(NINE) == {value for value, _label in Question._meta.get_field("type").flatchoices}
