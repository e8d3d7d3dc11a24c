"""The real product and an independent mail server, started once; every test opens a business of its own in real browsers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.launching import environment_of, home_folder, started
from tests.sinks import Sink, running_sink

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


@contextmanager
def running_product(folder: Path, *, demo: bool = False) -> Iterator[Product]:
    """`bin/run` on an empty folder, mailing through the sink."""
    with running_sink(folder) as sink, home_folder() as home:
        told = environment_of(home, EMAIL_URL=sink.url, MASHPECH_DEMO="1" if demo else "0")
        with started(told, folder / "run.log"):
            yield Product(f"http://localhost:{told['PORT']}", sink, folder / "run.log")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Without the demo: the first owner opens the installation by hand."""
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """With the demo's two businesses, so that every screen has something to show."""
    with running_product(tmp_path_factory.mktemp("furnished"), demo=True) as running:
        yield running


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


@contextmanager
def profiles(chromium: Any, product: Product) -> Iterator[Callable[..., Any]]:
    """`profile(phone=True, language="he")`: a page in a fresh profile. WhatsApp's name is not to be found: nothing leaves."""
    contexts = []

    def fresh(*, phone: bool = False, language: str = "he", **more: Any) -> Any:
        locale = "he-IL" if language == "he" else "en-US"
        context = chromium.new_context(locale=locale, base_url=product.url, **(PHONE if phone else LAPTOP), **more)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    try:
        yield fresh
    finally:
        for context in contexts:
            context.close()


@pytest.fixture
def device(chromium: Any, product: Product) -> Iterator[Callable[..., Any]]:
    with profiles(chromium, product) as profile:
        yield profile
