"""The adversary over HTTP: everything of adversary.py, and the logs of every request, the mail spool, and exports.

1,000 voters answer by the personal link of a mailing that was really sent, one request to open and one to send.
"""

from __future__ import annotations

import logging
import re
import statistics
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.mailings import sending
from config.logs import LineFormatter
from crm.models import Contact, Workspace
from surveys import receiving
from surveys.models import Participation, Survey
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, started
from tests.crm.exports.reader import body, csv_rows
from tests.crm.factories import MembershipFactory, WorkspaceFactory
from tests.surveys import adversary
from tests.surveys.adversary import Loot
from tests.surveys.browsing import Person

ONE_PER_CENT = 0.01
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
    for contact in Contact.objects.filter(workspace=wire.workspace):
        rows = [export.get(contact.email or "", "") for export in wire.exports]
        loot.written[contact.pk] = [wire.mails[contact.email or ""], *rows]
    return loot


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_a_thousand_voters_are_safe_from_whoever_listens_too(settings: Any) -> None:
    settings.FORMS_PER_ADDRESS = 0
    gains = []
    for seed in range(5):
        wire = Wire(WorkspaceFactory(with_sender=True))
        logging.getLogger().addHandler(wire.ear)
        try:
            gains.append(adversary.gain(overheard(wire, seed, voters=1000)))
        finally:
            logging.getLogger().removeHandler(wire.ear)
    assert statistics.mean(gains) <= ONE_PER_CENT, gains


@pytest.mark.django_db(transaction=True)
def test_nothing_that_was_answered_is_heard_or_written_anywhere(wire: Wire, settings: Any) -> None:
    settings.FORMS_PER_ADDRESS = 0
    loot = overheard(wire, 3, voters=70)
    assert sum(group.moved.total() for group in loot.groups) == 70
    assert Participation.objects.count() == 70
    everything = "\n".join([*loot.heard.values(), *(row for rows in loot.written.values() for row in rows)])
    assert "ככה" not in everything
    assert not [line for line in wire.ear.lines if "ככה" in line or "'o1'" in line]
    assert adversary.gain(loot) <= 0.2


@pytest.mark.django_db(transaction=True)
def test_the_listener_notices_a_log_line_with_the_answer(
    wire: Wire, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FORMS_PER_ADDRESS = 0
    whole, log = receiving.anonymous, logging.getLogger("surveys")

    def talks(request: Any, visit: Any, part: Any) -> Any:
        log.info("Taken: %s", sorted(value for name, value in request.POST.items() if value in "12345"))
        return whole(request, visit, part)

    monkeypatch.setattr(receiving, "anonymous", talks)
    assert adversary.gain(overheard(wire, 3, voters=200)) > 0.1
