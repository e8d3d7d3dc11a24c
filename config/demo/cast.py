"""The people: leads of the page, old customers who were imported, readers of the newsletter, friends; and their browsers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from config.demo.clock import Clock
from config.demo.log import copy_rows
from config.demo.story import Package, Source, Story
from crm.contacts.models import Contact, CustomField
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace

PHONES = 0.68  # of the visits come from a phone
LATIN = "bcdfghklmnprst"


@dataclass(slots=True)
class Person:
    """One contact to be. `visitor` is the browser they came with, if any; `pk` is filled when they are saved."""

    created_at: datetime
    group: str  # lead, newsletter, imported, friend
    first_name: str
    last_name: str = ""
    email: str | None = None
    phone: str | None = None
    is_woman: bool = False
    source: Source | None = None
    consents: bool = True
    package: Package | None = None
    bought_at: datetime | None = None
    answers: dict[str, int] = field(default_factory=dict)  # name of the field -> number of the option, from 1
    visitor: Browser | None = None
    pk: int = 0


@dataclass(slots=True)
class Browser:
    created_at: datetime
    device: str
    source: Source | None = None
    pk: int = 0


class Cast:
    def __init__(
        self, workspace: Workspace, story: Story, fields: dict[str, CustomField], random: Random, clock: Clock
    ) -> None:
        self.workspace, self.story, self.fields, self.random, self.clock = workspace, story, fields, random, clock
        self.people: list[Person] = []
        self.browsers: list[Browser] = []
        self._numbers = iter(range(1000, 10_000))

    # -- making -----------------------------------------------------------------------------------------------------

    def person(self, at: datetime, group: str, **fields: Any) -> Person:
        is_woman = self.random.random() < 0.52
        names = self.story.women if is_woman else self.story.men
        number = next(self._numbers)
        person = Person(
            at,
            group,
            self.random.choice(names),
            self.random.choice(self.story.initials) + ("׳" if self.story.language == "he" else "."),
            email=f"{''.join(self.random.choices(LATIN, k=5))}{number}@example.test",
            phone=f"+97250000{number:04}" if self.random.random() < 0.86 else None,
            is_woman=is_woman,
        )
        for name, value in fields.items():
            setattr(person, name, value)
        self.people.append(person)
        return person

    def browser(self, at: datetime, source: Source | None = None) -> Browser:
        device = "phone" if self.random.random() < PHONES else "desktop" if self.random.random() < 0.9 else "tablet"
        browser = Browser(at, device, source)
        self.browsers.append(browser)
        return browser

    def answer(self, person: Person) -> None:
        """Three answers; the first line of the business's table that fits names the package."""
        car, often, matters = self.random.randint(1, 4), self.random.randint(1, 3), self.random.randint(1, 4)
        person.answers = {"car": car, "often": often, "matters": matters}
        person.package = person.package or self.story.packages[fitting(car, often, matters)]
        if self.random.random() < 0.7:
            person.answers["area"] = self.random.randint(1, 6)

    # -- saving -----------------------------------------------------------------------------------------------------

    def save_people(self, people: list[Person]) -> None:
        contacts = Contact.objects.bulk_create([self._contact(person) for person in people], batch_size=1000)
        for person, contact in zip(people, contacts, strict=True):
            person.pk = contact.pk
        # `updated_at` is set by saving; lists open on what changed last, so it must tell the story's time
        for contact, person in zip(contacts, people, strict=True):
            contact.updated_at = person.bought_at or person.created_at
        Contact.objects.bulk_update(contacts, ["updated_at"], batch_size=1000)

    def _contact(self, person: Person) -> Contact:
        return Contact(
            workspace=self.workspace,
            email=person.email,
            phone=person.phone,
            first_name=person.first_name,
            last_name=person.last_name,
            values=self._values(person),
            source=(person.source.name if person.source else "")
            or {"imported": "import", "friend": "share"}.get(person.group, "page"),
            created_at=person.created_at,
        )

    def _values(self, person: Person) -> dict[str, Any]:
        values: dict[str, Any] = {
            self.fields[name].storage_key: f"o{number}" for name, number in person.answers.items()
        }
        values[self.fields["gender"].storage_key] = "o2" if person.is_woman else "o1"
        values[self.fields["status"].storage_key] = "o5" if person.bought_at else "o1"
        if person.package and person.answers.get("car"):
            values[self.fields["kit"].storage_key] = f"o{self.story.packages.index(person.package) + 1}"
        if self.random.random() < 0.3:
            born = self.clock.now.date() - timedelta(days=self.random.randint(20 * 365, 66 * 365))
            values[self.fields["birth_date"].storage_key] = born.isoformat()
        return values

    def save_browsers(self, browsers: list[Browser]) -> None:
        rows = [
            Visitor(
                workspace=self.workspace,
                key=UUID(int=self.random.getrandbits(128), version=4),
                device=browser.device,
                created_at=browser.created_at,
            )
            for browser in browsers
        ]
        for browser, visitor in zip(browsers, Visitor.objects.bulk_create(rows, batch_size=2000), strict=True):
            browser.pk = visitor.pk

    def save_identities(self, people: list[Person]) -> None:
        rows = [
            (self.workspace.pk, person.visitor.pk, person.pk, "form", 90, person.created_at)
            for person in people
            if person.visitor
        ]
        copy_rows(
            "crm_identityedge", ("workspace_id", "visitor_id", "contact_id", "source", "strength", "created_at"), rows
        )


def fitting(car: int, often: int, matters: int) -> int:
    """The number of the package that answers lead to: the first line that fits."""
    if matters == 3:
        return 0
    if matters == 4 and often != 3:
        return 1
    if matters == 2:
        return 2 if car == 2 else 3
    return 4 if often == 3 else 5
