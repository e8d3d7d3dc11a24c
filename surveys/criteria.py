"""The words this app adds to the rule language.

`survey` is having taken part; `score` asks what somebody scored; those of answer_criteria ask what they answered, of identified
surveys only: the answers of an anonymous one belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.rules import operators, values
from crm.rules.comparing import Place
from crm.rules.controls import Choice, Control, Option, Parts, first
from crm.rules.criteria import Criterion, Node, Sql, register
from crm.rules.faults import RuleError, step
from crm.rules.naming import Naming
from crm.workspaces.models import Workspace
from surveys import answer_words
from surveys.models import Band
from surveys.remembered import score_of, scores_of, surveys_of

TOOK_PART = (
    "EXISTS (SELECT 1 FROM surveys_participation p "
    "WHERE p.contact_id = c.id AND p.survey_id = %s AND p.workspace_id = %s)"
)
SCORED = (
    "FROM surveys_scoreresult s JOIN surveys_response r ON r.id = s.response_id AND r.times = s.times "
    "WHERE r.contact_id = c.id AND s.score_id = %s AND s.workspace_id = %s"
)


class SurveyCriterion(Naming):
    key: ClassVar = "survey"
    label: ClassVar = gettext_lazy("Took part in the survey")
    icon: ClassVar = "clipboard-check"
    rank: ClassVar = 45
    names: ClassVar = "integer"
    missing: ClassVar = gettext_lazy("This survey does not exist.")

    def offered(self, workspace: Workspace) -> dict[Any, str]:
        return {pk: survey.name for pk, survey in surveys_of(workspace).items() if survey.deleted_at is None}

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        """One in the bin may still be asked about: what people did stays done."""
        if isinstance(node["survey"], int) and node["survey"] in surveys_of(workspace):
            return {"survey": node["survey"]}
        return super().clean(node, workspace=workspace, path=path)

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        return TOOK_PART, [node["survey"], workspace.pk]

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        return ["event:survey.participated"]

    def words(self, node: Node, *, workspace: Workspace) -> str:
        return _("who took part in the survey %(name)s") % {"name": values.isolated(self.label_of(node, workspace))}

    def label_of(self, node: Node, workspace: Workspace) -> str:
        survey = surveys_of(workspace).get(node["survey"])
        return survey.name if survey else _("(removed)")


class ScoreCriterion(Criterion):
    """The score of the last completion: {"score": 3, "op": ">=", "value": 11}, or by its band {"score": 3, "band": "High"}."""

    key: ClassVar = "score"
    label: ClassVar = gettext_lazy("Score of a survey")
    icon: ClassVar = "chart-bar"
    rank: ClassVar = 47
    extras: ClassVar = frozenset({"op", "value", "band"})
    never_null: ClassVar = True

    def clean(self, node: Node, *, workspace: Workspace, path: str) -> Node:
        score = score_of(workspace, node["score"])
        if score is None:
            raise RuleError(step(path, "score"), _("This score does not exist."))
        if "band" in node:
            if node["band"] not in [band.name for band in score.bands.all()]:
                raise RuleError(step(path, "band"), _("This band does not exist."))
            return {"score": score.pk, "band": node["band"]}
        operator = operators.find("number", node.get("op"))
        if operator is None or not operator.takes:
            raise RuleError(step(path, "op"), _("Choose how to compare the score."))
        value = values.clean(operator.takes, node.get("value"), labels={}, path=step(path, "value"))
        return {"score": score.pk, "op": operator.name, "value": value}

    def sql(self, node: Node, *, workspace: Workspace, now: datetime) -> Sql:
        place = Place("(s.value::text)", "to_jsonb(s.value)")
        if "band" not in node:
            test, params = operators.sql(place, node["op"], node["value"], now=now, zone=workspace.zone)
            return f"EXISTS (SELECT 1 {SCORED} AND {test})", [node["score"], workspace.pk, *params]
        return self._in_band(node, workspace)

    def _in_band(self, node: Node, workspace: Workspace) -> Sql:
        """By the band's ends as they are now; where bands overlap, the first counts."""
        score = score_of(workspace, node["score"])
        before: list[Band] = []
        for band in score.bands.all() if score else []:
            if band.name == node["band"]:
                spans = [band, *before]
                others = " AND s.value NOT BETWEEN %s AND %s" * len(before)
                ends = [end for span in spans for end in (span.lowest, span.highest)]
                test = f"s.value BETWEEN %s AND %s{others}"
                return f"EXISTS (SELECT 1 {SCORED} AND {test})", [node["score"], workspace.pk, *ends]
            before.append(band)
        return "FALSE", []

    def mentions(self, node: Node, *, workspace: Workspace) -> Iterable[str]:
        """Counting anew is no answer: it is told by the field the score stands in."""
        score = score_of(workspace, node["score"])
        return ["event:survey.answered", *([f"field:{score.field.storage_key}"] if score else [])]

    def words(self, node: Node, *, workspace: Workspace) -> str:
        score = score_of(workspace, node["score"])
        name = answer_words.scored(score) if score else _("(removed)")
        if "band" in node:
            said = {"name": name, "band": values.isolated(node["band"])}
            return _("whose score in %(name)s is in the band %(band)s") % said
        operator = operators.find("number", node["op"]) or operators.NUMBER[0]
        value = values.words(operator.takes, node["value"], labels={})
        return str(answer_words.OF_SCORES[operator.name] % {"name": name, "value": value})

    def in_short(self, node: Node, *, workspace: Workspace) -> str:
        score = score_of(workspace, node["score"])
        return score.name if score else _("(removed)")

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "score": {"type": "integer"},
                "op": {"enum": [operator.name for operator in operators.NUMBER if operator.takes]},
                "value": {"type": ["number", "array"]},
                "band": {"type": "string"},
            },
            "required": ["score"],
            "additionalProperties": False,
        }

    def choices(self, workspace: Workspace) -> Iterable[Choice]:
        for score in scores_of(workspace).values():
            yield Choice(f"score:{score.pk}", f"{score.survey.name}: {score.name}", self.icon, _("Survey answers"))

    def what(self, node: Node) -> str:
        return f"score:{node['score']}"

    def controls(self, node: Node, *, workspace: Workspace) -> list[Control]:
        score = score_of(workspace, node["score"])
        if score is None:
            return []
        bands = [Option(f"band:{band.name}", band.name) for band in score.bands.all()]
        known = [operator for operator in operators.NUMBER if operator.takes]
        chosen = f"band:{node['band']}" if "band" in node else node.get("op") or (bands[0].value if bands else ">=")
        options = (*bands, *(Option(operator.name, operator.label) for operator in known))
        how = Control("op", "select", _("Comparison"), chosen, options, redraws=True)
        operator = operators.find("number", chosen)
        return [how, *(values.controls(operator.takes, node.get("value"), labels={}) if operator else [])]

    def draft(self, argument: str, parts: Parts, *, workspace: Workspace) -> Node:
        pk = int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 19 else 0
        score = score_of(workspace, pk)
        bands = [band.name for band in score.bands.all()] if score else []
        how = first(parts, "op", f"band:{bands[0]}" if bands else ">=")
        if how.startswith("band:"):
            return {"score": pk, "band": how.removeprefix("band:")}
        operator = operators.find("number", how) or operators.NUMBER[0]
        return {"score": pk, "op": operator.name, "value": values.draft(operator.takes, parts)}


register(SurveyCriterion())
register(ScoreCriterion())
