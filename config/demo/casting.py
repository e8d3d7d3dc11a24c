"""Who the demo's people are: leads, readers, old customers, the heroes by name, buyers, and who agreed to what."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.demo.cast import Browser, Cast, Person
from config.demo.story import Package


class Casting:
    """`mailed_on` is when the share mailing goes out, `known_by` when the early one does: the heroes were here before it."""

    leads: list[Person]
    readers: list[Person]
    old: list[Person]
    dana: Person
    yoav: Person
    kit_browsers: list[Browser]

    def __init__(self, cast: Cast, *, mailed_on: datetime, known_by: datetime) -> None:
        self.cast, self.story, self.figures = cast, cast.story, cast.story.figures
        self.random, self.clock = cast.random, cast.clock
        self.mailed_on, self.known_by = mailed_on, known_by

    def gather(self) -> None:
        """Everybody but the friends, who come later; buyers are drawn source by source, packages as they were sold."""
        self.leads = [
            self.cast.person(self.clock.moment(), "lead", source=source)
            for source in self.figures.sources
            for _number in range(source.leads)
        ]
        self.readers = [
            self.cast.person(self.clock.moment(), "newsletter") for _number in range(self.figures.newsletter)
        ]
        before = self.clock.start - timedelta(days=1)
        self.old = [
            self.cast.person(before + timedelta(seconds=number), "imported", source=None)
            for number in range(self.figures.imported)
        ]
        for number, person in enumerate(self.old[: self.figures.phone_only]):
            person.email, person.phone = None, person.phone or f"+97250001{number:04}"
        uri = self.old[0]
        uri.first_name, uri.last_name, uri.is_woman = {"he": "אורי", "en": "Uri"}[self.story.language], "", False
        self._heroes()
        self._buyers()
        self._browsers()

    def _heroes(self) -> None:
        """Dana, who brings Gil, and Yoav and Noa, are among the leads by name."""
        names = {"he": ("דנה", "יואב", "נועה"), "en": ("Dana", "Yoav", "Noa")}[self.story.language]
        early = [person for person in self.leads if person.created_at < self.known_by][: len(names)]
        for number, (person, name) in enumerate(zip(early, names, strict=True)):
            person.first_name, person.last_name, person.is_woman = name, "", number != 1
            latin = ("dana", "yoav", "noa")[number]
            person.email, person.phone = f"{latin}@example.test", f"+97250000{(142, 187, 119)[number]:04}"
        self.dana, self.yoav = early[:2]

    def _buyers(self) -> None:
        sold = [package for package in self.story.packages for _number in range(self._sold(package))]
        self.random.shuffle(sold)
        packages = iter(sold)
        for source in self.figures.sources:
            named = (self.dana, self.yoav)
            ours = [
                person for person in self.leads if person.source is source and not any(person is one for one in named)
            ]
            heroes = [hero for hero in named if hero.source is source]
            for person in [*heroes, *self.random.sample(ours, source.buyers - len(heroes))]:
                person.package = next(packages, self.story.packages[-1])
                person.bought_at = self.clock.soon(person.created_at, hours=96)
        for person in self.leads:
            self.cast.answer(person)
        old = self.figures.sendable - self.figures.newsletter  # consent, so that the list holds who it should
        self._consents(old)

    def _sold(self, package: Package) -> int:
        return round(package.sold * self.figures.buyers / sum(one.sold for one in self.story.packages))

    def _consents(self, wanted: int) -> None:
        """Who agreed to mails: all readers, the old customers with an address, and as many leads as make the mailing whole."""
        old = [person for person in self.old if person.email]
        for person in self.old:
            person.consents = False
        agreed = self.random.sample(old, min(len(old), round(len(old) * 0.85)))
        for person in agreed:
            person.consents = True
        early = [person for person in self.leads if person.created_at < self.mailed_on and person is not self.dana]
        late_readers = sum(person.created_at >= self.mailed_on for person in self.readers)
        missing = wanted + late_readers - len(agreed) - 1
        refused = set(map(id, self.random.sample(early, max(0, len(early) - missing))))
        for person in early:
            person.consents = id(person) not in refused

    def _browsers(self) -> None:
        for person in [*self.leads, *self.readers]:
            seen = person.created_at - timedelta(seconds=self.random.randint(300, 1200))
            person.visitor = self.cast.browser(seen, person.source)
        self.kit_browsers = [person.visitor for person in self.leads if person.visitor]
        for source in self.figures.sources:
            strangers = source.visitors - source.leads
            self.kit_browsers += [self.cast.browser(self.clock.moment(), source) for _number in range(strangers)]
