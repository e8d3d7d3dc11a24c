"""The adversary of anonymous surveys, who holds everything but the keys outside the database.

They watched every request (who answered when), read the whole database after every answer (with `xmin`, `ctid` and the
numbers of the sequences), polled the results after each, and half of the voters told them what they had answered: a quarter to
learn from, a quarter to choose the best attack by. Used on the others, it must do no better than guessing the commonest answer
of each published group. Over HTTP (test_adversary_http.py) they hold besides what was heard of every request - the logs, the
size of the answer - the mail each voter got, and the exports.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from crm.models import Contact, Workspace
from surveys import tallying
from surveys.models import Survey
from tests.crm.factories import WorkspaceFactory
from tests.surveys.factories import make_survey

PROMISED = 5  # the smallest group that may ever be told apart
TABLES = ("surveys_survey", "surveys_sealedanswer", "surveys_tally", "surveys_remark", "surveys_participation")
Row = dict[str, Any]
Guess = dict[int, int]
Answer = Callable[[Survey, dict[int, Any], Contact], str]  # one person answers; returns what was heard of it


@dataclass
class Group:
    """What became known at once: who is said to have taken part, how the ratings moved, which rows appeared."""

    who: list[int]
    moved: Counter[int]
    people: list[Row]
    events: list[Row]
    remarks: list[Row]


@dataclass
class Loot:
    truth: Guess = field(default_factory=dict)
    sealed_of: dict[int, Row] = field(default_factory=dict)  # by the order of the log: whose envelope came when
    groups: list[Group] = field(default_factory=list)
    taught: set[int] = field(default_factory=set)  # who told what they had answered, to learn from
    trusted: set[int] = field(default_factory=set)  # who told it too, to choose the best attack by
    before: dict[str, list[Row]] = field(default_factory=dict)
    during: list[dict[str, list[Row]]] = field(default_factory=list)
    after: dict[str, list[Row]] = field(default_factory=dict)
    heard: dict[int, str] = field(default_factory=dict)  # by voter: logs of their requests, sizes of what came back
    written: dict[int, list[str]] = field(default_factory=dict)  # by voter: their mail, their rows of the exports


# -- playing ---------------------------------------------------------------------------------------------------------------
def answer_by_verb(survey: Survey, said: dict[int, Any], contact: Contact) -> str:
    tallying.take_part(survey, said, contact=contact)
    return ""


def play(seed: int, *, voters: int = 1000, answer: Answer = answer_by_verb, workspace: Workspace | None = None) -> Loot:
    """One survey from its opening to its close; the clock comes at moments of its own."""
    chance = random.Random(seed)
    workspace = workspace or WorkspaceFactory()
    survey = make_survey(workspace, "rating", "choice", "long_text")
    tallying.open_anonymous(survey)
    people = Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=f"v{n}@example.test") for n in range(voters)]
    )
    chance.shuffle(people)
    loot = Loot(before=dump(survey))
    weights = [chance.random() + 0.05 for _rating in range(5)]
    watch = Watch(survey, loot)
    for place, contact in enumerate(people):
        rating = chance.choices(range(1, 6), weights)[0]
        loot.truth[contact.pk] = rating
        loot.heard[contact.pk] = answer(survey, said(survey, rating, chance), contact)
        watch.see(contact.pk)
        while chance.random() < 0.25 and tallying.count_batch(survey):
            watch.see()
        if place % (voters // 3) == 1:
            loot.during.append(dump(survey))
    while tallying.count_batch(survey):
        watch.see()
    tallying.close(survey)
    watch.see()
    loot.after = dump(survey)
    confessed = chance.sample(sorted(loot.truth), voters // 2)
    loot.taught, loot.trusted = set(confessed[::2]), set(confessed[1::2])
    return loot


def said(survey: Survey, rating: int, chance: random.Random) -> dict[int, Any]:
    """An answer whose every part gives the rating away to whoever knows whose it is."""
    first, second, third = survey.questions.values_list("pk", flat=True)
    words = f"{rating} " + "כי ככה " * (3 * rating + chance.randint(0, 1))
    return {first: rating, second: f"o{1 + rating % 3}", third: words}


class Watch:
    """Reads everything after every step, and cuts what it sees into groups."""

    def __init__(self, survey: Survey, loot: Loot) -> None:
        self.survey, self.loot = survey, loot
        self.tokens: set[bytes] = set()
        self.tallies: Counter[int] = Counter()
        self.seen: set[Any] = set()
        self.rating = survey.questions.first().pk

    def see(self, voter: int | None = None) -> None:
        sealed = rows("surveys_sealedanswer", self.survey)
        fresh = [row for row in sealed if bytes(row["token"]) not in self.tokens]
        if voter is not None and len(fresh) == 1:
            self.loot.sealed_of[voter] = fresh[0]
        self.tokens = {bytes(row["token"]) for row in sealed}
        tallies = Counter(
            {
                int(row["option"]): row["count"]
                for row in rows("surveys_tally", self.survey)
                if row["question_id"] == self.rating and row["option"]
            }
        )
        moved, self.tallies = tallies - self.tallies, tallies
        if moved:
            people, events = self._new("surveys_participation"), self._new_events()
            who = [row["contact_id"] for row in people]
            self.loot.groups.append(Group(who, moved, people, events, self._new("surveys_remark")))

    def _new(self, table: str) -> list[Row]:
        found = [row for row in rows(table, self.survey) if (table, row["id"]) not in self.seen]
        self.seen |= {(table, row["id"]) for row in found}
        return found

    def _new_events(self) -> list[Row]:
        sql = (
            "SELECT xmin::text AS xmin, ctid::text AS ctid, * FROM crm_event "
            "WHERE workspace_id = %s AND subject_type = 'survey'"
        )
        found = [row for row in fetched(sql, [self.survey.workspace_id]) if ("event", row["id"]) not in self.seen]
        self.seen |= {("event", row["id"]) for row in found}
        return found


def rows(table: str, survey: Survey) -> list[Row]:
    column = "id" if table == "surveys_survey" else "survey_id"
    return fetched(f"SELECT xmin::text AS xmin, ctid::text AS ctid, * FROM {table} WHERE {column} = %s", [survey.pk])


def fetched(sql: str, params: list[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def dump(survey: Survey) -> dict[str, list[Row]]:
    sequences = fetched("SELECT sequencename, last_value FROM pg_sequences WHERE sequencename LIKE %s", ["surveys%"])
    return {table: rows(table, survey) for table in TABLES} | {"sequences": sequences}


# -- attacking -------------------------------------------------------------------------------------------------------------
def gain(loot: Loot) -> float:
    """How much better the best attack is than guessing from the published groups, in shares of the voters who kept silent."""
    attacks = [*attacks_of(loot), baseline(loot)]
    best = max(attacks, key=lambda guess: hits(loot, guess, loot.trusted))
    silent = loot.truth.keys() - loot.taught - loot.trusted
    return hits(loot, best, silent) - hits(loot, baseline(loot), silent)


def hits(loot: Loot, guess: Guess, whom: Iterable[int]) -> float:
    listed = list(whom)
    return sum(guess.get(one) == loot.truth[one] for one in listed) / len(listed)


def baseline(loot: Loot) -> Guess:
    """The commonest answer of each group of five or more, less what the others of the group confessed."""
    guess: Guess = {}
    for who, moved in _promised(loot.groups):
        for one in who:
            known = Counter(loot.truth[other] for other in who if other in loot.taught and other != one)
            guess[one] = _commonest(moved - known) or _commonest(moved)
    return guess


def _promised(groups: list[Group]) -> list[tuple[list[int], Counter[int]]]:
    """Groups as they were promised: what was told of fewer is joined to its neighbour."""
    joined: list[tuple[list[int], Counter[int]]] = []
    for group in groups:
        if joined and len(joined[-1][0]) < PROMISED:
            joined[-1] = (joined[-1][0] + group.who, joined[-1][1] + group.moved)
        else:
            joined.append((list(group.who), Counter(group.moved)))
    return joined


def attacks_of(loot: Loot) -> list[Guess]:
    found = [_by_group(loot), *(_by_envelope(loot, look) for look in LOOKS)]
    found += [_by_words(loot, look) for look in LISTENED]
    for key_of_person in PLACES:
        found += [_by_rank(loot, key_of_person, key_of_row, backwards) for key_of_row in MARKS for backwards in (0, 1)]
        found += [_by_order(loot, key_of_person, backwards) for backwards in (0, 1)]
    return [*found, _by_same_value(loot)]


def _by_group(loot: Loot) -> Guess:
    """The groups as they were really told, however small."""
    return {
        one: _commonest(group.moved - Counter(loot.truth[o] for o in group.who if o in loot.taught and o != one))
        or _commonest(group.moved)
        for group in loot.groups
        for one in group.who
    }


LOOKS: list[Callable[[Row], Any]] = [
    lambda row: len(row["sealed"]),
    lambda row: len(row["sealed"]) // 16,
    lambda row: bytes(row["sealed"])[:1],
    lambda row: bytes(row["token"])[:1],
    lambda row: bytes(row["sealed"])[12:13],
]


def _by_envelope(loot: Loot, look: Callable[[Row], Any]) -> Guess:
    """What envelopes of confessors look like, looked for on the envelopes of the others."""
    learnt: dict[Any, Counter[int]] = {}
    for one in loot.taught & loot.sealed_of.keys():
        learnt.setdefault(look(loot.sealed_of[one]), Counter())[loot.truth[one]] += 1
    return {one: _commonest(learnt.get(look(row), Counter())) for one, row in loot.sealed_of.items()}


def _by_words(loot: Loot, look: Callable[[Loot, int], Any]) -> Guess:
    """What was heard and written of confessors, looked for in what was heard and written of the others."""
    learnt: dict[Any, Counter[int]] = {}
    for one in loot.taught:
        learnt.setdefault(look(loot, one), Counter())[loot.truth[one]] += 1
    return {one: _commonest(learnt.get(look(loot, one), Counter())) for one in loot.truth}


VARIES = re.compile(r"[0-9a-f-]{36}|v\d+@|\d{2}:\d{2}:\d{2}")  # numbers of requests, addresses, times
LISTENED: list[Callable[[Loot, int], Any]] = [
    lambda loot, one: len(loot.heard.get(one, "")),
    lambda loot, one: VARIES.sub("", loot.heard.get(one, "")),
    lambda loot, one: loot.heard.get(one, "").count("\n"),
    lambda loot, one: tuple(map(len, loot.written.get(one, []))),
    lambda loot, one: VARIES.sub("", "".join(loot.written.get(one, []))[-400:]),
]


def _spot(row: Row) -> tuple[int, ...]:
    return tuple(int(part) for part in row["ctid"].strip("()").split(","))


PLACES: list[Callable[[Group], list[int]]] = [
    lambda group: [row["contact_id"] for row in sorted(group.people, key=lambda row: row["id"])],
    lambda group: [row["contact_id"] for row in sorted(group.people, key=_spot)],
    lambda group: [row["contact_id"] for row in sorted(group.events, key=lambda row: row["id"])],
    lambda group: [row["contact_id"] for row in sorted(group.events, key=lambda row: (row["occurred_at"], row["id"]))],
    lambda group: sorted(group.who),
]
MARKS: list[Callable[[Row], Any]] = [_spot, lambda row: row["id"], lambda row: (len(row["text"]), row["id"])]


def _by_rank(loot: Loot, place: Callable[[Group], list[int]], mark: Callable[[Row], Any], backwards: int) -> Guess:
    """The n-th person of a group wrote its n-th remark."""
    guess: Guess = {}
    for group in loot.groups:
        remarks = sorted(group.remarks, key=mark, reverse=bool(backwards))
        guess |= {one: int(row["text"][0]) for one, row in zip(place(group), remarks, strict=False)}
    return guess


def _by_order(loot: Loot, place: Callable[[Group], list[int]], backwards: int) -> Guess:
    """People were written in the order of what they answered."""
    guess: Guess = {}
    for group in loot.groups:
        ratings = sorted(group.moved.elements(), reverse=bool(backwards))
        guess |= dict(zip(place(group), ratings, strict=False))
    return guess


def _by_same_value(loot: Loot) -> Guess:
    """A number, a moment or a transaction that stands on one person's row of a group and on one remark of it."""
    guess: Guess = {}
    for group in loot.groups:
        for person in [*group.people, *group.events]:
            mine = {_plain(value) for name, value in person.items() if name not in ("workspace_id", "survey_id")}
            found = [row for row in group.remarks if mine & {_plain(row[name]) for name in row if name not in SHARED}]
            if len(found) == 1:
                guess[person["contact_id"]] = int(found[0]["text"][0])
    return guess


SHARED = ("survey_id", "question_id", "text", "ctid")


def _plain(value: Any) -> Any:
    return str(getattr(value, "int", value))


def _commonest(counts: Counter[int]) -> int:
    return counts.most_common(1)[0][0] if counts else 0
