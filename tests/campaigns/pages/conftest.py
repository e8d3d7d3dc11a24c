"""A page on the air, people's browsers, and a process that remembers no page of an earlier test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from campaigns.pages import serving
from campaigns.pages.models import LandingPage
from campaigns.pages.publishing import publish
from campaigns.pages.starting import FRIEND, start
from crm.contacts.models import Contact
from crm.models import Workspace
from crm.visitors import cookies
from crm.visitors.models import Visitor

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
WHATSAPP_ROBOT = "WhatsApp/2.24.6.77 A"
STAMP = re.compile(r'name="stamp" value="([^"]+)"')


@pytest.fixture(autouse=True)
def _no_page_in_memory() -> Iterator[None]:
    serving.forget()
    yield
    serving.forget()


class Browser(Client):
    """One person's browser. `see(page)` opens the page; `send(page, …)` fills its form in and sends it."""

    def see(self, page: LandingPage, query: str = "", **headers: str) -> Any:
        return self.get(url_of(page) + query, headers=headers)

    def send(self, page: LandingPage, query: str = "", *, stamp: str = "", headers: Any = None, **answers: str) -> Any:
        found = stamp or STAMP.search(self.see(page, query).content.decode())[1]  # type: ignore[index]
        return self.post(url_of(page) + query, {"stamp": found, **answers}, headers=headers)

    def greet(self, contact: Contact) -> Browser:
        """As after a click on this contact's personal link."""
        self._keep(lambda response: cookies.open_session(response, contact.workspace, contact.pk))
        return self

    def follow_as(self, visitor: Visitor) -> Browser:
        self._keep(lambda response: cookies.remember(response, visitor))
        return self

    def _keep(self, put: Callable[[Any], None]) -> None:
        from django.http import HttpResponse

        response = HttpResponse()
        put(response)
        self.cookies.update(response.cookies)


def url_of(page: LandingPage) -> str:
    return f"/p/{page.workspace.slug}/{page.slug}/"


@pytest.fixture
def browser() -> Callable[..., Browser]:
    """`browser()`: a phone of its own; `browser(LAPTOP)`: another."""
    return lambda agent=PHONE: Browser(headers={"User-Agent": agent, "Accept-Language": "he"})


@pytest.fixture
def phone(browser: Callable[..., Browser]) -> Browser:
    return browser()


@pytest.fixture
def page(workspace: Workspace) -> LandingPage:
    """Known people see a greeting and the share button, strangers a form; on the air."""
    made = start(workspace, name="לתת לחבר רכב נקי", language="he", template=FRIEND, slug="friend")
    publish(made, by=None)
    return made
