"""The words of this app in the rule language, against the house's oracle: an answer is read as a field is read, by naive
Python; who took part and who scored what are looked up in a table kept beside the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Workspace
from crm.rules import grammar, interpreter
from crm.segments import matching
from surveys.models import Band, Participation, Question, Response, Score, ScoreResult, Survey
from tests.crm.factories import CustomFieldFactory
from tests.crm.rules.oracle import Person, holds
from tests.crm.rules.worlds import NOW, TYPES, Crowd

PATIENT = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
BANDS = [("low", 0.0, 4.0), ("high", 3.5, 9.0)]  # they overlap, and leave a gap above
SCORES = [0.0, 3.5, 3.75, 4.0, 4.5, 9.0, 12.0]
GROUPS = {"all": all, "any": any, "none": lambda held: not any(held)}


@dataclass
class Answered:
    """What a contact did in the survey, as the oracle knows it. `answers` stand under the keys of the fields."""

    answers: dict[str, Any]
    took_part: bool
    score: float | None


@dataclass
class Asked:
    """The crowd, and a survey that asks a question of each type; every second one of the crowd met it."""

    crowd: Crowd
    survey: Survey = field(init=False)
    score: Score = field(init=False)
    questions: dict[str, int] = field(default_factory=dict)  # key of the field -> question
    met: dict[int, Answered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        workspace = self.crowd.workspace
        self.survey = Survey.objects.create(workspace=workspace, name="סקר", kind="identified", opened_at=NOW)
        for kind in TYPES:
            row = self.crowd.fields[kind]
            about = {"label": kind, "type": kind, "options": row.options, "field": row}
            question = Question.objects.create(workspace=workspace, survey=self.survey, **about)
            self.questions[row.storage_key] = question.pk
        total = CustomFieldFactory(workspace=workspace, type="number")
        self.score = Score.objects.create(workspace=workspace, survey=self.survey, name="ציון", field=total)
        for place, (name, low, high) in enumerate(BANDS):
            Band.objects.create(score=self.score, position=place, name=name, lowest=low, highest=high)
        for pk in list(self.crowd.people)[::2]:
            self._meet(pk or 0)

    def _meet(self, pk: int) -> None:
        chance, about = self.crowd.chance, {"workspace": self.crowd.workspace, "survey": self.survey, "contact_id": pk}
        answers, took_part = self.crowd.values(), chance.random() < 0.6
        said = {str(self.questions[key]): value for key, value in answers.items()}
        response = Response.objects.create(answers=said, completed_at=NOW if took_part else None, times=2, **about)
        if took_part:
            Participation.objects.create(at=NOW, **about)
        score = chance.choice(SCORES) if took_part and chance.random() < 0.8 else None
        for times, value in ((1, chance.choice(SCORES)), (2, score)):
            if value is not None:
                row = {"score": self.score, "response": response, "times": times, "value": value, "at": NOW}
                ScoreResult.objects.create(workspace=self.crowd.workspace, **row)
        self.met[pk] = Answered(answers, took_part, score)

    # -- rules ---------------------------------------------------------------------------------------------------------

    def rules(self) -> st.SearchStrategy[dict[str, Any]]:
        leaf = st.one_of(
            self.crowd.field_conditions().map(self._said),
            self.crowd.field_conditions().map(self._said),
            st.just({"survey": self.survey.pk}),
            st.sampled_from([{"score": self.score.pk, "band": name} for name, _low, _high in BANDS]),
            st.builds(
                lambda op, value: {"score": self.score.pk, "op": op, "value": value},
                st.sampled_from([">=", "<=", ">", "<", "="]),
                st.sampled_from(SCORES),
            ),
            self.crowd.conditions(),
        )
        group = st.builds(
            lambda name, nodes: {name: nodes}, st.sampled_from(list(GROUPS)), st.lists(leaf, min_size=1, max_size=4)
        )
        return st.builds(lambda nodes: {"all": nodes}, st.lists(st.one_of(leaf, group), min_size=1, max_size=3))

    def _said(self, node: dict[str, Any]) -> dict[str, Any]:
        """The same comparison with what was answered; one of a contact's own column stays as it is."""
        question = self.questions.get(node["field"])
        return {"said": question, **{key: node[key] for key in node if key != "field"}} if question else node

    def holds(self, node: dict[str, Any], person: Person) -> bool:
        for name, together in GROUPS.items():
            if name in node:
                return bool(together([self.holds(member, person) for member in node[name]]))
        met = self.met.get(person.id or 0)
        if "survey" in node:
            return met is not None and met.took_part
        if "score" in node:
            return met is not None and met.score is not None and _scored(node, met.score)
        if "said" in node:
            return met is not None and self._answered(node, met)
        return holds(node, person, self.crowd.world)

    def _answered(self, node: dict[str, Any], met: Answered) -> bool:
        key = next(key for key, question in self.questions.items() if question == node["said"])
        asked = {"field": key, **{name: node[name] for name in node if name != "said"}}
        return holds(asked, Person(values=met.answers), self.crowd.world)


def _scored(node: dict[str, Any], score: float) -> bool:
    if "band" in node:
        return node["band"] == next((name for name, low, high in BANDS if low <= score <= high), None)
    held = {">=": score >= node["value"], "<=": score <= node["value"], "=": score == node["value"]}
    return (held | {">": score > node["value"], "<": score < node["value"]})[node["op"]]


@pytest.fixture
def asked(workspace: Workspace) -> Asked:
    return Asked(Crowd(workspace))


def test_what_was_answered_scored_and_taken_part_in_means_the_same_to_the_oracle(asked: Asked) -> None:
    crowd = asked.crowd

    @PATIENT
    @given(rule=asked.rules())
    def check(rule: dict[str, Any]) -> None:
        cleaned = grammar.clean(rule, crowd.workspace)
        assert grammar.clean(cleaned, crowd.workspace) == cleaned
        expected = {pk for pk, person in crowd.people.items() if asked.holds(rule, person)}
        found = matching.contacts(crowd.workspace, cleaned, now=NOW)
        assert set(found.values_list("pk", flat=True)) == expected, rule
        batch = interpreter.for_batch(crowd.workspace, {"it": cleaned}, [pk for pk in crowd.people if pk], now=NOW)
        assert {pk for pk, held in batch.items() if "it" in held} == expected

    check()
