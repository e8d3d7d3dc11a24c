"""What happened in the half year, told to the log: visits, leads, purchases, two mailings, shares and friends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.pages.models import LandingPage, PageVersion, Referral, ShareLink, Submission
from campaigns.pages.sharing import ALPHABET
from config.demo.cast import Browser, Cast, Person
from config.demo.log import Log, copy_rows
from config.demo.story import Source, Story
from crm.contacts.models import CustomField, List

REFILL = Decimal(59)
ROBOTS = ("WhatsApp/2.23", "facebookexternalhit", "TelegramBot")


def came_from(source: Source | None) -> dict[str, Any]:
    return {"source": source.name, "medium": source.medium} if source else {}


class Acts:
    def __init__(self, cast: Cast, log: Log, story: Story, fields: dict[str, CustomField]) -> None:
        self.cast, self.log, self.story, self.fields = cast, log, story, fields
        self.workspace, self.random, self.clock = cast.workspace, cast.random, cast.clock

    # -- the kit page --------------------------------------------------------------------------------------------------

    def visits(self, kit: LandingPage, browsers: Iterable[Browser], readers: set[int]) -> None:
        for browser in browsers:
            told = came_from(browser.source)
            self.log.add("page.viewed", browser.created_at, visitor=browser.pk, subject=kit, **told)
            if browser.pk in readers:
                stay = self.random.randint(15, 240)
                at = min(browser.created_at + timedelta(seconds=stay), self.clock.now)
                depth = self.random.choice((50, 75, 100))
                self.log.add("page.engaged", at, visitor=browser.pk, subject=kit, seconds=stay, depth=depth)

    def joined(self, people: Iterable[Person], page: LandingPage | None, lists: list[List]) -> None:
        """What every capture records: the contact, the form where there was one, the consent, the lists."""
        for person in people:
            told = came_from(person.source)
            at, who = person.created_at, person.pk
            self.log.add("contact.created", at, contact=who, **told)
            if page is not None:
                visitor = person.visitor.pk if person.visitor else None
                self.log.add("form.submitted", at, contact=who, visitor=visitor, subject=page, **told)
            if person.consents:
                self.log.add("consent.granted", at, contact=who, channel="email")
                for one in lists:
                    self.log.add("list.joined", at, contact=who, subject=one)

    def purchases(self, people: list[Person]) -> None:
        for person in people:
            if person.bought_at and person.package:
                self.buy(person, person.bought_at, person.package.price, person.package.name)

    def buy(self, person: Person, at: datetime, price: Decimal, product: str) -> None:
        told = came_from(person.source)
        self.log.add("order.placed", at, contact=person.pk, value=price, actor="system", product=product, **told)
        customer = (5, self.fields["status"].options[4]["label"])
        self.log.add("status.changed", at, contact=person.pk, subject=customer, actor="system")

    def buy_again(self, people: list[Person]) -> dict[int, datetime]:
        """When each did."""
        when = {person.pk: self.clock.moment(after=person.bought_at) for person in people if person.bought_at}
        for person in people:
            if person.pk in when:
                self.buy(person, when[person.pk], REFILL, self.story.words["refill"])
        return when

    # -- rows beside the log ---------------------------------------------------------------------------------------------

    def subscribe(self, people: Iterable[Person], one: List, *, at: datetime | None = None) -> None:
        rows = [(self.workspace.pk, one.pk, person.pk, "joined", at or person.created_at) for person in people]
        copy_rows("crm_subscription", ("workspace_id", "list_id", "contact_id", "status", "joined_at"), rows)

    def consent(self, people: Iterable[Person], version: PageVersion, block: str, source: str) -> None:
        wording = self.story.words["consent"] if source == "form" else self.story.words["imported"]
        proof = f"page {version.page_id}, version {version.number}, block {block}" if source == "form" else ""
        rows = [
            (self.workspace.pk, person.pk, "email", "granted", source, wording, proof,
             f"198.51.100.{person.pk % 250 + 1}" if source == "form" else None, "contact", person.created_at, True)
            for person in people
        ]  # fmt: skip
        columns = ("workspace_id", "contact_id", "channel", "state", "source", "wording", "form_version", "ip", "actor",
                   "created_at", "is_current")  # fmt: skip
        copy_rows("crm_consent", columns, rows)

    def leads(self, people: Iterable[Person], version: PageVersion, block: str) -> None:
        Submission.objects.bulk_create(
            [
                Submission(
                    workspace=self.workspace,
                    page_id=version.page_id,
                    version=version,
                    block=block,
                    contact_id=person.pk,
                    visitor_id=person.visitor.pk if person.visitor else None,
                    answers=self._answers(person),
                    stamp=f"demo-{self.workspace.pk}-{version.page_id}-{person.pk}",
                    is_new_contact=True,
                    created_at=person.created_at,
                )
                for person in people
            ],
            batch_size=1000,
        )

    def _answers(self, person: Person) -> dict[str, Any]:
        said: dict[str, Any] = {"first_name": person.first_name, "email": person.email, "phone": person.phone}
        asked = ("car", "often", "matters")
        return said | {self.fields[n].storage_key: f"o{person.answers[n]}" for n in asked if n in person.answers}

    # -- a mailing -----------------------------------------------------------------------------------------------------

    def mailed(
        self,
        mailing: Any,
        accepted: list[int],
        failed: list[int],
        at: datetime,
        *,
        each: Mapping[int, datetime] | None = None,
    ) -> None:
        """`each`: when it went to whom, where it did not go to all at once."""
        for place, contact in enumerate(accepted):
            moment = each[contact] if each else at + timedelta(seconds=place // 5)
            self.log.add("mailing.sent", moment, contact=contact, subject=mailing, actor="system")
        for contact in failed:
            self.log.add("mailing.bounced", at, contact=contact, subject=mailing, actor="system", reason="dead")

    def opened(self, mailing: Any, people: list[int], robots: list[int], at: datetime) -> None:
        for contact in people:
            self.log.add("mailing.opened", self.clock.soon(at, hours=14), contact=contact, subject=mailing)
        for contact in robots:
            seen = at + timedelta(seconds=self.random.randint(2, 20))
            self.log.add("mailing.opened", seen, contact=contact, subject=mailing, robot="mail scanner")

    def clicked(
        self, mailing: Any, people: list[int], links: list[Any], at: datetime, *, robot: str = ""
    ) -> dict[int, datetime]:
        """Every person clicks the first of `links` or, now and then, another; returns when."""
        when = {}
        for contact in people:
            link = links[0] if self.random.random() < 0.78 else self.random.choice(links)
            when[contact] = at + timedelta(seconds=9) if robot else self.clock.soon(at, hours=16)
            facts: dict[str, Any] = {"position": link.position, "link": link.label, "url": link.url}
            self.log.add("mailing.clicked", when[contact], contact=contact, subject=mailing, robot=robot, **facts)
        return when

    # -- the share page --------------------------------------------------------------------------------------------------

    def came_by_link(self, page: LandingPage, when: dict[int, datetime]) -> dict[int, Browser]:
        """Contacts who clicked and saw the page that greets them, each in a browser of their own."""
        browsers = {contact: self.cast.browser(at) for contact, at in when.items()}
        self.cast.save_browsers(list(browsers.values()))
        rows = [(self.workspace.pk, browsers[one].pk, one, "link", 50, at) for one, at in when.items()]
        copy_rows(
            "crm_identityedge", ("workspace_id", "visitor_id", "contact_id", "source", "strength", "created_at"), rows
        )
        for contact, at in when.items():
            told: dict[str, Any] = {"source": "mail", "medium": "email"}
            self.log.add("page.viewed", at + timedelta(seconds=2), visitor=browsers[contact].pk, subject=page, **told)
        return browsers

    def share(self, page: LandingPage, sharers: list[int], when: dict[int, datetime]) -> list[ShareLink]:
        links = [
            ShareLink(
                workspace=self.workspace,
                page=page,
                contact_id=contact,
                code="".join(self.random.choices(ALPHABET, k=7)),
                created_at=when[contact] + timedelta(minutes=2),
            )
            for contact in sharers
        ]
        for link in links:
            facts: dict[str, Any] = {
                "contact": link.contact_id,
                "subject": page,
                "medium": "whatsapp",
                "code": link.code,
            }
            self.log.add("share.clicked", link.created_at, **facts)
        return ShareLink.objects.bulk_create(links)

    def land(self, link: ShareLink) -> Browser:
        """A friend opens the clean link in a browser nobody knows."""
        return self.cast.browser(self.clock.soon(link.created_at, hours=30))

    def landed(self, page: LandingPage, link: ShareLink, browser: Browser) -> None:
        told: dict[str, Any] = {"source": "share", "medium": "whatsapp"}
        at, who = browser.created_at, browser.pk
        self.log.add("page.viewed", at, visitor=who, subject=page, **told)
        self.log.add("share.landed", at + timedelta(seconds=1), visitor=who, subject=page, code=link.code, **told)

    def robots_land(self, page: LandingPage, links: list[ShareLink], count: int) -> None:
        for _number in range(count):
            link = self.random.choice(links)
            at = link.created_at + timedelta(seconds=self.random.randint(3, 40))
            told: dict[str, Any] = {"source": "share", "medium": "whatsapp", "robot": self.random.choice(ROBOTS)}
            self.log.add("share.landed", at, subject=page, code=link.code, **told)

    def credited(self, page: LandingPage, friends: list[tuple[Person, ShareLink]], names: dict[int, str]) -> None:
        Referral.objects.bulk_create(
            Referral(
                workspace=self.workspace,
                page=page,
                share_link=link,
                sharer_id=link.contact_id,
                friend_id=friend.pk,
                created_at=friend.created_at,
            )
            for friend, link in friends
        )
        for friend, link in friends:
            told: dict[str, Any] = {"source": "share", "medium": "whatsapp", "page": page.pk, "actor": "system"}
            sharer = (link.contact_id, names[link.contact_id or 0])
            name = f"{friend.first_name} {friend.last_name}".strip()
            self.log.add("referral.joined", friend.created_at, contact=friend.pk, subject=sharer, **told)
            self.log.add(
                "referral.credited", friend.created_at, contact=link.contact_id, subject=(friend.pk, name), **told
            )
