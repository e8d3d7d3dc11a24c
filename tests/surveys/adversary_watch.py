"""What the adversary takes home: every row that changed after every answer, cut into groups as things became known."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from surveys.models import Survey

TABLES = ("surveys_survey", "surveys_sealedanswer", "surveys_tally", "surveys_remark", "surveys_participation")
BY_SURVEY = {table: "id" if table == "surveys_survey" else "survey_id" for table in TABLES}
ROW = (
    "SELECT '{table}' AS name, t.xmin::text::bigint AS born, t.ctid::text AS spot, to_jsonb(t) AS cells FROM {table} t"
)
CHANGED = (
    "SELECT name, born, spot, cells FROM ("
    + " UNION ALL ".join(
        [
            *(f"{ROW.format(table=table)} WHERE t.{column} = %(survey)s" for table, column in BY_SURVEY.items()),
            *(
                f"{ROW.format(table=table)} WHERE t.workspace_id = %(workspace)s"
                for table in ("crm_event", "crm_contact")
            ),
        ]
    )
    + ") found WHERE born > %(since)s"
)
Row = dict[str, Any]
Guess = dict[int, int]


@dataclass
class Group:
    """What became known at once: who is said to have taken part, how the ratings moved, which rows appeared."""

    who: list[int]
    moved: Counter[int]
    people: list[Row]
    events: list[Row]
    remarks: list[Row]


@dataclass
class Poll:
    """What the screens and calls of results said since the poll before: whose names came up, and how the ratings moved."""

    voter: int  # who had just answered
    who: list[int]
    moved: Counter[int]
    changed: dict[str, tuple[int, ...]]  # by screen: which of its numbers


@dataclass
class Loot:
    rating: int = 0  # the question that gives everything away
    truth: Guess = field(default_factory=dict)  # in the order of the log
    sealed_of: dict[int, Row] = field(default_factory=dict)  # whose envelope came when
    touched: dict[int, dict[str, list[Row]]] = field(
        default_factory=dict
    )  # by voter: what their answer changed, by table
    groups: list[Group] = field(default_factory=list)
    taught: set[int] = field(default_factory=set)  # who told what they had answered, to learn from
    trusted: set[int] = field(default_factory=set)  # who told it too, to choose the best attack by
    before: dict[str, list[Row]] = field(default_factory=dict)
    during: list[dict[str, list[Row]]] = field(default_factory=list)
    after: dict[str, list[Row]] = field(default_factory=dict)
    heard: dict[int, str] = field(default_factory=dict)  # by voter: logs of their requests, sizes of what came back
    written: dict[int, list[str]] = field(default_factory=dict)  # by voter: their mail, their rows of the exports
    polls: list[Poll] = field(default_factory=list)

    @property
    def silent(self) -> set[int]:
        return self.truth.keys() - self.taught - self.trusted


class Watch:
    """Reads whatever changed after every step: each step is a transaction, and transactions are numbered upwards."""

    def __init__(self, survey: Survey, loot: Loot) -> None:
        self.survey, self.loot = survey, loot
        self.since = 0
        self.tokens: set[str] = set()
        self.tallies: Counter[int] = Counter()
        self.pending: dict[str, list[Row]] = {"surveys_participation": [], "crm_event": [], "surveys_remark": []}
        self.seen: set[tuple[str, Any]] = set()
        self.see()

    def see(self, voter: int | None = None) -> None:
        changed = self._changed()
        if voter is not None:
            self._keep_answer(voter, changed)
        for table, pending in self.pending.items():
            fresh = [row for row in changed.get(table, []) if (table, row["id"]) not in self.seen]
            self.seen |= {(table, row["id"]) for row in fresh}
            pending += fresh
        self._cut(changed.get("surveys_tally", []))

    def _changed(self) -> dict[str, list[Row]]:
        about = {"survey": self.survey.pk, "workspace": self.survey.workspace_id, "since": self.since}
        found: dict[str, list[Row]] = {}
        for row in fetched(CHANGED, about):
            cells = {"xmin": row["born"], "ctid": row["spot"], **json.loads(row["cells"])}
            found.setdefault(row["name"], []).append(cells)
            self.since = max(self.since, row["born"])
        return found

    def _keep_answer(self, voter: int, changed: dict[str, list[Row]]) -> None:
        self.loot.touched[voter] = changed
        sealed = [row for row in changed.get("surveys_sealedanswer", []) if row["token"] not in self.tokens]
        if len(sealed) == 1:
            self.loot.sealed_of[voter] = sealed[0]
        self.tokens |= {row["token"] for row in sealed}

    def _cut(self, tallies: list[Row]) -> None:
        """A group ends whenever the ratings moved."""
        ours = [row for row in tallies if row["question_id"] == self.loot.rating and row["option"].isdecimal()]
        now = self.tallies | Counter({int(row["option"]): row["count"] for row in ours})
        moved, self.tallies = now - self.tallies, now
        if moved:
            people, events, remarks = (list(rows) for rows in self.pending.values())
            who = [row["contact_id"] for row in people]
            self.loot.groups.append(Group(who, moved, people, events, remarks))
            for rows in self.pending.values():
                rows.clear()


def rows(table: str, survey: Survey) -> list[Row]:
    return fetched(
        f"SELECT xmin::text AS xmin, ctid::text AS ctid, * FROM {table} WHERE {BY_SURVEY[table]} = %s", [survey.pk]
    )


def fetched(sql: str, params: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def dump(survey: Survey) -> dict[str, list[Row]]:
    sequences = fetched("SELECT sequencename, last_value FROM pg_sequences WHERE sequencename LIKE %s", ["surveys%"])
    return {table: rows(table, survey) for table in TABLES} | {"sequences": sequences}
