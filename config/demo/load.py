"""Loading one story: people and their browsers in order of time, then two mailings as the real ledger sends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from campaigns.mailings import planning
from campaigns.mailings.models import Delivery, Mailing
from campaigns.pages.models import ShareLink
from config.demo import asking
from config.demo.acts import Acts
from config.demo.cast import Browser, Cast
from config.demo.casting import Casting
from config.demo.clock import Clock
from config.demo.log import Log
from config.demo.polls import Polls
from config.demo.replies import Replies
from config.demo.scenes import Scenes
from config.demo.story import DAYS, PASSWORD, Story
from crm.consent import granting
from crm.timeline import partitions
from crm.workspaces import founding
from crm.workspaces.models import User, Workspace

SEED = 1126
DISCOUNT = Decimal("0.85")


@transaction.atomic
def load(story: Story) -> Workspace:
    """Makes the workspace, its owner and half a year of life. Raises IntegrityError where the slug is taken."""
    partitions.prepare((timezone.now() - timedelta(days=DAYS + 31)).date(), timezone.now().date())
    owner = User.objects.filter(email=story.owner_email).first() or User.objects.create_user(
        story.owner_email, PASSWORD, name=story.owner_name, language=story.language
    )
    with translation.override(story.language):
        workspace = founding.found(owner, name=story.name, slug=story.slug, language=story.language)
        Workspace.objects.filter(pk=workspace.pk).update(
            sender_name=story.name,
            sender_email=f"hello@{story.slug}.example.test",
            reply_to=f"hello@{story.slug}.example.test",
            postal_address=story.postal_address,
            phone=story.phone,
        )
        workspace.refresh_from_db()
        Telling(workspace, story, owner).tell()
    _analyse()
    return workspace


def _analyse() -> None:
    """Fresh statistics: half a year came in at once, and the first screens should not wait for the autovacuum."""
    with connection.cursor() as cursor:
        for table in ("crm_event", "crm_contact", "crm_visitor", "crm_identityedge", "campaigns_delivery"):
            cursor.execute(f"ANALYZE {table}")


class Telling:
    def __init__(self, workspace: Workspace, story: Story, owner: User) -> None:
        self.workspace, self.story, self.figures = workspace, story, story.figures
        self.random = Random(SEED)
        self.clock = Clock(self.random, timezone.now())
        self.scenes = Scenes(workspace, story, owner)
        self.fields = self.scenes.fields()
        self.cast = Cast(workspace, story, self.fields, self.random, self.clock)
        self.log = Log(workspace)
        self.acts = Acts(self.cast, self.log, story, self.fields)
        self.sunday = self.clock.evening(weekday=6, hour=19, minute=30, days_ago=14)
        self.thursday = self.clock.evening(weekday=3, hour=12, minute=30, days_ago=24)

    def tell(self) -> None:
        self.newsletter, self.customers = self.scenes.make_list("newsletter"), self.scenes.make_list("customers")
        self.kit = self.scenes.kit_page(self.fields, self.newsletter)
        self.share = self.scenes.share_page(self.newsletter)
        self.kit_version = self.scenes.published_at(self.kit, self.clock.start - timedelta(days=1))
        self.share_version = self.scenes.published_at(self.share, self.sunday - timedelta(days=2))
        self.people = Casting(self.cast, mailed_on=self.sunday, known_by=self.thursday)
        self.people.gather()
        self.save_people()
        self.the_early_mailing()
        self.the_share_mailing()
        self.scenes.draft_mailing(self.newsletter)
        self.the_man_without_a_website()
        self.asking_the_buyers()
        self.log.write()
        self.the_surveys()
        self.scenes.segments(self.fields, self.sharing)
        self.scenes.funnels(self.kit, self.share, self.sharing)

    # -- saving ----------------------------------------------------------------------------------------------------------

    def save_people(self) -> None:
        everybody = sorted(self.cast.people, key=lambda person: person.created_at)
        self.cast.save_people(everybody)
        self.cast.save_browsers(self.cast.browsers)
        self.cast.save_identities(everybody)
        self.acts.visits(self.kit, self.people.kit_browsers, self._kit_readers())
        block = self._form_block(self.kit_version)
        self.acts.joined(self.people.leads, self.kit, [self.newsletter])
        self.acts.joined(self.people.readers, None, [self.newsletter])
        self.acts.leads(self.people.leads, self.kit_version, block)
        self.acts.consent(
            [one for one in [*self.people.leads, *self.people.readers] if one.consents], self.kit_version, block, "form"
        )
        self.acts.joined(self.people.old, None, [])
        self.acts.consent([one for one in self.people.old if one.consents], self.kit_version, "", "import")
        buyers = [person for person in self.people.leads if person.bought_at]
        self.acts.purchases(buyers)
        self.acts.subscribe(buyers, self.customers)
        again = [one for one in buyers if one.bought_at and one.bought_at < self.clock.now - timedelta(days=20)]
        self.again = self.acts.buy_again(self.random.sample(again, min(len(again), self.figures.bought_again)))

    def _kit_readers(self) -> set[int]:
        """Who stayed to read: everybody who left details, and enough others of each source."""
        readers = {person.visitor.pk for person in self.people.leads if person.visitor}
        for source in self.figures.sources:
            others = [one.pk for one in self.people.kit_browsers if one.source is source and one.pk not in readers]
            readers.update(self.random.sample(others, min(len(others), source.engaged - source.leads)))
        return readers

    def _form_block(self, version: Any) -> str:
        return next(block["id"] for block in version.blocks if block["type"] == "form")

    # -- mailings ----------------------------------------------------------------------------------------------------------

    def the_early_mailing(self) -> None:
        """To whoever was on the list by then; four in ten weeks later it is the one that did less well."""
        early = [one for one in self.cast.people if one.consents and one.email and one.created_at < self.thursday]
        self.acts.subscribe(early, self.newsletter)
        mailing = self._sent(
            self.scenes.early_mailing(self.newsletter, self.kit), self.thursday, failed=16, uncertain=0
        )
        accepted = self._contacts(mailing, "accepted")
        opened = self.random.sample(accepted, round(len(accepted) * self.figures.early_open_rate))
        robots = self.random.sample(accepted, len(accepted) // 7)
        self.acts.opened(mailing, opened, robots, self.thursday)
        self.acts.clicked(
            mailing, self.random.sample(opened, len(opened) // 6), list(mailing.links.all()), self.thursday
        )

    def the_share_mailing(self) -> None:
        self._fill_the_list()
        mailing = self.scenes.share_mailing(self.newsletter, self.share, self.kit)
        figures = self.figures
        self.sharing = self._sent(mailing, self.sunday, failed=figures.failed, uncertain=figures.uncertain)
        accepted = self._contacts(self.sharing, "accepted")
        others = [pk for pk in accepted if pk != self.people.dana.pk]
        opened = [self.people.dana.pk, *self.random.sample(others, min(len(others), figures.opened) - 1)]
        robots = self.random.sample(accepted, min(len(accepted), figures.opened_by_robots))
        self.acts.opened(self.sharing, opened, robots, self.sunday)
        links = sorted(self.sharing.links.all(), key=lambda link: link.label != self.story.words["mail_share"])
        clicked = [self.people.dana.pk, *self.random.sample(opened[1:], figures.clicked - 1)]
        when = self.acts.clicked(self.sharing, clicked, links, self.sunday)
        self.acts.clicked(
            self.sharing,
            self.random.sample(accepted, figures.clicked_by_robots),
            links,
            self.sunday,
            robot="mail scanner",
        )
        self._the_sharing(when)
        later = [
            one
            for one in self.cast.people
            if one.consents and one.email and one.created_at >= self.sunday and one.group != "friend"
        ]
        self.acts.subscribe(later, self.newsletter)

    def _fill_the_list(self) -> None:
        """Everybody on the list by that Sunday: with consent, and some who will be skipped, each for a reason."""
        between = [
            one
            for one in self.cast.people
            if one.consents and one.email and self.thursday <= one.created_at < self.sunday
        ]
        refused = [one for one in self.people.leads if not one.consents and one.created_at < self.sunday]
        unwilling = self.random.sample(refused, min(len(refused), self.figures.no_consent))
        without = [one for one in self.people.old if not one.email][: self.figures.no_address]
        blocked = [one for one in self.people.old if one.email and not one.consents][: self.figures.suppressed]
        self.acts.subscribe(
            [*between, *unwilling, *without, *blocked], self.newsletter, at=self.sunday - timedelta(days=1)
        )
        self.acts.consent(blocked, self.kit_version, "", "import")
        for person in blocked:
            granting.suppress(self.workspace, "email", person.email or "", reason="by_hand")

    def _sent(
        self,
        mailing: Mailing,
        at: datetime,
        *,
        failed: int,
        uncertain: int,
        each: Mapping[int, datetime] | None = None,
    ) -> Mailing:
        """Frozen by the real verb; then every row goes along the ledger's arrows to where the story has it."""
        mailing = planning.start(mailing, self.scenes.owner)
        while planning.freeze(mailing.pk):
            pass
        rows = Delivery.objects.filter(mailing=mailing, state="queued")
        ids = list(rows.values_list("pk", flat=True))
        keep = set(rows.filter(contact_id=self.people.dana.pk).values_list("pk", flat=True))
        unlucky = self.random.sample([pk for pk in ids if pk not in keep], min(len(ids) // 10, failed + uncertain))
        everyone = Delivery.objects.filter(pk__in=ids)
        everyone.update(state="claimed", lease_until=self.clock.now)
        everyone.update(state="sending", attempts=1)
        done = {"finished_at": at + timedelta(minutes=6), "lease_until": None}
        bad, lost = unlucky[:failed], unlucky[failed:]
        everyone.filter(pk__in=bad).update(
            state="failed", failure="dead", reply_code=550, reply_text="5.1.1 no such user", **done
        )
        everyone.filter(pk__in=lost).update(state="uncertain", **done)
        everyone.filter(state="sending").update(state="accepted", reply_code=250, reply_text="OK", **done)
        accepted, refused = self._contacts(mailing, "accepted"), self._contacts(mailing, "failed")
        self.acts.mailed(mailing, accepted, refused, at, each=each)
        Mailing.objects.filter(pk=mailing.pk).update(
            status="sent",
            started_at=at,
            finished_at=at + timedelta(minutes=6),
            created_at=at - timedelta(days=1),
            updated_at=at,
        )
        return Mailing.objects.get(pk=mailing.pk)

    def _contacts(self, mailing: Mailing, state: str) -> list[int]:
        deliveries = mailing.deliveries.filter(state=state).order_by("pk")
        return [pk for pk in deliveries.values_list("contact_id", flat=True) if pk]

    # -- friends -----------------------------------------------------------------------------------------------------------

    def _the_sharing(self, when: dict[int, datetime]) -> None:
        figures = self.figures
        self.acts.came_by_link(self.share, when)
        others = [contact for contact in when if contact != self.people.dana.pk]
        sharers = [self.people.dana.pk, *self.random.sample(others, figures.shared - 1)]
        links = self.acts.share(self.share, sharers, when)
        landings = [(links[0], self.acts.land(links[0])) for _number in range(2)]
        weights = [min(self.random.paretovariate(1.2), 6.0) for _link in links]
        chosen = self.random.choices(links[1:], weights[1:], k=figures.landed - len(landings))
        landings += [(link, self.acts.land(link)) for link in chosen]
        self.cast.save_browsers([browser for _link, browser in landings])
        for link, browser in landings:
            self.acts.landed(self.share, link, browser)
        self.acts.robots_land(self.share, links, figures.landed_robots)
        gil = [landings[0]]
        self._join(gil + self.random.sample(landings[2:], figures.joined - 1))

    def _join(self, landings: list[tuple[ShareLink, Browser]]) -> None:
        friends = []
        for number, (link, browser) in enumerate(landings):
            person = self.cast.person(browser.created_at + timedelta(minutes=3), "friend", visitor=browser)
            person.created_at = min(person.created_at, self.clock.now - timedelta(seconds=30))
            if number == 0:
                name = {"he": "גיל", "en": "Gil"}[self.story.language]
                person.first_name, person.last_name, person.is_woman = name, "", False
                person.email, person.phone = "gil@example.test", "+972500000231"
            friends.append((person, link))
        people = [person for person, _link in friends]
        self.cast.save_people(people)
        self.cast.save_identities(people)
        block = self._form_block(self.share_version)
        self.acts.joined(people, self.share, [self.newsletter])
        self.acts.subscribe(people, self.newsletter)
        self.acts.leads(people, self.share_version, block)
        self.acts.consent(people, self.share_version, block, "form")
        names = {one.pk: f"{one.first_name} {one.last_name}".strip() for one in self.cast.people}
        self.acts.credited(self.share, friends, names)
        quick = self.story.packages[1]
        for person in self.random.sample(people[1:], self.figures.friends_bought):
            price = (quick.price * DISCOUNT).quantize(Decimal("0.01"))
            self.acts.buy(person, self.clock.soon(person.created_at, hours=60), price, quick.name)

    # -- surveys -----------------------------------------------------------------------------------------------------------

    def asking_the_buyers(self) -> None:
        """Each a week after the purchase, by the one mail that leads to the survey."""
        self.polls = Polls(self.workspace, self.story, self.random, self.clock)
        self.survey = self.polls.satisfaction()
        self.buyers = [person for person in self.people.leads if person.bought_at]
        each = {person.pk: asking.asked_at(person, self.clock) for person in self.buyers}
        mailing = self.scenes.asking_mailing(self.customers, self.survey.pk)
        sent = self._sent(mailing, min(each.values()), failed=0, uncertain=0, each=each)
        asking.tell_opens(self.log, sent, each, self.random, self.clock)

    def the_surveys(self) -> None:
        low = self.polls.answers(self.survey, self.buyers, self.people.yoav, self.again)
        Replies(self.workspace, self.story, self.clock, self.scenes.owner).tell(self.survey)
        asking.calls(self.workspace, self.scenes.owner, low, called=self.figures.called, now=self.clock.now)
        self.polls.poll([person for person in self.people.leads if person.consents])

    # -- Uri ---------------------------------------------------------------------------------------------------------------

    def the_man_without_a_website(self) -> None:
        """Phone only: saw a van in the street, called, got a quote, bought. No page view at all."""
        uri = self.people.old[0]
        options = self.fields["status"].options
        begun = self.clock.now - timedelta(days=12, hours=3)
        for number, days in ((1, 0), (3, 3), (4, 9)):
            label = options[number]["label"]
            at = begun + timedelta(days=days)
            self.log.add("status.changed", at, contact=uri.pk, subject=(number + 1, label), actor="user")
