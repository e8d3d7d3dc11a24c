"""A business full of odd people, and strategies for rules about them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from crm.models import Consent, Contact, ContactTag, Subscription, Workspace
from crm.segments.models import SegmentMember
from crm.timeline.recording import build, record_many
from tests.crm.factories import (
    CustomFieldFactory,
    IdentityEdgeFactory,
    ListFactory,
    SegmentFactory,
    TagFactory,
)
from tests.crm.rules.oracle import Happened, Person, World, midnight

ZONE = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 3, 27, 23, 30, tzinfo=ZONE)  # the night on which the clock goes forward here
TYPES = ["text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"]
WORDS = [
    "a", "A", "@", "שלום", "לו", "%", "_", "\\", "'", '"', "é", "É", "İ", "ı", "Σ", "ς", "ß", "Ω", "o1", "100%", "a_b",
    "--", ";", "');DROP TABLE crm_contact;--", "{{x}}", "%s", "%(a)s", "$1", "?|", "\u200f", "🙂", "👨‍👩‍👧",
    "2026-03-27", "4", "true", "null", "c.id",
]  # fmt: skip
KINDS = ["custom.visit", "custom.buy", "mailing.clicked", "referral.credited", "referral.joined"]
NUMBERS = [-1, 0, 1, 2, 2.5, 3, 4, 4.0, 5, 0.1, 1e-9, 10**12, -(10**15)]
DAYS = [(NOW + timedelta(days=n)).date() for n in (-400, -31, -30, -29, -8, -7, -1, 0, 1, 2, 7, 30, 31)]
BIRTHS = [date.fromisoformat(day) for day in (
    "1984-02-29", "2000-02-29", "1990-02-28", "1990-03-01", "1975-03-27", "1960-12-31", "1960-01-01",
    "1999-11-09",  # 30 Heshvan
    "1997-12-29", "1999-12-09",  # 30 Kislev
    "1984-03-04",  # 30 Adar I
    "1984-02-10", "1984-03-12", "1985-03-01", "1986-03-20",  # Adar I, Adar II, Adar of common years
    "1988-03-28", "1988-03-27", "2021-03-22",  # 9 or 10 Nisan, as the night of the test
)]  # fmt: skip
JUNK: list[Any] = [
    None,
    "",
    [],
    {},
    {"o1": 1},
    [["o1"]],
    0,
    False,
    True,
    "o1",
    ["o1"],
    "2026-03-27",
    "2026-3-7",
    "x026-03-27",
    4,
    "4",
    "true",
]


def text(chance: random.Random) -> str:
    return "".join(chance.choice(WORDS) for _ in range(chance.randint(0, 4)))


class Crowd:
    """The rows in the database and the same people as the oracle sees them."""

    def __init__(self, workspace: Workspace, size: int = 90, seed: int = 20260327) -> None:
        self.workspace, self.chance = workspace, random.Random(seed)
        self.fields = {kind: CustomFieldFactory(workspace=workspace, **_trait(kind)) for kind in TYPES}
        self.lists = [ListFactory(workspace=workspace) for _ in range(3)]
        self.tags = [TagFactory(workspace=workspace, name=name) for name in ("VIP", "חבר", "50% off_")]
        self.world = World(ZONE, NOW, {})
        self.people = {person.id: person for person in map(self._person, range(size))}
        self._relate()
        self._segment()

    def value(self, kind: str) -> Any:
        """A value of this type; one in four is something else altogether."""
        chance = self.chance
        if chance.random() < 0.25:
            return chance.choice(JUNK)
        return {
            "number": lambda: chance.choice(NUMBERS),
            "rating": lambda: chance.randint(1, 5),
            "date": lambda: chance.choice([*DAYS, *BIRTHS]).isoformat(),
            "yes_no": lambda: chance.random() < 0.5,
            "choice": lambda: f"o{chance.randint(1, 3)}",
            "choices": lambda: sorted({f"o{chance.randint(1, 3)}" for _ in range(chance.randint(0, 3))}),
        }.get(kind, lambda: text(chance))()

    def values(self) -> dict[str, Any]:
        chosen = [kind for kind in TYPES if self.chance.random() < 0.6]
        return {self.fields[kind].storage_key: self.value(kind) for kind in chosen}

    def _person(self, number: int) -> Person:
        chance = self.chance
        columns = {
            "email": f"{text(chance)}{number}@x.test" if chance.random() < 0.7 else None,
            "phone": f"+97250{number:07}" if chance.random() < 0.5 else None,
            "first_name": text(chance),
            "last_name": text(chance),
            "source": text(chance),
            "created_at": self.moment(),
        }
        values = self.values()
        contact = Contact.objects.create(workspace=self.workspace, values=values, **columns)
        return Person(contact.pk, columns, values)

    def moment(self) -> datetime:
        """Often within seconds of a local midnight."""
        edge = midnight(self.chance.choice(DAYS), ZONE)
        shifts = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=13), timedelta(hours=23, minutes=30))
        return edge + self.chance.choice(shifts)

    def _relate(self) -> None:
        events = []
        for person in self.people.values():
            self._belong(person)
            edge = (
                IdentityEdgeFactory(workspace=self.workspace, contact_id=person.id, contact=None)
                if self.chance.random() < 0.5
                else None
            )
            for _ in range(self.chance.choice([0, 0, 1, 2, 4])):
                happened = Happened(
                    self.chance.choice(KINDS),
                    self.chance.choice([None, 7, 8]),
                    self.moment(),
                    self.chance.random() < 0.2,
                    self.chance.choice([{}, {"position": 1}, {"position": 2}, {"position": "1"}]),
                )
                is_visit = edge and happened.kind.startswith("custom.") and self.chance.random() < 0.6
                who = {"visitor": edge.visitor_id} if is_visit else {"contact": person.id}
                verdict = "robot" if happened.robot else self.chance.choice(["human", "unknown"])
                events.append(
                    build(
                        self.workspace,
                        happened.kind,
                        subject_id=happened.subject,
                        occurred_at=happened.at,
                        verdict=verdict,
                        **happened.properties,
                        **who,
                    )
                )
                person.events.append(happened)
        record_many(events)

    def _belong(self, person: Person) -> None:
        common = {"workspace": self.workspace, "contact_id": person.id}
        for row in self.lists:
            if self.chance.random() < 0.4:
                status = self.chance.choice(["joined", "left"])
                Subscription.objects.create(list=row, status=status, **common)
                person.lists |= {row.pk} if status == "joined" else set()
        for tag in self.tags:
            if self.chance.random() < 0.3:
                ContactTag.objects.create(tag=tag, **common)
                person.tags.add(tag.name)
        for channel in ("email", "sms"):
            if self.chance.random() < 0.5:
                state = self.chance.choice(["granted", "withdrawn"])
                Consent.objects.create(channel=channel, state="granted", source="form", is_current=False, **common)
                Consent.objects.create(channel=channel, state=state, source="form", **common)
                person.consents |= {channel} if state == "granted" else set()

    def _segment(self) -> None:
        number = self.fields["number"].storage_key
        live = {"any": [{"field": number, "op": ">", "value": 1}, {"none": [{"tag": "VIP"}]}]}
        first = SegmentFactory(workspace=self.workspace, rule=live)
        second = SegmentFactory(workspace=self.workspace, rule={"none": [{"segment": first.pk}, {"consent": "sms"}]})
        fixed = SegmentFactory(workspace=self.workspace, fixed=True, rule={})
        for person in list(self.people.values())[::3]:
            SegmentMember.objects.create(workspace=self.workspace, segment=fixed, contact_id=person.id)
            person.frozen.add(fixed.pk)
        self.world.rules = {first.pk: first.rule, second.pk: second.rule}
        self.segments = [first.pk, second.pk, fixed.pk]

    def rules(self) -> st.SearchStrategy[dict[str, Any]]:
        return st.recursive(self.conditions(), _groups, max_leaves=12).map(
            lambda node: node if _is_group(node) else {"all": [node]}
        )

    def conditions(self) -> st.SearchStrategy[dict[str, Any]]:
        return st.one_of(
            self.field_conditions(),
            self.field_conditions(),
            st.builds(lambda row: {"list": row.pk}, st.sampled_from(self.lists)),
            st.builds(lambda tag: {"tag": tag.name}, st.sampled_from(self.tags)),
            st.builds(lambda pk: {"segment": pk}, st.sampled_from(self.segments)),
            st.sampled_from([{"known": True}, {"consent": "email"}, {"consent": "sms"}, {"consent": "tracking"}]),
            st.builds(
                lambda share, salt: {"percent": share, "salt": salt},
                st.sampled_from([0.5, 10, 33.33, 50, 100]),
                st.sampled_from(["א", "b"]),
            ),
            referral_conditions(),
            event_conditions(),
        )

    def field_conditions(self) -> st.SearchStrategy[dict[str, Any]]:
        columns = [
            ("email", "text"),
            ("phone", "text"),
            ("first_name", "text"),
            ("source", "text"),
            ("created_at", "moment"),
        ]
        custom = [(self.fields[kind].storage_key, kind) for kind in TYPES]
        return st.sampled_from([*columns, *custom]).flatmap(lambda pair: _asked(*pair))


def _trait(kind: str) -> dict[str, Any]:
    return {} if kind == "text" else {kind: True}


def _is_group(node: dict[str, Any]) -> bool:
    return any(group in node for group in ("all", "any", "none"))


def _groups(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda group, members: {group: members},
        st.sampled_from(["all", "any", "none"]),
        st.lists(nodes, min_size=1, max_size=4),
    )


def _asked(name: str, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    bare = st.sampled_from(["empty", "filled"]).map(lambda op: {"field": name, "op": op})
    if kind in ("date", "moment"):
        relative = _node(name, ["last", "next", "in", "older", "annual_next", "hebrew_next"], st.integers(0, 400))
        months = _node(name, ["annual_month", "hebrew_month"], st.integers(1, 12))
        today = st.sampled_from(["annual_today", "hebrew_today"]).map(lambda op: {"field": name, "op": op})
        absolute = _node(name, ["on", "before", "after"], st.sampled_from(DAYS).map(lambda day: day.isoformat()))
        pair = st.lists(st.sampled_from(DAYS), min_size=2, max_size=2).map(
            lambda days: [day.isoformat() for day in sorted(days)]
        )
        dated = st.one_of(relative, relative, months, today, absolute, _node(name, ["between"], pair))
        return dated if kind == "moment" else st.one_of(dated, bare)
    if kind in ("number", "rating"):
        numbers = st.one_of(st.sampled_from(NUMBERS), st.integers(-10, 10), st.floats(-100, 100, allow_nan=False))
        single = _node(name, [">=", "<=", ">", "<", "="], numbers)
        return st.one_of(single, _node(name, ["between"], st.lists(numbers, min_size=2, max_size=2).map(sorted)), bare)
    if kind in ("choice", "choices"):
        ids = st.lists(st.sampled_from(["o1", "o2", "o3"]), min_size=1, max_size=3, unique=True)
        return st.one_of(_node(name, ["one_of"], ids), bare)
    if kind == "yes_no":
        return st.one_of(_node(name, ["is"], st.booleans()), bare)
    words = st.one_of(st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join))
    words = words.filter(lambda word: bool(word.strip()))
    return st.one_of(_node(name, ["contains", "equals", "starts"], words), bare)


def _node(name: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda op, value: {"field": name, "op": op, "value": value}, st.sampled_from(ops), values)


def event_conditions() -> st.SearchStrategy[dict[str, Any]]:
    times = st.one_of(
        st.tuples(st.sampled_from([">=", "=", "<="]), st.integers(1, 4)),
        st.tuples(st.just(">"), st.integers(0, 3)),
        st.tuples(st.just("<"), st.integers(2, 4)),
    ).map(list)
    how = {"within_days": st.integers(1, 400), "times": times}
    part = {"part": st.sampled_from([1, 2]), **how}
    return st.one_of(
        st.fixed_dictionaries({"event": st.sampled_from(KINDS)}, optional={"subject": st.sampled_from([7, 8]), **how}),
        st.fixed_dictionaries({"event": st.just("mailing.clicked"), "subject": st.sampled_from([7, 8])}, optional=part),
    )


def referral_conditions() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"referral": st.sampled_from(["brought", "was_brought"])},
        optional={"within_days": st.integers(1, 400), "times": st.tuples(st.just(">="), st.integers(1, 3)).map(list)},
    )
