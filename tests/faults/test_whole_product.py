"""The whole product, started by its launcher, is shot at while orders come in over REST: web, worker, clock, the database's
processes, the broker, which also loses all it held, and the launcher with everything under it. Each order lets one person into
an automation; at the end everybody has done every step once and has had one mail."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from campaigns.mailings import ledger
from config.launcher.binaries import broker_program
from tests.faults.town import SLUG, address
from tests.launching import READY, Start, environment_of, home_folder, say_of
from tests.sinks import Sink, running_sink

pytestmark = pytest.mark.faults

PEOPLE = 200
PATIENCE = 240.0
LEASE = (
    ledger.CLAIM_SECONDS + 15.0
)  # what a killed sender had claimed waits so long for another, the clock's pace included
PAUSE = 4.0  # seconds between two shots, at most
OURS = {"web": "gunicorn", "worker": "config.launcher.worker", "clock": "beat", "database": "postgres: "}
SHOTS = ["web", "worker", "worker", "clock", "database", "emptied", "broker", "everything"]
BUSY = (409, 500, 502, 503)
ON_THE_WAY = {"queued", "claimed", "sending", "deferred"}
UNCERTAIN = 20 * 4  # mails that each of the worker's processes may have in its hands when it is killed


def pytest_generate_tests(metafunc: Any) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(int(os.environ.get("MASHPECH_WHOLE_SEEDS", "1"))))


class Bell:
    """A broker of our own, whose memory goes with it."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bell.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([str(broker_program()), *options], stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def empty(self) -> None:
        import redis

        with suppress(redis.RedisError):
            redis.Redis(unix_socket_path=str(self.socket)).flushall()


class Town:
    """The product as one who runs it sees it, and who shoots at it."""

    def __init__(self, home: Path, sink: Sink, logs: Path, chance: random.Random) -> None:
        self.bell, self.sink, self.logs, self.chance = Bell(home), sink, logs, chance
        told = {"BROKER_URL": self.bell.url, "EMAIL_URL": sink.url, "API_RATE": "100000/min"}
        self.told = environment_of(home, **told)
        self.key = ""
        self.starts: list[Start] = []

    def begin(self) -> None:
        self.bell.start()
        self.start()
        self.manage("shell", "-c", f"from tests.faults import town; town.found({PEOPLE})")
        self.key = self.manage("apikey", SLUG)

    def start(self) -> None:
        self.starts.append(Start(self.told, self.logs / f"run-{len(self.starts)}.log"))
        self.starts[-1].until(READY)

    def manage(self, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = say_of(self.told, *arguments, command="manage")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def tell(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            self.manage("shell", "-v", "0", "-c", "from tests.faults import town; town.tell()")
        )
        return told

    def end(self) -> None:
        for start in self.starts:
            if start.process.poll() is None:
                start.process.terminate()
                start.ends()
        self.bell.kill()

    # -- shots -------------------------------------------------------------------------------------------------------
    def shoot(self, what: str) -> None:
        others: dict[str, Callable[[], None]] = {
            "emptied": self.bell.empty, "broker": self.lose_the_broker, "everything": self.pull_the_plug,
        }  # fmt: skip
        others.get(what, lambda: self.kill_one(what))()

    def kill_one(self, what: str) -> None:
        """A process of that kind, a parent or a child."""
        found = [pid for pid in self.starts[-1].descendants() if OURS[what] in command_of(pid)]
        assert found, what
        with suppress(ProcessLookupError):
            os.kill(self.chance.choice(found), signal.SIGKILL)

    def lose_the_broker(self) -> None:
        self.bell.kill()
        time.sleep(1 + self.chance.random())
        self.bell.start()

    def pull_the_plug(self) -> None:
        """The launcher is killed, and with it all it started; then somebody starts it again."""
        self.starts[-1].process.kill()
        self.starts[-1].process.wait()
        self.start()

    # -- calls -------------------------------------------------------------------------------------------------------
    def call(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """The answer, asked again under the same key for as long as there is none."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        data = json.dumps(body).encode() if body is not None else None
        url = f"http://localhost:{self.told['PORT']}/api/v1/{path}"
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                refusal = f"{error.code} {error.read().decode()}" if error.code not in BUSY else ""
            except (OSError, ValueError):
                refusal = ""
            assert not refusal, refusal
            assert time.monotonic() < deadline, "no answer any more"
            time.sleep(0.2)


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


@pytest.fixture
def town(seed: int, tmp_path: Path) -> Iterator[Town]:
    with home_folder() as home, running_sink(tmp_path) as sink:
        town = Town(home, sink, tmp_path, random.Random(seed))
        try:
            town.begin()
            yield town
        finally:
            town.end()


def test_every_order_is_followed_once_whatever_is_killed(town: Town) -> None:
    shots = town.chance.sample(SHOTS, len(SHOTS))
    everything_shot = threading.Event()
    with ThreadPoolExecutor(4) as buyers:
        orders = [buyers.submit(buy, town, number, everything_shot) for number in range(PEOPLE)]
        for shot in shots:
            time.sleep(1 + town.chance.random() * (PAUSE - 1))
            town.shoot(shot)
        everything_shot.set()
        assert all(order.result()["kind"] == "order.placed" for order in orders)
    automation = town.call("automations/")["results"][0]["id"]
    until(lambda: town.call(f"automations/{automation}/")["counts"]["done"] == PEOPLE)
    until(lambda: not ON_THE_WAY & {state for _address, state in town.tell()["mails"]}, patience=LEASE + 60)
    assert_each_once(town.tell(), town.sink)


def until(is_so: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(1)


def buy(town: Town, number: int, in_peace: threading.Event) -> Any:
    """Orders are spread over the time of the shooting; a customer whose call was cut off sends it again."""
    in_peace.wait(0.6)
    body = {"kind": "order.placed", "email": address(number), "value": "10", "currency": "ILS"}
    return town.call("events/", body, key=f"order-{number}")


def assert_each_once(told: dict[str, Any], sink: Sink) -> None:
    everybody = Counter(map(address, range(PEOPLE)))
    assert told["orders"] == told["walks"] == everybody
    assert told["ends"] == {"done": PEOPLE}
    assert told["again"] == []
    assert sorted(told["passages"].values()) == [PEOPLE // 2] * 2 + [PEOPLE] * 5
    assert told["times"] == {"2": PEOPLE}
    assert told["joined"] == Counter(map(address, range(0, PEOPLE, 2)))
    assert told["tagged"] == Counter(map(address, range(1, PEOPLE, 2)))
    states = dict(told["mails"])
    assert len(told["mails"]) == len(states) == PEOPLE
    assert set(states.values()) <= {"accepted", "uncertain"}
    uncertain = {where for where, state in states.items() if state == "uncertain"}
    arrived = Counter(sink.recipients)
    assert {where: count for where, count in arrived.items() if count > 1} == {}
    assert set(states) - uncertain <= set(arrived) <= set(states)
    assert len(uncertain) <= UNCERTAIN
