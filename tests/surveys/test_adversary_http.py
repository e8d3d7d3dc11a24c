"""The adversary over HTTP: everything of adversary.py, and the logs of every request, the mail spool, and exports.

1,000 voters answer by the personal link of a mailing that was really sent, one request to open and one to send. After each,
the screen and the call of results are read again, and at every tenth whatever else tells of them.
"""

from __future__ import annotations

import logging
import os
import re
import statistics
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.mailings import sending
from config.logs import LineFormatter
from crm.models import Contact, Workspace
from crm.outbox.models import OutboxMessage
from crm.workspaces.rest import ApiKeyThrottle
from surveys import receiving, results, sealing
from surveys.models import Participation, SealedAnswer, Survey, Tally
from surveys.questions import parts_of
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, started
from tests.conftest import api_of
from tests.crm.exports.reader import body, csv_rows
from tests.crm.factories import MembershipFactory, WorkspaceFactory
from tests.surveys import adversary
from tests.surveys.adversary_attacks import Pool, gain
from tests.surveys.adversary_watch import Loot, Poll
from tests.surveys.browsing import Person

ONE_PER_CENT = 0.01
SEEDS = 5 if int(os.environ.get("MASHPECH_ADVERSARY_SEEDS", "10")) >= 50 else 1
VARIES = re.compile(r"[A-Za-z0-9]{64}|nonce-\S+|nonce=\S+|\d\d:\d\d")  # tokens of forms and the time of day
SELDOM = 10
log = logging.getLogger(__name__)
PERSONAL = re.compile(r"/s/[a-z0-9]+/[\w-]{30,}/")


class Ear(logging.Handler):
    """Hears every logger, at every level."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.setFormatter(LineFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("django.db.backends"):
            self.lines.append(f"{self.format(record)} {record.msg} {record.args} {record.__dict__.get('request', '')}")


class Wire:
    """Voters over HTTP, and whoever listens."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.client = Client()
        self.client.force_login(MembershipFactory(workspace=workspace).user)
        self.ear = Ear()
        self.exports: list[dict[str, str]] = []
        self.answered = 0
        self.mails: dict[str, str] = {}
        self.readers = Readers(workspace, self.client)
        self.reads = True

    def answer(self, survey: Survey, said: dict[int, Any], contact: Contact) -> str:
        if not self.answered:
            Survey.objects.filter(pk=survey.pk).update(access="invited")
            self.invite(survey)
        before = len(self.ear.lines)
        person = Person(Client(headers={"User-Agent": "Mozilla/5.0"}))
        found = PERSONAL.search(self.mails[contact.email or ""])
        assert found is not None
        opened = person.open(found[0])
        sent = person.send(said)
        assert sent.status_code == 303, sent.content.decode()
        self.answered += 1
        if self.reads:
            self.readers.poll(survey, contact.pk)
        if self.answered in (30, 60):
            self.exports.append(self.export())
        heard = [*self.ear.lines[before:], *(str(len(page.content)) for page in (opened, sent, person.page))]
        return "\n".join([*heard, *sent.headers.values(), str(person.client.cookies)])

    def invite(self, survey: Survey) -> None:
        blocks = [block("heading", text="יש לנו שאלה"), block("button", text="לסקר", link=f"survey:{survey.pk}")]
        mailing = MailingFactory(workspace=self.workspace, service=True, document__blocks=blocks)
        spool = FakeTransport()
        sending.send(started(mailing).pk, transport=spool, seconds=120)
        for envelope in spool.mails:
            message = message_from_bytes(envelope.mime, policy=policy.default)
            parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
            self.mails[envelope.recipient] = "\n".join(parts)

    def export(self) -> dict[str, str]:
        """By address: the row of the person in the file that the owner downloads."""
        page = reverse("exports:contacts", kwargs={"workspace": self.workspace.slug})
        response = self.client.post(page, {"format": "csv", "columns": ["email", "first_name", "source", "created_at"]})
        assert response.status_code == 200
        rows = csv_rows(body(response))
        return {row[0] or row[1]: "|".join(row) for row in rows[1:]}


class Readers:
    """The owner's screens and the calls of REST, read again after every answer."""

    def __init__(self, workspace: Workspace, client: Client) -> None:
        self.workspace, self.client = workspace, client
        self.api = api_of(workspace, secret=f"mk_reader{workspace.pk}")
        self.polls: list[Poll] = []
        self.numbers: dict[str, list[str]] = {}
        self.counts: Counter[int] = Counter()
        self.newest = ""

    def poll(self, survey: Survey, voter: int) -> None:
        told = self.api.get(f"surveys/{survey.pk}/results/").json()
        counts = Counter({int(row["option"]): row["count"] for row in told["questions"][0]["options"]})
        moved, self.counts = counts - self.counts, counts
        seen, who = {"results": self._screen(survey, "results"), "rest": str(told)}, []
        if len(self.polls) % SELDOM == 0:
            who = self._who(survey)
            seen |= {"people": self._screen(survey, "people"), "export": self._export(survey), "who": str(who)}
            seen["list"] = self._read(f"/w/{self.workspace.slug}/surveys/")
        self.polls.append(Poll(voter, who, moved, {name: self._moved(name, text) for name, text in seen.items()}))

    def _screen(self, survey: Survey, name: str) -> str:
        return self._read(f"/w/{self.workspace.slug}/surveys/{survey.pk}/{name}/")

    def _read(self, address: str) -> str:
        response = self.client.get(address)
        assert response.status_code == 200
        return VARIES.sub("", response.content.decode())

    def _export(self, survey: Survey) -> str:
        response = self.client.post(f"/w/{self.workspace.slug}/surveys/{survey.pk}/export/")
        assert response.status_code == 200
        return body(response).decode()

    def _who(self, survey: Survey) -> list[int]:
        """Participants behind the last that were read."""
        found: list[int] = []
        address = self.newest or f"surveys/{survey.pk}/participants/"
        while address:
            page = self.api.get(address).json()
            found += [row["contact"] for row in page["results"]]
            self.newest, address = address, page["next"]
        known = {one for poll in self.polls for one in poll.who}
        return [one for one in found if one not in known]

    def _moved(self, name: str, text: str) -> tuple[int, ...]:
        """Which numbers of this screen changed since it was read before, by their places."""
        now = re.findall(r"\d+", text)
        before, self.numbers[name] = self.numbers.get(name, now), now
        if len(before) != len(now):
            return (-1, len(now) - len(before))
        return tuple(place for place, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])


@pytest.fixture(autouse=True)
def reads_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key may read 600 times a minute, and a quick machine takes more answers than that."""
    monkeypatch.setattr(ApiKeyThrottle, "allow_request", lambda *_arguments: True)


@pytest.fixture
def wire() -> Any:
    """Listens at the root, where everything that is logged comes by."""
    root, wire = logging.getLogger(), Wire(WorkspaceFactory(with_sender=True))
    level = root.level
    root.addHandler(wire.ear)
    root.setLevel(logging.DEBUG)
    yield wire
    root.setLevel(level)
    root.removeHandler(wire.ear)


def overheard(wire: Wire, seed: int, *, voters: int) -> Loot:
    loot = adversary.play(seed, voters=voters, answer=wire.answer, workspace=wire.workspace)
    wire.exports.append(wire.export())
    loot.polls = wire.readers.polls
    for contact in Contact.objects.filter(workspace=wire.workspace):
        rows = [export.get(contact.email or "", "") for export in wire.exports]
        kept = OutboxMessage.objects.filter(rcpt_to=contact.email).order_by("pk").values_list("mime", flat=True)
        loot.written[contact.pk] = [wire.mails[contact.email or ""], *(bytes(mime).decode() for mime in kept), *rows]
    return loot


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_thousand_voters_are_safe_from_whoever_listens_too(settings: Any) -> None:
    """Five surveys where MASHPECH_ADVERSARY_SEEDS asks for fifty or more, else one."""
    settings.FORMS_PER_ADDRESS = 0
    pool = Pool()
    for seed in range(SEEDS):
        wire = Wire(WorkspaceFactory(with_sender=True))
        logging.getLogger().addHandler(wire.ear)
        try:
            loot = overheard(wire, seed, voters=1000)
        finally:
            logging.getLogger().removeHandler(wire.ear)
        log.warning("seed %s: %+.4f; pooled %s %+.4f", seed, pool.add(loot), pool.best, pool.gain)
        adversary.sweep()
    log.warning("whatever did best %s %+.4f", *pool.worst_attack)
    assert max(pool.gain, statistics.mean(pool.gains)) <= ONE_PER_CENT, pool.gains


@pytest.mark.django_db(transaction=True)
def test_nothing_that_was_answered_is_heard_or_written_anywhere(wire: Wire, settings: Any) -> None:
    settings.FORMS_PER_ADDRESS = 0
    loot = overheard(wire, 3, voters=70)
    assert sum(group.moved.total() for group in loot.groups) == 70
    assert Participation.objects.count() == 70
    everything = "\n".join([*loot.heard.values(), *(row for rows in loot.written.values() for row in rows)])
    assert "ככה" not in everything
    assert not [line for line in wire.ear.lines if "ככה" in line or "'o1'" in line]
    assert gain(loot) <= 0.2


# -- mutants that talk -----------------------------------------------------------------------------------------------------
def _at_every_answer(monkeypatch: pytest.MonkeyPatch, do: Callable[[Any, str], None]) -> None:
    whole = receiving.anonymous

    def anonymous(request: Any, visit: Any, part: Any) -> Any:
        do(visit, next(value for name, value in request.POST.items() if name[0] == "q" and value in "12345"))
        return whole(request, visit, part)

    monkeypatch.setattr(receiving, "anonymous", anonymous)


def logs_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    _at_every_answer(monkeypatch, lambda visit, rating: logging.getLogger("surveys").info("Taken: %s", rating))


def mails_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def mail(visit: Any, rating: str) -> None:
        about = {"workspace": visit.survey.workspace, "mail_from": "us@example.test", "rcpt_to": visit.contact.email}
        OutboxMessage.objects.create(mime=f"Thank you! {'*' * int(rating)}".encode(), **about)

    _at_every_answer(monkeypatch, mail)


def exports_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def mark(visit: Any, rating: str) -> None:
        Contact.objects.filter(pk=visit.contact.pk).update(source=f"wave {rating}")

    _at_every_answer(monkeypatch, mark)


def shows_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are as fresh as can be: what still waits to be counted is in them."""

    def published(survey: Survey, questions: Any) -> Any:
        rows = Tally.objects.filter(survey=survey).values_list("question_id", "option", "count")
        counts = Counter({(question, option): count for question, option, count in rows})
        by_id = {question.pk: question for question in questions}
        for row in SealedAnswer.objects.filter(survey=survey, sealed__isnull=False):
            answer = sealing.unseal(sealing.unwrap(survey), bytes(row.sealed or b""), token=bytes(row.token))
            for pk, value in answer.said.items():
                counts.update((pk, option) for option in parts_of(by_id[pk], value).counted)
        return [results._result(each, survey.counted, counts[(each.pk, "")], counts) for each in questions]

    monkeypatch.setattr(results, "_published", published)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leak", [logs_the_answer, mails_the_answer, exports_the_answer, shows_the_waiting])
def test_the_listener_notices_what_is_said(
    leak: Any, wire: Wire, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FORMS_PER_ADDRESS = 0
    leak(monkeypatch)
    wire.reads = leak is shows_the_waiting
    assert gain(overheard(wire, 3, voters=100)) > 0.1
