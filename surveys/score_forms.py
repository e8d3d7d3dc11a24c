"""The form of a score: which questions, what each is worth, where the number is written, and the bands with their ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts.models import CustomField, FieldType
from surveys import bands as judging
from surveys import scoring
from surveys.models import Band, Question, Score, Survey
from surveys.questions import options_of
from surveys.results import labels_of
from surveys.settling import SCORABLE

BANDS, MOST = 5, 12
LARGEST = 1_000_000
NUMBER: dict[str, Any] = {"required": False, "min_value": -LARGEST, "max_value": LARGEST}
STARTERS = (("low", gettext_lazy("Low")), ("middling", gettext_lazy("Middling")), ("high", gettext_lazy("High")))


class ScoreForm(forms.Form):
    """`said` is what settling.save_score takes; `chain` what the score looks like as written, for its picture."""

    name = forms.CharField(label=gettext_lazy("Name of the score"), max_length=100)
    method = forms.ChoiceField(label=gettext_lazy("How it is made"), choices=Score.Method.choices)
    field = forms.TypedChoiceField(
        label=gettext_lazy("Where it is written"), coerce=int, empty_value=None, required=False
    )
    field_label = forms.CharField(label=gettext_lazy("Name of the new field"), max_length=100, required=False)

    def __init__(self, survey: Survey, data: Any = None, *, score: Score | None = None) -> None:
        self.survey, self.score = survey, score
        self.questions: Sequence[Question] = list(survey.questions.filter(type__in=SCORABLE))
        super().__init__(data, initial=_initial(survey, score, self.questions))
        fields = survey.workspace.custom_fields.active().filter(type=FieldType.NUMBER)
        self.numbers = {row.pk: row for row in fields}
        chosen: Any = self.fields["field"]
        chosen.choices = [("", _("A new field")), *((row.pk, row.label) for row in fields)]
        for question in self.questions:
            self._add_question(question)
        count = max(BANDS, min(MOST, (score.bands.count() if score else 0) + 2))
        self.places = range(count)
        for place in self.places:
            self._add_band(place)

    def _add_question(self, question: Question) -> None:
        pk = question.pk
        self.fields[f"use_{pk}"] = forms.BooleanField(label=question.label, required=False)
        self.fields[f"weight_{pk}"] = forms.FloatField(label=_("Weight"), **NUMBER)
        for option in _priced(question):
            label = labels_of(question)[option]
            self.fields[f"points_{pk}_{option}"] = forms.FloatField(label=label, **NUMBER)

    def _add_band(self, place: int) -> None:
        self.fields[f"band_name_{place}"] = forms.CharField(label=_("Name of the band"), max_length=60, required=False)
        self.fields[f"band_tone_{place}"] = forms.ChoiceField(
            label=_("Colour"), choices=Band.Tone.choices, required=False
        )
        self.fields[f"band_lowest_{place}"] = forms.FloatField(label=_("From score"), **NUMBER)
        self.fields[f"band_highest_{place}"] = forms.FloatField(label=_("To score"), **NUMBER)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("field") and not data.get("field_label", "").strip() and not self.errors:
            self.add_error("field_label", _("Choose a field, or name a new one."))
        for place in self.places:
            self._clean_band(place, data)
        return data

    def _clean_band(self, place: int, data: dict[str, Any]) -> None:
        name, low, high = (data.get(f"band_{part}_{place}") for part in ("name", "lowest", "highest"))
        if not name and low is None and high is None:
            return
        for part, value in (("name", name or None), ("lowest", low), ("highest", high)):
            if value is None and f"band_{part}_{place}" not in self.errors:
                self.add_error(f"band_{part}_{place}", _("A band needs a name and two ends."))
        if low is not None and high is not None and low > high:
            self.add_error(f"band_highest_{place}", _("A band begins at its lower end."))

    @property
    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        field: CustomField | None = self.numbers.get(data.get("field") or 0)
        label = data.get("field_label", "").strip()
        return {
            "name": data.get("name", ""),
            "method": data.get("method") or Score.Method.SUM,
            "parts": list(self._parts(data)),
            "field": field,
            "field_label": label,
            "bands": list(self._bands(data)),
        }

    def _parts(self, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for question in self.questions:
            if not data.get(f"use_{question.pk}"):
                continue
            weight = data.get(f"weight_{question.pk}")
            part: dict[str, Any] = {"question": question.pk, "weight": 1 if weight is None else _plain(weight)}
            points = {option: data.get(f"points_{question.pk}_{option}") for option in _priced(question)}
            if points:
                part["points"] = {option: _plain(value or 0) for option, value in points.items()}
            yield part

    def _bands(self, data: dict[str, Any]) -> Iterator[Band]:
        for place in self.places:
            name, low, high = (data.get(f"band_{part}_{place}") for part in ("name", "lowest", "highest"))
            if name and low is not None and high is not None:
                tone = data.get(f"band_tone_{place}") or Band.Tone.MIDDLING
                yield Band(name=name, tone=tone, lowest=low, highest=high)

    @property
    def rows(self) -> Iterator[tuple[Question, forms.BoundField, forms.BoundField, list[forms.BoundField]]]:
        for question in self.questions:
            points = [self[f"points_{question.pk}_{option}"] for option in _priced(question)]
            yield question, self[f"use_{question.pk}"], self[f"weight_{question.pk}"], points

    @property
    def band_rows(self) -> Iterator[list[forms.BoundField]]:
        for place in self.places:
            yield [self[f"band_{part}_{place}"] for part in ("name", "tone", "lowest", "highest")]

    @property
    def chain(self) -> Chain:
        """Of what is written, good or not; before anything is posted, of the score as it stands."""
        data: Any = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else self.initial
        said = Score(method=data.get("method") or Score.Method.SUM, parts=list(self._parts(data)))
        return Chain(said, list(self._bands(data)), self.questions)


class Chain:
    """A score drawn as a chain: questions -> score -> band."""

    def __init__(self, score: Score, bands: Sequence[Band], questions: Sequence[Question]) -> None:
        by_id = {question.pk: question for question in questions}
        self.questions = [by_id[part["question"]] for part in score.parts if part["question"] in by_id]
        self.bands = bands
        self.method = score.get_method_display()
        no_average = score.method == Score.Method.AVERAGE and not sum(part.get("weight", 1) for part in score.parts)
        self.span = (0.0, 0.0) if no_average else scoring.span_of(score, by_id)
        self.is_open = any(question.type == FieldType.NUMBER for question in self.questions)
        is_whole = judging.counts_whole(score) and not self.is_open
        span = (0.0, 0.0) if self.is_open else self.span
        self.warnings = judging.warnings(bands, span, is_whole=is_whole)


def _priced(question: Question) -> list[str]:
    """The options whose worth the owner says; a rating and a number count themselves."""
    return options_of(question) if question.type not in (FieldType.RATING, FieldType.NUMBER) else []


def _plain(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number


def _initial(survey: Survey, score: Score | None, questions: Sequence[Question]) -> dict[str, Any]:
    if score is None:
        return _fresh(questions)
    said: dict[str, Any] = {"name": score.name, "method": score.method, "field": score.field_id}
    for part in score.parts:
        pk = part["question"]
        said |= {f"use_{pk}": True, f"weight_{pk}": part.get("weight", 1)}
        said |= {f"points_{pk}_{option}": worth for option, worth in (part.get("points") or {}).items()}
    for place, band in enumerate(score.bands.all()):
        parts = {"name": band.name, "tone": band.tone, "lowest": _plain(band.lowest), "highest": _plain(band.highest)}
        said |= {f"band_{part}_{place}": value for part, value in parts.items()}
    return said


def _fresh(questions: Sequence[Question]) -> dict[str, Any]:
    """The ratings summed, in three bands of about a third each."""
    said: dict[str, Any] = {"name": _("Survey summary"), "method": Score.Method.SUM, "field_label": _("Survey summary")}
    ratings = [question for question in questions if question.type == FieldType.RATING]
    said |= {f"weight_{question.pk}": 1 for question in questions}
    said |= {f"use_{question.pk}": True for question in ratings}
    low, high = len(ratings), sum(question.rating_max for question in ratings)
    if high - low < len(STARTERS) - 1:
        return said
    third = (high - low + 1) / len(STARTERS)
    for place, (tone, name) in enumerate(STARTERS):
        ends = low + round(third * place), low + round(third * (place + 1)) - 1
        parts = {"name": str(name), "tone": tone, "lowest": ends[0], "highest": ends[1]}
        said |= {f"band_{part}_{place}": value for part, value in parts.items()}
    return said
