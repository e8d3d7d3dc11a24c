"""The web process is killed between an answer and its acknowledgement, the counting in the middle of a batch: each person
counts once, and what is told of a survey agrees with itself."""

from __future__ import annotations

import os
import random
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from http.client import HTTPConnection, HTTPException
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest

from crm.models import Contact, Event, Workspace
from surveys import tallying, tokens
from surveys.models import Participation, Remark, Response, ScoreResult, SealedAnswer, Survey, Tally
from tests.crm.factories import WorkspaceFactory
from tests.faults.workers import Nursery, nursery
from tests.surveys.factories import make_satisfaction, make_survey

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

VOTERS = 15
PATIENCE = 120.0
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def pytest_generate_tests(metafunc: Any) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(int(os.environ.get("MASHPECH_FAULT_SEEDS", "3"))))


@pytest.fixture
def workspace() -> Workspace:
    return WorkspaceFactory()


def survey_of(workspace: Workspace, kind: str) -> Survey:
    if kind == "identified":
        return make_satisfaction(workspace)
    survey = make_survey(workspace, "rating", "rating", "long_text", access="invited")
    tallying.open_anonymous(survey)
    return survey


def people_of(workspace: Workspace, number: int) -> list[Contact]:
    return Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=f"p{n}@example.test") for n in range(number)]
    )


class Web:
    """One web process at a time, on a port that stays."""

    def __init__(self, workers: Nursery, port: int) -> None:
        self.workers, self.port = workers, port

    def again(self) -> None:
        if self.workers.workers:
            self.workers.kill_one()
        self.workers.start()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """Status and page. Raises OSError or HTTPException where the process is gone."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            line.request(method, path, urlencode(body) if body else None, kind)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def insist(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """As a person who presses again until something comes back."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                return self.ask(method, path, body)
            except (OSError, HTTPException):
                time.sleep(0.02)
        raise AssertionError(f"nothing came back within {PATIENCE} seconds")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def form_of(web: Web, survey: Survey, contact: Contact) -> tuple[str, dict[str, Any]]:
    path = f"/s/{survey.code}/{tokens.make(survey.pk, contact.pk)}/"
    status, page = web.insist("GET", path)
    assert status == 200, page
    said = {f"q{pk}": "5" for pk in survey.questions.values_list("pk", flat=True)}
    return path, {name: unescape(value) for name, value in HIDDEN.findall(page)} | said


@pytest.mark.parametrize("kind", ["identified", "anonymous"])
def test_whoever_sends_again_because_the_process_was_killed_counts_once(
    workspace: Workspace, kind: str, seed: int
) -> None:
    survey, people, chance = survey_of(workspace, kind), people_of(workspace, 1 + VOTERS), random.Random(seed)
    port, lost = free_port(), 0
    with (
        nursery(chance, "web", MASHPECH_TEST_PORT=str(port), FORMS_PER_ADDRESS="0") as workers,
        ThreadPoolExecutor(1) as pool,
    ):
        web = Web(workers, port)
        web.again()
        pace = seconds_in_peace(web, *form_of(web, survey, people[0]))
        for contact in people[1:]:
            path, form = form_of(web, survey, contact)
            sending = pool.submit(web.ask, "POST", path, form)
            time.sleep(chance.random() * pace)
            web.again()
            try:
                status, page = sending.result()
            except (OSError, HTTPException):
                lost += 1
                status, page = web.insist("POST", path, form)
            assert status == 303, page
    assert lost > VOTERS // 5, "too few acknowledgements were lost to prove anything"
    assert_each_counts_once(survey, people)


def seconds_in_peace(web: Web, path: str, form: dict[str, Any]) -> float:
    """How long this machine takes for one answer that nobody disturbs: the span in which a kill can hurt."""
    started = time.monotonic()
    assert web.insist("POST", path, form)[0] == 303
    return time.monotonic() - started


def assert_each_counts_once(survey: Survey, people: list[Contact]) -> None:
    number = len(people)
    if survey.is_anonymous:
        assert SealedAnswer.objects.count() == number
        tallying.close(survey)
        assert set(Tally.objects.filter(option="").values_list("count", flat=True)) == {number}
        assert Remark.objects.count() == number
    else:
        assert set(Response.objects.values_list("times", flat=True)) == {1}
        assert (Response.objects.count(), ScoreResult.objects.count()) == (number, number)
        assert Event.objects.filter(kind="survey.answered").count() == number
    assert Participation.objects.count() == number
    assert Event.objects.filter(kind="survey.participated").count() == number
    assert Survey.objects.get(pk=survey.pk).counted == number


@pytest.mark.parametrize("kind", ["identified", "anonymous"])
def test_fifty_sendings_at_once_are_one_answer(workspace: Workspace, kind: str) -> None:
    survey, [contact, *others] = survey_of(workspace, kind), people_of(workspace, 5)
    port, together = free_port(), Barrier(50)
    with nursery(random.Random(1), "web", MASHPECH_TEST_PORT=str(port), FORMS_PER_ADDRESS="0") as workers:
        web = Web(workers, port)
        web.again()
        path, form = form_of(web, survey, contact)

        def send(_number: int) -> int:
            together.wait()
            return web.insist("POST", path, form)[0]

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(send, range(50))) == {303}
        for other in others:
            assert web.insist("POST", *form_of(web, survey, other))[0] == 303
    assert_each_counts_once(survey, [contact, *others])


def test_a_batch_that_is_killed_is_counted_whole_or_not_at_all(workspace: Workspace, seed: int) -> None:
    survey, people, chance = survey_of(workspace, "anonymous"), people_of(workspace, 200), random.Random(seed)
    said = dict(zip(survey.questions.values_list("pk", flat=True), (5, 4, "כי ככה"), strict=True))
    for contact in people:
        assert tallying.take_part(survey, said, contact=contact)
    with nursery(chance, "counting") as workers:
        for _worker in range(2):
            workers.start()
        end = time.monotonic() + PATIENCE
        while SealedAnswer.objects.filter(sealed__isnull=False).count() >= tallying.ENOUGH:
            assert time.monotonic() < end
            time.sleep(0.02 + chance.random() * 0.2)
            assert_it_agrees(survey)
            workers.kill_one()
            workers.start()
    assert workers.kills >= 5
    assert_it_agrees(survey)
    assert not any(tallying.take_part(survey, said, contact=contact) for contact in people)
    assert_each_counts_once(survey, people)


def assert_it_agrees(survey: Survey) -> None:
    """In one statement, so that no batch falls between two looks."""
    told = Survey.objects.raw(
        """
        SELECT id, counted, (SELECT count(*) FROM surveys_participation) AS people,
            (SELECT count(*) FROM surveys_remark) AS written,
            (SELECT count(*) FROM surveys_sealedanswer WHERE sealed IS NULL) AS opened,
            (SELECT count(*) FROM crm_event WHERE kind = 'survey.participated') AS events,
            (SELECT min(count) FROM surveys_tally WHERE option = '') AS least,
            (SELECT max(count) FROM surveys_tally WHERE option = '') AS most
        FROM surveys_survey WHERE id = %s
        """,
        [survey.pk],
    )[0]
    assert {told.people, told.written, told.opened, told.events, told.least, told.most} == {told.counted}
