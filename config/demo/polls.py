"""What the demo's people answered: the satisfaction survey on their cards, and the anonymous poll, by the verbs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from config.demo.asking import asked_at
from config.demo.cast import Person
from config.demo.clock import Clock
from config.demo.story import Story
from crm.contacts.models import Contact, CustomField
from crm.workspaces.models import Workspace
from surveys import answering, opening, tallying
from surveys.models import Band, Question, Score, Survey

Marks = tuple[int, ...]
RATINGS = ("rate_kit", "rate_delivery", "rate_friend")
BANDS = (("band_low", "low", 1, 5), ("band_middling", "middling", 6, 10), ("band_high", "high", 11, 15))
POLL_OPENED, POLL_CLOSED = timedelta(days=12), timedelta(days=3)


class Polls:
    def __init__(self, workspace: Workspace, story: Story, random: Random, clock: Clock) -> None:
        self.workspace, self.story, self.figures, self.words = workspace, story, story.figures, story.words
        self.random, self.clock = random, clock

    # -- satisfaction --------------------------------------------------------------------------------------------------

    def satisfaction(self) -> Survey:
        survey = self._survey("satisfaction", Survey.Kind.IDENTIFIED)
        questions = [self._rating(survey, name, place) for place, name in enumerate(RATINGS)]
        self._score(survey, questions)
        Survey.objects.filter(pk=survey.pk).update(opened_at=self.clock.start, created_at=self.clock.start)
        return survey

    def answers(
        self, survey: Survey, buyers: Sequence[Person], yoav: Person, again: Mapping[int, datetime]
    ) -> list[tuple[Person, datetime]]:
        """Yoav gave 5, 5, 1: a high score, and among the dissatisfied of the third question. Who scored low, and when.

        `again`: who bought again, and when; of the low, as many as the story has came back after they were called."""
        questions, figures = list(survey.questions.all()), self.figures
        others = [person for person in buyers if person is not yoav]
        low = self._low(others, again)
        names = {person.pk for person in low}
        content = [person for person in others if person.pk not in names]
        rest = self.random.sample(content, figures.high - 1 + figures.middling + figures.midway)
        whole, midway = rest[: -figures.midway], rest[-figures.midway :]
        given = [*self._marks(), *[(5,)] * figures.midway]
        when = {}
        for person, marks in zip([yoav, *whole, *low, *midway], given, strict=True):
            when[person.pk] = self._answer(survey, person, dict(zip(questions, marks, strict=False)))
        return [(person, when[person.pk]) for person in low]

    def _low(self, people: Sequence[Person], again: Mapping[int, datetime]) -> list[Person]:
        soon = timedelta(days=3)
        back = [one for one in people if one.pk in again and again[one.pk] > asked_at(one, self.clock) + soon]
        once = [one for one in people if one.pk not in again]
        came = self.random.sample(back, min(len(back), self.figures.low_again))
        return [*came, *self.random.sample(once, self.figures.low - len(came))]

    def _rating(self, survey: Survey, name: str, place: int) -> Question:
        ends = {"low_label": self.words["rate_low"], "high_label": self.words["rate_high"]}
        field = self._field(name, "rating", **ends)
        return Question.objects.create(
            workspace=self.workspace,
            survey=survey,
            position=place,
            label=self.words[name],
            type="rating",
            is_required=True,
            field=field,
            **ends,
        )

    def _field(self, name: str, type: str, **more: str) -> CustomField:
        return CustomField.objects.create(
            workspace=self.workspace, label=self.words[name], type=type, position=30, **more
        )

    def _score(self, survey: Survey, questions: Sequence[Question]) -> None:
        parts = [{"question": question.pk, "weight": 1} for question in questions]
        score = Score.objects.create(
            workspace=self.workspace,
            survey=survey,
            name=self.words["summary"],
            parts=parts,
            field=self._field("summary", "number"),
        )
        Band.objects.bulk_create(
            Band(score=score, position=place, name=self.words[name], tone=tone, lowest=low, highest=high)
            for place, (name, tone, low, high) in enumerate(BANDS)
        )

    def _marks(self) -> Iterator[Marks]:
        """Yoav's first; each band is as large as the story has it, and so is each part of each question."""
        figures = self.figures
        yield 5, 5, 1
        for number in range(figures.high - 1):
            yield (
                5 - (number % 4 == 3),
                3 if number < figures.high // 40 else 5 - (number % 3 == 2),
                5 - (number % 5 == 4),
            )
        for number in range(figures.middling):
            share = number / figures.middling
            yield 4 if share < 10 / 41 else 3, 2 if share >= 36 / 41 else 3, _third(share)
        for number in range(figures.low):
            yield ((1, 1, 1), (2, 1, 2), (1, 2, 1))[number % 3]

    def _answer(self, survey: Survey, person: Person, given: dict[Question, int]) -> datetime:
        """Soon after they were asked."""
        asked = asked_at(person, self.clock)
        at = max(min(self.clock.soon(asked, hours=40), self.clock.now - timedelta(minutes=5)), asked)
        contact = Contact.objects.select_related("workspace").get(pk=person.pk)
        said = {question.pk: mark for question, mark in given.items()}
        answering.answer(survey, contact, said, complete=len(said) == len(RATINGS), at=at)
        return at

    # -- the poll ------------------------------------------------------------------------------------------------------

    def poll(self, people: Sequence[Person]) -> Survey:
        """Who took part is known, and which they chose is nowhere: not here either, once it is counted."""
        survey = self._survey("poll", Survey.Kind.ANONYMOUS, opens=False)
        names = ("poll_bike", "poll_scent", "poll_brush", "poll_wipes")
        options = [{"id": f"o{place}", "label": self.words[name]} for place, name in enumerate(names, start=1)]
        question = Question.objects.create(
            workspace=self.workspace, survey=survey, label=self.words["poll"], type="choice", options=options
        )
        survey = opening.open_survey(survey, now=self.clock.now - POLL_OPENED)
        votes = [
            option["id"] for option, count in zip(options, self.figures.votes, strict=True) for _one in range(count)
        ]
        self.random.shuffle(votes)
        contacts = list(Contact.objects.filter(pk__in=[one.pk for one in self.random.sample(people, len(votes))]))
        for place, (contact, vote) in enumerate(zip(contacts, votes, strict=True)):
            tallying.take_part(survey, {question.pk: vote}, contact=contact)
            tallying.count_batch(survey, now=self._moment(place / len(votes)))
        closed = self.clock.now - POLL_CLOSED
        opening.close_survey(survey, now=closed)
        opened = self.clock.now - POLL_OPENED
        Survey.objects.filter(pk=survey.pk).update(opened_at=opened, created_at=opened, updated_at=closed)
        return survey

    def _moment(self, share: float) -> datetime:
        """Most answer on the first days."""
        return self.clock.now - POLL_OPENED + (POLL_OPENED - POLL_CLOSED) * share**2

    def _survey(self, name: str, kind: str, *, opens: bool = True) -> Survey:
        return Survey.objects.create(
            workspace=self.workspace,
            name=self.words[name],
            kind=kind,
            language=self.story.language,
            status=Survey.Status.OPEN if opens else Survey.Status.DRAFT,
        )


def _third(share: float) -> int:
    """Of the middling: whether they would recommend us to a friend. Three would, six would not, the rest may."""
    if share < 10 / 41 or share >= 19 / 41:
        return 3
    return 4 if share < 13 / 41 else 2
