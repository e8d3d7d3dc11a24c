"""Workers, clocks, senders and the database are killed at random while thousands walk through a flow: everybody does every
step of their way exactly once, gets its mail once, nobody is stuck, and all come to the end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns.automations import flow
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.mailings import ledger
from campaigns.mailings.models import Delivery
from crm.contacts.models import Contact
from crm.models import Event, Workspace
from crm.timeline.recording import Told, load
from tests.campaigns.automations.making import make, step
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import ListFactory, WorkspaceFactory
from tests.faults import echo
from tests.faults.workers import Nursery, nursery
from tests.sinks import Sink, running_sink

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PEOPLE = int(os.environ.get("MASHPECH_FAULT_ENROLMENTS", "500"))
PACE = 0.6  # seconds between two shots, at most
FINAL = ("accepted", "uncertain", "failed", "skipped")
AGAIN = 10  # one of so many comes twice
PATIENCE = 120.0 + PEOPLE / 20
VICTIM = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
ORDER BY state = 'active' DESC, random() LIMIT 1
"""


def pytest_generate_tests(metafunc: Any) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(int(os.environ.get("MASHPECH_FAULT_SEEDS", "10"))))


@pytest.fixture
def workspace() -> Workspace:
    echo.register()
    return WorkspaceFactory(with_sender=True)


@pytest.fixture
def people(workspace: Workspace) -> list[Contact]:
    names = ("דנה", "יואב", "נועה")
    return Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=f"p{n}@example.test", first_name=names[n % 3]) for n in range(PEOPLE)],
        batch_size=2000,
    )


def journey(workspace: Workspace) -> Automation:
    """A mail, waits, a branch, a split, a hope, changes of the contact, and echoes that tell on whoever does them twice."""
    is_dana = {"field": "first_name", "op": "equals", "value": "דנה"}
    branch = step(
        "branch",
        paths=[
            {"rule": is_dana, "steps": [step("tag", tag="דנה"), step("echo")]},
            {"rule": {}, "steps": [step("join", list=ListFactory(workspace=workspace).pk)]},
        ],
    )
    split = step(
        "split", paths=[{"percent": 40, "steps": [step("tag", tag="ארבעים")]}, {"percent": 60, "steps": [step("echo")]}]
    )
    hope = step(
        "hope",
        event="cart.updated",
        amount=3,
        unit="minutes",
        paths=[{"steps": [step("tag", tag="נשלח")]}, {"steps": [step("wait", amount=1, unit="minutes")]}],
    )
    mail = step("mail", mailing=MailingFactory(workspace=workspace, service=True).pk, rest=False)
    steps = [step("tag", tag="נכנס"), step("wait", amount=1, unit="minutes"), mail, branch, split, hope, step("echo")]
    placed = {"on": "event", "event": "order.placed"}
    return make(workspace, *steps, on=placed, at=datetime.now(UTC), again="always")


def happen(workspace: Workspace, kind: str, contacts: list[int]) -> None:
    """Kept even when the database dies in the next moment, so that what follows is not excused by a loss."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")
        told = (Told(kind, contact) for contact in contacts)
        load(workspace.pk, told, occurred_at=datetime.now(UTC), source="", actor="api")


def test_everybody_does_every_step_once_whatever_is_killed(
    workspace: Workspace, people: list[Contact], seed: int, tmp_path: Path
) -> None:
    chance, automation = random.Random(seed), journey(workspace)
    ids = [contact.pk for contact in people]
    coming = ids + ids[::AGAIN]
    chance.shuffle(coming)
    shots = shots_of(chance)

    def carts() -> bool:
        happen(workspace, "cart.updated", chance.sample(ids, len(ids) // 20))
        return True

    with (
        running_sink(tmp_path) as sink,
        nursery(chance, "automations") as workers,
        nursery(chance, "sending", EMAIL_URL=sink.url) as senders,
    ):
        for _worker in range(3):
            workers.start()
        senders.start()
        half = len(coming) // 2
        happen(workspace, "order.placed", coming[:half])
        under_fire({"worker": workers, "sender": senders}, shots[:7], carts, until=lambda: walked() > len(coming))
        happen(workspace, "order.placed", coming[half:])
        under_fire({"worker": workers, "sender": senders}, shots[7:], carts, until=lambda: over(len(coming)))
        assert (workers.kills, senders.kills) == (shots.count("worker"), shots.count("sender"))
        assert_each_once(automation, coming)
        assert_each_mail_once(coming, sink, most_uncertain=ledger.GROUP * len(shots))


def shots_of(chance: random.Random) -> list[str]:
    """What is killed, in which order: mostly workers, sometimes the connection of one, once the whole database."""
    shots = ["worker"] * 8 + ["sender"] * 3 + ["connection"] * 4
    chance.shuffle(shots)
    shots.insert(chance.randrange(2, 10), "database")
    return shots


def under_fire(
    hands: dict[str, Nursery], shots: list[str], meanwhile: Callable[[], bool], *, until: Callable[[], bool]
) -> None:
    """Shoots all, one after the other, while something goes on; then looks on until it is so."""
    end, next_shot = time.monotonic() + PATIENCE, time.monotonic()
    while time.monotonic() < end:
        is_so = answer(until)
        if is_so and not shots:
            return
        if shots and time.monotonic() > next_shot and answer(lambda: Enrolment.objects.exists()):
            shoot(hands, shots.pop())
            next_shot = time.monotonic() + 0.1 + hands["worker"].chance.random() * PACE
        answer(meanwhile)
        time.sleep(0.2)
    stands = Counter(Enrolment.objects.values_list("state", "step", "trouble"))
    mails = Counter(Delivery.objects.values_list("state"))
    raise AssertionError(f"not over after {PATIENCE} seconds: {stands} {mails}")


def answer(ask: Callable[[], bool]) -> bool:
    """What the database says; no, while it is away."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        connection.close()
        return False


def shoot(hands: dict[str, Nursery], what: str) -> None:
    if what in hands:
        hands[what].kill_one()
        hands[what].start()
        return
    with connection.cursor() as cursor:
        cursor.execute(VICTIM)
        for (backend,) in cursor.fetchall():
            if what == "database" and is_ours(backend):
                os.kill(backend, signal.SIGKILL)  # at which the server ends all its connections and reads its log again
            else:
                cursor.execute("SELECT pg_terminate_backend(%s)", [backend])


def is_ours(backend: int) -> bool:
    """Whether that number is a process of this machine's database, and ours to kill."""
    with suppress(OSError):
        return Path(f"/proc/{backend}/cmdline").read_text().startswith("postgres:") and os.access(
            f"/proc/{backend}/environ", os.R_OK
        )
    return False


def walked() -> int:
    return Passage.objects.count()


def over(count: int) -> bool:
    """Whether so many walks are at their end, and no mail of theirs is on its way."""
    has_mail = Delivery.objects.exclude(state__in=FINAL).exists()
    return not has_mail and Enrolment.objects.exclude(state=Enrolment.State.ACTIVE).count() == count


def assert_each_once(automation: Automation, coming: list[int]) -> None:
    walks = list(Enrolment.objects.select_related("version"))
    assert Counter(one.contact_id for one in walks) == Counter(coming)
    assert {(one.state, one.reason) for one in walks} == {("done", "")}
    passed: dict[int, list[Passage]] = {one.pk: [] for one in walks}
    for passage in Passage.objects.order_by("pk"):
        passed[passage.enrolment_id].append(passage)
    for one in walks:
        assert [passage.step for passage in passed[one.pk]] == list(way_of(automation, passed[one.pk]))
    for kind in ("automation.entered", "automation.left"):
        assert Counter(contacts_of(kind)) == Counter(coming), kind
    assert_effects_once([passage for listed in passed.values() for passage in listed], automation, walks)


def way_of(automation: Automation, passages: list[Passage]) -> Iterator[str]:
    """The steps of a walk from the first to the last, by the paths it was given."""
    assert automation.version is not None
    chosen = {passage.step: passage.path for passage in passages}
    here = flow.first(automation.version.flow)
    while here:
        yield here
        here = flow.after(automation.version.flow, here, chosen[here])


def assert_effects_once(passages: list[Passage], automation: Automation, walks: list[Enrolment]) -> None:
    assert automation.version is not None
    kinds = {said["id"]: said for said in flow.walk(automation.version.flow["steps"])}
    people = {one.pk: one.contact_id for one in walks}
    heard = Event.objects.filter(kind=echo.KIND).values_list("properties__enrolment", "properties__step")
    echoes = [(passage.enrolment_id, passage.step) for passage in passages if kinds[passage.step]["type"] == "echo"]
    assert Counter(heard) == Counter(echoes)
    tagged = {
        (people[passage.enrolment_id], kinds[passage.step]["tag"])
        for passage in passages
        if kinds[passage.step]["type"] == "tag"
    }
    assert Counter(Event.objects.filter(kind="tag.added").values_list("contact_id", "subject_label")) == Counter(tagged)
    joined = {people[passage.enrolment_id] for passage in passages if kinds[passage.step]["type"] == "join"}
    assert Counter(contacts_of("list.joined")) == Counter(joined)
    happened = {passage.path for passage in passages if kinds[passage.step]["type"] == "hope"}
    assert len(happened) == 2, "everybody's hope ended the same way, which proves little"


def assert_each_mail_once(coming: list[int], sink: Sink, *, most_uncertain: int) -> None:
    """One row of the ledger for each walk; what it calls accepted has arrived, and nothing arrived that it does not know of.
    A sender that is killed with a mail in its hand cannot say whether it went: that one is called uncertain, not sent twice."""
    rows = list(Delivery.objects.values_list("contact_id", "address", "state"))
    assert Counter(contact for contact, _address, _state in rows) == Counter(coming)
    assert {state for _contact, _address, state in rows} <= {"accepted", "uncertain"}
    accepted = Counter(address for _contact, address, state in rows if state == "accepted")
    uncertain = Counter(address for _contact, address, state in rows if state == "uncertain")
    assert uncertain.total() <= most_uncertain
    arrived = Counter(sink.recipients)
    assert accepted - arrived == Counter()
    assert arrived - accepted - uncertain == Counter()


def contacts_of(kind: str) -> list[int]:
    return list(Event.objects.filter(kind=kind).values_list("contact_id", flat=True))
