"""A person with a browser that runs no script: opens a page, fills its form, sends it, and follows where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.test import Client

from crm.models import Contact
from surveys import tokens
from surveys.models import Survey

INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ACTION = re.compile(r'<form class="p-form s-form" method="post" action="([^"]+)"')
FIELD = re.compile(r'name="(q\d+)"')


def url(survey: Survey, link: str = "", **query: str) -> str:
    asked = "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    return f"/s/{survey.code}/" + (f"{link}/" if link else "") + asked


def link_of(survey: Survey, contact: Contact) -> str:
    return tokens.make(survey.pk, contact.pk)


@dataclass
class Person:
    client: Client = field(default_factory=Client)
    page: Any = None

    def open(self, address: str) -> Any:
        self.page = self.client.get(address)
        return self.page

    @property
    def html(self) -> str:
        return self.page.content.decode()

    @property
    def hidden(self) -> dict[str, str]:
        return {name: unescape(value) for name, value in INPUT.findall(self.html)}

    @property
    def asked(self) -> list[str]:
        return list(dict.fromkeys(FIELD.findall(self.html)))

    @property
    def action(self) -> str:
        found = ACTION.search(self.html)
        assert found, self.html
        return unescape(found[1])

    def send(self, said: dict[Any, Any] | None = None, *, follow: bool = True, **more: Any) -> Any:
        """`said` by question id; `more` are other inputs."""
        body = {**self.hidden, **{f"q{pk}": value for pk, value in (said or {}).items()}, **more}
        response = self.client.post(self.action, body, headers={"Origin": "http://testserver"})
        self.page = self.client.get(response["Location"]) if follow and response.status_code == 303 else response
        return response


def vote(survey: Survey, contact: Contact, said: dict[int, Any]) -> Any:
    """One whole answer of one part, by a personal link."""
    person = Person()
    person.open(url(survey, link_of(survey, contact)))
    return person.send(said)
