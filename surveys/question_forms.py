"""The form of a question, as long as its kind of answer asks; options are repeated inputs, so that each keeps its id."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.contacts.defining import RATINGS
from crm.contacts.models import CustomField, FieldType
from crm.rules import drafting
from crm.rules.builder import Builder
from crm.workspaces.http import whole
from surveys import composing, wording
from surveys.models import Question, Survey

BLANK_OPTIONS = 3
WORDS = tuple(wording.LIMITS)
RATED = ("low_label", "high_label")


class QuestionForm(forms.Form):
    label = forms.CharField(label=_("Question"), max_length=200)
    type = forms.ChoiceField(label=_("Kind of answer"), choices=FieldType.choices)
    help_text = forms.CharField(label=_("Explanation"), max_length=200, required=False)
    low_label = forms.CharField(label=_("Words for the lowest rating"), max_length=60, required=False)
    high_label = forms.CharField(label=_("Words for the highest rating"), max_length=60, required=False)
    section = forms.CharField(
        label=_("Begins a part of the survey"),
        max_length=100,
        required=False,
        help_text=_("A heading above this question, on a page of its own."),
    )
    rating_max = forms.TypedChoiceField(
        label=_("Highest rating"), choices=[(n, n) for n in RATINGS], coerce=int, initial=5
    )
    is_required = forms.BooleanField(label=_("Must be answered"), required=False)
    field = forms.ChoiceField(label=_("Where the answer is kept on the card"))
    policy = forms.ChoiceField(label=_("When the card says something already"), choices=Question.Policy.choices)

    def __init__(
        self, survey: Survey, data: QueryDict | None = None, *, question: Question | None = None, type: str = ""
    ) -> None:
        """`data` with "redraw" is what was typed so far: the form is drawn again, and nothing is judged."""
        self.survey, self.question = survey, question
        self.is_redrawn = data is not None and "redraw" in data
        self.typed = data
        self.kind = self._kind(data, type)
        initial = self._initial(data if self.is_redrawn else None)
        place = question.pk if question else "new"
        super().__init__(None if self.is_redrawn else data, initial=initial, auto_id=f"q{place}-%s")
        self.place, self.condition_error = place, ""
        self._shape()

    def _kind(self, data: QueryDict | None, type: str) -> str:
        had = self.question.type if self.question else FieldType.RATING
        asked = (data.get("type") if data is not None else type) or had
        return asked if asked in FieldType.values and not self.survey.is_fixed else had

    def _initial(self, typed: QueryDict | None) -> dict[str, Any]:
        source = self.question or Question(survey=self.survey, is_required=True)
        found = {name: getattr(source, name) for name in (*WORDS, "rating_max", "is_required", "policy")}
        found |= {f"second_{name}": source.words.get(name, "") for name in WORDS}
        found |= {"type": self.kind, "field": self._tied()}
        if typed is not None:
            found |= {name: typed[name] for name in found if name in typed} | {"is_required": "is_required" in typed}
            found["type"] = self.kind
        return found

    def _tied(self) -> str:
        is_tied = self.question is not None and self.question.field_id and self.kind == self.question.type
        return str(self.question.field_id) if self.question and is_tied else composing.NEW_FIELD

    def _shape(self) -> None:
        """Only what this kind of question asks; of an opened survey the words alone."""
        if self.kind != FieldType.RATING:
            self._drop("rating_max", *RATED)
        if self.survey.is_anonymous:
            self._drop("field", "policy")
        if self.survey.is_fixed:
            self._drop("type", "rating_max", "is_required", "field", "policy")
        if "field" in self.fields:
            self.fields["field"].choices = self._field_choices()  # type: ignore[attr-defined]
            self.fields["policy"].choices = self._policies()  # type: ignore[attr-defined]
        for name in WORDS:
            if name in self.fields:
                self.fields[name].widget.attrs |= {"dir": "auto", "autocomplete": "off"}
                self._add_second(name)
        self.fields["label"].widget.attrs |= {"autofocus": True}

    def _drop(self, *names: str) -> None:
        for name in names:
            self.fields.pop(name, None)

    def _add_second(self, name: str) -> None:
        if self.survey.second_language:
            attrs = {"lang": self.survey.second_language, "dir": "auto", "autocomplete": "off"}
            self.fields[f"second_{name}"] = forms.CharField(
                label=_now("The same in %(language)s") % {"language": self.survey.second_language_name},
                max_length=wording.LIMITS[name],
                required=False,
                widget=forms.TextInput(attrs),
            )

    def _field_choices(self) -> list[tuple[str, str]]:
        own = [(str(field.pk), field.label) for field in self._fitting()]
        return [(composing.NEW_FIELD, _now("A new field, called as the question")), *own]

    def _policies(self) -> list[tuple[str, Any]]:
        """Adding to what is there means something only where a field holds several things."""
        adds = self.kind in (FieldType.CHOICES, FieldType.LONG_TEXT)
        return [row for row in Question.Policy.choices if adds or row[0] != Question.Policy.APPEND]

    def _fitting(self) -> QuerySet[CustomField]:
        return self.survey.workspace.custom_fields.active().filter(type=self.kind)

    # -- what the template draws ----------------------------------------------------------------------------------------
    @property
    def second_languages(self) -> bool:
        return bool(self.survey.second_language)

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """The words beside their translation, in the order of the form."""
        order = ("label", "help_text", *RATED, "section")
        return [self._pair(name) for name in order if name in self.fields]

    def _pair(self, name: str) -> tuple[Any, Any]:
        return self[name], self[f"second_{name}"] if f"second_{name}" in self.fields else None

    @property
    def has_options(self) -> bool:
        return self.kind in composing.WITH_OPTIONS

    @property
    def options(self) -> list[dict[str, str]]:
        """The rows to draw: what was typed or is kept, and blank ones for more."""
        rows = self._rows()
        if self.survey.is_fixed:
            return rows
        wants_more = self.typed is not None and self.typed.get("redraw") == "option"
        blank = max(BLANK_OPTIONS - len(rows), 1) if not wants_more else 1
        return [*rows, *({"id": "", "label": "", "second": ""} for _row in range(blank))][: wording.MOST_OPTIONS]

    def _rows(self) -> list[dict[str, str]]:
        if self.typed is not None and "option_label" in self.typed:
            return [row for row in typed_options(self.typed) if row["label"] or row["id"]]
        if self.question is None or not self.question.options:
            return []
        second = self.question.words.get("options") or {}
        return [
            {"id": row["id"], "label": row["label"], "second": second.get(row["id"], "")}
            for row in self.question.options
        ]

    @property
    def option_errors(self) -> list[str]:
        return getattr(self, "_option_errors", [])

    @property
    def may_have_condition(self) -> bool:
        earlier = self.survey.questions.all()
        if self.question:
            earlier = earlier.filter(position__lt=self.question.position)
        return not self.survey.is_fixed and earlier.exists()

    def builder(self) -> Builder:
        """The house's builder, offering the earlier questions alone."""
        name = f"rule-{self.place}"
        rule: Any = self.question.shown_if if self.question else {}
        if self.typed is not None and name in self.typed:
            rule = drafting.read_form(self.typed, name, self.survey.workspace)
        menu = f"answer:{self.survey.pk}-{self.question.pk if self.question else ''}"
        return Builder(self.survey.workspace, rule, name=name, live_count=False, menu=menu)

    # -- saving -----------------------------------------------------------------------------------------------------------
    def save(self) -> Question | None:
        """The saved question; None where the form or the verb found a fault, which the form then shows."""
        if not self.is_valid():
            return None
        try:
            options = typed_options(self.data) if self.has_options else ()
            return composing.ask(self.survey, question=self.question, said=self._said(), options=options)
        except ValidationError as error:
            self._tell(error)
            return None

    def _said(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        said = {name: cleaned[name] for name in (*WORDS, "is_required", "rating_max", "policy") if name in cleaned}
        if self.survey.second_language:
            said["words"] = {name: cleaned.get(f"second_{name}", "") for name in WORDS}
        if not self.survey.is_fixed:
            said["type"] = self.kind
        if "field" in cleaned:
            said["field"] = self._field(cleaned["field"])
        if f"rule-{self.place}" in self.data:
            tree = drafting.read_form(self.data, f"rule-{self.place}", self.survey.workspace)
            said["shown_if"] = drafting.chosen(tree)
        return said

    def _field(self, chosen: str) -> Any:
        if chosen == composing.NEW_FIELD:
            return chosen
        pk = whole(chosen)
        return self._fitting().filter(pk=pk).first() if pk else None

    def _tell(self, error: ValidationError) -> None:
        faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in faults.items():
            if name == "options":
                self._option_errors = messages
            elif name == "shown_if":
                self.condition_error = messages[0]
            else:
                self.add_error(name if name in self.fields else None, messages)


def typed_options(data: Any) -> list[dict[str, str]]:
    labels, ids, second = (data.getlist(name) for name in ("option_label", "option_id", "option_second"))
    ids += [""] * (len(labels) - len(ids))
    second += [""] * (len(labels) - len(second))
    rows = zip(ids, labels, second, strict=False)
    return [{"id": identifier, "label": label, "second": other} for identifier, label, other in rows][
        : wording.MOST_OPTIONS + 1
    ]
