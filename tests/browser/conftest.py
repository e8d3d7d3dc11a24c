"""The real product and an independent mail server, started once; every test opens a business of its own in real browsers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from config.launcher.test import IGNORED
from tests.sinks import Sink, running_sink

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or ""
QUIET = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"  # no test talks to anybody outside
# People's browsers: chromium without a window says so in its name, and the product rightly takes that for a robot.
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 "
    "Mobile Safari/537.36",
}
LAPTOP = {
    "viewport": {"width": 1440, "height": 900},
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
}


@dataclass(slots=True)
class Product:
    """`url` is its only origin; `sink` is where its mails arrive; `first` is the owner who opened the installation."""

    url: str
    sink: Sink
    log: Path
    owner: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`bin/run` on an empty folder, mailing through the sink. No demo: the first owner opens the installation by hand."""
    folder = tmp_path_factory.mktemp("product")
    with running_sink(folder) as sink:
        port = free_port()
        told = {name: value for name, value in os.environ.items() if name not in IGNORED and not name.startswith("PYTEST")}
        told.pop("TEST_DATABASE_URL", None)
        told |= {
            "MASHPECH_HOME": str(folder / "home"),
            "MASHPECH_DEMO": "0",
            "PORT": str(port),
            "EMAIL_URL": sink.url,
        }
        log = folder / "run.log"
        with log.open("w") as output:
            run = [sys.executable, "-m", "config.launcher.run"]
            process = subprocess.Popen(run, env=told, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            until(lambda: "Mashpech is at" in log.read_text() or process.poll() is not None, patience=180)
            assert process.poll() is None, log.read_text()
            yield Product(f"http://localhost:{port}", sink, log)
        finally:
            process.terminate()
            process.wait(60)


def until(true: Callable[[], Any], *, patience: float = 60) -> Any:
    """The first true answer, asked four times a second."""
    deadline = time.monotonic() + patience
    while not (answer := true()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.25)
    return answer


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's chromium; skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is installed by .ci/run")
    if not CHROMIUM:
        pytest.skip("needs Debian's chromium, which .ci/run installs")
    with playwright.sync_playwright() as driver:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET.split(), *sandbox, NOWHERE])
        yield browser
        browser.close()


@pytest.fixture
def device(chromium: Any, product: Product) -> Iterator[Callable[..., Any]]:
    """`device(phone=True, language="he")`: a page in a fresh profile. WhatsApp's name is not to be found, so nothing leaves."""
    contexts = []

    def fresh(*, phone: bool = False, language: str = "he") -> Any:
        locale = "he-IL" if language == "he" else "en-US"
        context = chromium.new_context(locale=locale, base_url=product.url, **(PHONE if phone else LAPTOP))
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield fresh
    for context in contexts:
        context.close()
