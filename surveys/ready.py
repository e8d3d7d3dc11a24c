"""Ready-made surveys: what an owner begins with, in Hebrew and in English, with the fields and the score they need.

A rating of this product begins at 1, so the question of recommending (NPS) is asked from 1 to 10: whoever says 9 or 10
recommends, up to 6 does not. Its 0, which hardly anybody chooses, is the 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm.contacts import defining as fields
from crm.contacts.models import CustomField, FieldType
from crm.rules.faults import Text
from crm.workspaces.models import User, Workspace
from surveys import composing, defining
from surveys.models import Band, Question, Score, Survey


@dataclass(frozen=True, slots=True)
class Ask:
    label: Text
    type: str = "rating"
    help_text: Text = ""
    section: Text = ""
    is_required: bool = True
    options: Sequence[Text] = ()
    rating_max: int = 5
    low_label: Text = ""
    high_label: Text = ""
    only_after: tuple[int, str, int] | None = None  # (place of an earlier question, comparison, number)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score of the ratings at `of`; bands are (name, tone, lowest, highest)."""

    field: Text
    method: str
    of: Sequence[int]
    bands: Sequence[tuple[Text, str, float, float]]


@dataclass(frozen=True, slots=True)
class Ready:
    key: str
    kind: str
    name: Text
    why: Text
    icon: str
    questions: Sequence[Ask] = field(default_factory=tuple)
    score: Scored | None = None


BAD, FINE, GREAT = _("Low (bad)"), _("Middling (fine)"), _("High (great)")
ENDS: dict[str, Any] = {"low_label": _("Disappointed"), "high_label": _("Excellent")}
IDENTIFIED, ANONYMOUS = Survey.Kind.IDENTIFIED, Survey.Kind.ANONYMOUS

READY = (
    Ready(
        "satisfaction",
        IDENTIFIED,
        _("Satisfaction survey"),
        _("Three ratings that add up to one score, so that you know whom to thank and whom to call."),
        "mood-happy",
        (
            Ask(_("How was the product itself?"), **ENDS),
            Ask(_("How were the delivery and the service?"), **ENDS),
            Ask(_("Would you recommend us to a friend?"), low_label=_("Surely not"), high_label=_("Surely yes")),
        ),
        Scored(
            _("Survey score"),
            "sum",
            (0, 1, 2),
            ((BAD, "low", 1, 5), (FINE, "middling", 6, 10), (GREAT, "high", 11, 15)),
        ),
    ),
    Ready(
        "topics",
        ANONYMOUS,
        _("What should come next?"),
        _("One choice and a free word: what most people want, without knowing who asked for what."),
        "list-check",
        (
            Ask(
                _("What should we prepare next?"),
                "choice",
                options=(_("First idea"), _("Second idea"), _("Third idea"), _("Something else")),
                help_text=_("Choose one."),
            ),
            Ask(_("What did we not think of?"), "long_text", is_required=False),
        ),
    ),
    Ready(
        "event",
        IDENTIFIED,
        _("Feedback after an event"),
        _("How it was, what to keep, and who would come again."),
        "calendar",
        (
            Ask(_("How was the event on the whole?"), section=_("The event"), **ENDS),
            Ask(_("How was the content?"), **ENDS),
            Ask(_("How were the place and the hosting?"), **ENDS),
            Ask(
                _("What was missing?"),
                "long_text",
                is_required=False,
                only_after=(0, "<=", 3),
                help_text=_("Only we read this."),
            ),
            Ask(_("Would you come again?"), "yes_no", section=_("Next time")),
        ),
        Scored(
            _("Event score"),
            "average",
            (0, 1, 2),
            ((BAD, "low", 1, 2.4), (FINE, "middling", 2.5, 3.9), (GREAT, "high", 4, 5)),
        ),
    ),
    Ready(
        "nps",
        IDENTIFIED,
        _("Recommending (NPS)"),
        _("One question from 1 to 10: who would recommend you, who is indifferent, and who would not."),
        "thumb-up",
        (
            Ask(
                _("How likely are you to recommend us to a friend?"),
                rating_max=10,
                low_label=_("Not at all"),
                high_label=_("Very likely"),
            ),
            Ask(_("What is the main reason?"), "long_text", is_required=False),
        ),
        Scored(
            _("Recommending score"),
            "sum",
            (0,),
            (
                (_("Would not recommend"), "low", 1, 6),
                (_("Indifferent"), "middling", 7, 8),
                (_("Would recommend"), "high", 9, 10),
            ),
        ),
    ),
)


def find(key: str) -> Ready | None:
    return next((ready for ready in READY if ready.key == key), None)


@transaction.atomic
def make(ready: Ready, workspace: Workspace, *, by: User | None = None, **said: str) -> Survey:
    """A draft of it; `said` is name, language, second_language of defining.create. The fields of the card that it needs are
    made, or found by their title where an earlier survey made them. Raises ValidationError by name."""
    words: dict[str, Any] = {"language": workspace.language, **said}
    words["second_name"] = _second_name(ready, words)
    survey = defining.create(workspace, kind=ready.kind, by=by, template=ready.key, **words)
    made: list[Question] = []
    for ask in ready.questions:
        made.append(_ask(survey, ask, made))
    if ready.score and not survey.is_anonymous:
        _score(survey, ready.score, made)
    return survey


def _second_name(ready: Ready, said: dict[str, str]) -> str:
    """Of a survey that goes by the ready-made name."""
    with translation.override(said["language"]):
        is_ours = said.get("name", "").strip() == str(ready.name)
    if not is_ours or said.get("second_language") not in defining.LANGUAGES:
        return ""
    with translation.override(said["second_language"]):
        return str(ready.name)


def _ask(survey: Survey, ask: Ask, before: Sequence[Question]) -> Question:
    words: Sequence[str] = ("label", "help_text", "section", "low_label", "high_label")
    said: dict[str, Any] = {"type": ask.type, "is_required": ask.is_required, "rating_max": ask.rating_max}
    with translation.override(survey.language):
        said |= {name: str(getattr(ask, name)) for name in words}
        options = [{"label": str(option)} for option in ask.options]
    if survey.second_language:
        with translation.override(survey.second_language):
            said["words"] = {name: str(getattr(ask, name)) for name in words}
            options = [row | {"second": str(other)} for row, other in zip(options, ask.options, strict=True)]
    if ask.only_after:
        place, op, value = ask.only_after
        said["shown_if"] = {"all": [{"answer": before[place].pk, "op": op, "value": value}]}
    if not survey.is_anonymous:
        said["field"] = _known(survey.workspace, said) or composing.NEW_FIELD
    return composing.ask(survey, said=said, options=options)


def _known(workspace: Workspace, said: dict[str, Any]) -> CustomField | None:
    found = workspace.custom_fields.active().filter(label__iexact=said["label"][:100], type=said["type"])
    return found.filter(rating_max=said["rating_max"]).first() if said["type"] == FieldType.RATING else found.first()


def _score(survey: Survey, scored: Scored, questions: Sequence[Question]) -> Score:
    with translation.override(survey.language):
        title = str(scored.field)
        bands = [(str(name), tone, low, high) for name, tone, low, high in scored.bands]
    held = survey.workspace.custom_fields.active().filter(label__iexact=title, type=FieldType.NUMBER).first()
    home = held or fields.define(survey.workspace, said={"label": _free(survey.workspace, title), "type": "number"})
    parts = [{"question": questions[place].pk, "weight": 1} for place in scored.of]
    score = Score.objects.create(
        workspace=survey.workspace, survey=survey, name=title, method=scored.method, parts=parts, field=home
    )
    rows = [
        Band(score=score, position=place, name=name, tone=tone, lowest=low, highest=high)
        for place, (name, tone, low, high) in enumerate(bands)
    ]
    Band.objects.bulk_create(rows)
    return score


def _free(workspace: Workspace, title: str) -> str:
    taken = {label.casefold() for label in workspace.custom_fields.values_list("label", flat=True)}
    names = (title if number == 1 else f"{title} ({number})" for number in range(1, 300))
    return next(name for name in names if name.casefold() not in taken)
