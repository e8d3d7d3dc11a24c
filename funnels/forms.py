from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.rules import grammar, reading
from crm.segments.models import Segment
from crm.timeline import kinds
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace
from funnels.matching import MOST_ALTERNATIVES, MOST_STAGES
from funnels.models import Funnel, Stage
from funnels.ready import BY_KEY, READY

WINDOWS = [
    ("", _("Without a limit")),
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("A year")),
]


class FunnelCreateForm(forms.Form):
    """Which ready model, under which name."""

    name = forms.CharField(label=_("Name of the funnel"), max_length=100)
    model = forms.ChoiceField(label=_("Ready model"), choices=[(model.key, model.name) for model in READY])

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_model(self) -> Any:
        return BY_KEY[self.cleaned_data["model"]]


class FunnelForm(forms.ModelForm):
    window_days = forms.TypedChoiceField(
        label=_("Days from entry"),
        choices=WINDOWS,
        required=False,
        coerce=lambda value: int(value) if value else None,
        empty_value=None,
        help_text=_("How long after coming in a person may still reach the later stages."),
    )

    class Meta:
        model = Funnel
        fields = ("name", "window_days")

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


@dataclass(slots=True)
class MatchRow:
    """One alternative of a stage in the editor: what happened, to what, and to whom: a segment, or a `rule` that REST gave
    and that the editor hands on as it is."""

    kind: str = ""
    subject: int | None = None
    segment: int | None = None
    rule: dict[str, Any] | None = None

    def as_match(self) -> dict[str, Any]:
        match: dict[str, Any] = {"kind": self.kind}
        if self.subject is not None:
            match["subject"] = self.subject
        if self.segment is not None:
            match["rule"] = {"all": [{"segment": self.segment}]}
        elif self.rule:
            match["rule"] = self.rule
        return match

    @property
    def rule_text(self) -> str:
        return json.dumps(self.rule, ensure_ascii=False) if self.rule else ""


@dataclass(slots=True)
class StageRow:
    name: str = ""
    is_optional: bool = False
    matches: list[MatchRow] = field(default_factory=list)


class StagesForm:
    """The stages as a form of plain inputs: `stage-2-name`, `stage-2-match-0-kind`. The server draws it again after each
    change, so that it works by keyboard and needs no script of its own."""

    def __init__(self, workspace: Workspace, rows: list[StageRow]) -> None:
        self.workspace, self.rows = workspace, rows
        self.errors: dict[str, list[str]] = {}
        self._subjects: dict[str, list[tuple[int, str]]] = {}

    @classmethod
    def of(cls, funnel: Funnel) -> StagesForm:
        return cls(funnel.workspace, [_row(stage) for stage in funnel.stages.all()])

    @classmethod
    def posted(cls, workspace: Workspace, data: Mapping[str, str]) -> StagesForm:
        rows = []
        for number in range(MOST_STAGES):
            if f"stage-{number}-name" in data:
                prefix = f"stage-{number}"
                matches = list(_posted_matches(data, prefix))
                rows.append(StageRow(data[f"{prefix}-name"].strip(), f"{prefix}-optional" in data, matches))
        return cls(workspace, rows)

    def act(self, action: str) -> None:
        """`add`, `remove:2`, `up:2`, `down:2`, `add_match:2`, `remove_match:2.1`; anything else changes nothing."""
        verb, _colon, place = action.partition(":")
        stage, _dot, match = place.partition(".")
        number = {str(at): at for at in range(len(self.rows))}.get(stage)
        if verb == "add" and len(self.rows) < MOST_STAGES:
            self.rows.append(StageRow(matches=[MatchRow()]))
        elif number is None:
            return
        elif verb == "remove" and len(self.rows) > 1:
            del self.rows[number]
        elif verb == "up" and number:
            self.rows.insert(number - 1, self.rows.pop(number))
        elif verb == "down":
            self.rows.insert(number + 1, self.rows.pop(number))
        elif verb == "add_match" and len(self.rows[number].matches) < MOST_ALTERNATIVES:
            self.rows[number].matches.append(MatchRow())
        elif verb == "remove_match" and (at := whole(match)) is not None:
            del self.rows[number].matches[at : at + 1]

    def stages(self) -> list[dict[str, Any]]:
        """What `building.save_stages` takes."""
        return [
            {
                "name": row.name,
                "is_optional": row.is_optional,
                "matches": [match.as_match() for match in row.matches if match.kind],
            }
            for row in self.rows
        ]

    def drawn(self) -> list[dict[str, Any]]:
        """Rows with everything the template needs: choices of subjects by kind, errors by stage."""
        return [
            {
                "row": row,
                "name": f"stage-{number}",
                "place": str(number),
                "matches": [
                    self._drawn_match(match, f"stage-{number}-match-{at}", f"{number}.{at}")
                    for at, match in enumerate(row.matches)
                ],
                "errors": [
                    text
                    for path, texts in self.errors.items()
                    if path.split(".")[1:2] == [str(number)]
                    for text in texts
                ],
            }
            for number, row in enumerate(self.rows)
        ]

    def _drawn_match(self, match: MatchRow, name: str, place: str) -> dict[str, Any]:
        subjects, words = self._subjects_of(match.kind), self._words(match.rule)
        return {"match": match, "name": name, "place": place, "subjects": subjects, "words": words}

    def _subjects_of(self, name: str) -> list[tuple[int, str]]:
        """Asked of the database once a kind, however many rows name it."""
        if name not in self._subjects:
            kind = kinds.get(name) if kinds.known(name) else None
            self._subjects[name] = list(kind.subjects(self.workspace)) if kind and kind.subjects else []
        return self._subjects[name]

    def _words(self, rule: dict[str, Any] | None) -> str:
        """What a handed-on rule says; one that no longer fits is told when the stages are saved."""
        try:
            return reading.read(grammar.clean(rule, self.workspace), self.workspace) if rule else ""
        except ValidationError:
            return str(_("a rule that no longer fits"))

    @property
    def kinds(self) -> list[kinds.Kind]:
        return sorted(kinds.every(), key=lambda kind: str(kind.label))

    @property
    def segments(self) -> list[tuple[int, str]]:
        return list(Segment.objects.filter(workspace=self.workspace, deleted_at=None).values_list("id", "name"))


def _posted_matches(data: Mapping[str, str], prefix: str) -> Iterator[MatchRow]:
    for place in range(MOST_ALTERNATIVES):
        name = f"{prefix}-match-{place}"
        if f"{name}-kind" in data:
            kind = data[f"{name}-kind"]
            changed = data.get(f"{name}-was") not in (None, kind)  # another kind: what it was about no longer fits
            subject = None if changed else whole(data.get(f"{name}-subject"))
            chosen = data.get(f"{name}-segment", "")
            rule = None if chosen else _rule(data.get(f"{name}-rule", ""))
            yield MatchRow(kind, subject, whole(chosen), rule)


def _rule(text: str) -> dict[str, Any] | None:
    """The rule in the hidden field; whether it makes sense is decided where the stages are saved."""
    try:
        rule = json.loads(text) if len(text) <= grammar.MAX_BYTES else None
    except (ValueError, RecursionError):
        return None
    return rule if isinstance(rule, dict) else None


def _row(stage: Stage) -> StageRow:
    return StageRow(stage.name, stage.is_optional, [_match_row(match) for match in stage.matches])


def _match_row(match: dict[str, Any]) -> MatchRow:
    rule = match.get("rule")
    segment = _only_segment(rule)
    return MatchRow(match["kind"], match.get("subject"), segment, None if segment else rule)


def _only_segment(rule: dict[str, Any] | None) -> int | None:
    """The segment, where the whole rule is to be in it."""
    conditions = rule.get("all", []) if rule and set(rule) == {"all"} else []
    return conditions[0]["segment"] if len(conditions) == 1 and set(conditions[0]) == {"segment"} else None
