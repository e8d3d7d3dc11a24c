"""Answers to a survey, of each kind, against a bare Django form view that makes one insert.

Both are whole requests through every middleware, with the same three questions: ours opens a personal link, checks the stamp,
cleans the answers and calls the verb of its kind. The reference knows neither people nor promises: a form, an insert, a
redirect. They take turns, so that a busy moment of the machine hits both. The limit per address is off, for all come from one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from config.bench.measuring import Measured, Row, Scale, in_turn
from crm.contacts.models import Contact, CustomField
from crm.workspaces.models import Workspace
from surveys import stamps, tallying, tokens
from surveys.models import Question, Remark, Survey

GOAL = {"anonymous_ratio": 0.7, "identified_ratio": 0.7}
AT_LEAST = frozenset(GOAL)
TIMES = 400
STATIC = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
RATINGS = [(step, step) for step in range(1, 6)]


class Bare(forms.Form):
    one = forms.TypedChoiceField(choices=RATINGS, coerce=int)
    two = forms.TypedChoiceField(choices=RATINGS, coerce=int)
    words = forms.CharField(max_length=1000, required=False)


@csrf_exempt
def bare(request: HttpRequest, question: int, survey: int) -> HttpResponse:
    form = Bare(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"form": form}, status=422)
    Remark.objects.create(survey_id=survey, question_id=question, text=str(form.cleaned_data))
    return HttpResponseRedirect("/thanks/")


urlpatterns = [path("bare/<int:survey>/<int:question>/", bare), path("", include("config.urls"))]


def run(scale: Scale) -> Measured:
    told: dict[str, Any] = {"ALLOWED_HOSTS": ["testserver"], "STORAGES": settings.STORAGES | STATIC}
    with override_settings(ROOT_URLCONF="config.bench.survey", FORMS_PER_ADDRESS=0, **told):
        return _measure()


def _measure() -> Measured:
    workspace = Workspace.objects.create(name="bench", slug="bench-survey")
    rows: list[Row] = [("kind", "answers/s", "bare view/s", "ratio")]
    figures: dict[str, float] = {}
    for kind in Survey.Kind.values:
        survey = _survey(workspace, kind)
        ours, reference = in_turn(_answering(survey), _bare(survey), times=TIMES, warm=20)
        figures[f"{kind}_ratio"] = round(reference / ours, 2)
        rows.append((kind, f"{1 / ours:,.0f}", f"{1 / reference:,.0f}", str(figures[f"{kind}_ratio"])))
    return Measured(figures, rows)


def _survey(workspace: Workspace, kind: str) -> Survey:
    survey = Survey.objects.create(workspace=workspace, name=kind, kind=kind, access=Survey.Access.INVITED)
    for place, kind_of_answer in enumerate(("rating", "rating", "long_text")):
        field = CustomField.objects.create(workspace=workspace, label=f"{kind} {place}", type=kind_of_answer)
        Question.objects.create(
            workspace=workspace,
            survey=survey,
            position=place,
            label=str(place),
            type=kind_of_answer,
            field=None if survey.is_anonymous else field,
        )
    if survey.is_anonymous:
        tallying.open_anonymous(survey)
    else:
        Survey.objects.filter(pk=survey.pk).update(status=Survey.Status.OPEN)
    return survey


def _answering(survey: Survey) -> Callable[[], object]:
    """Each call is the answer of somebody else."""
    client, links = Client(), _links(survey)
    said = dict(
        zip((f"q{pk}" for pk in survey.questions.values_list("pk", flat=True)), ("4", "5", "כי ככה"), strict=True)
    )

    def call() -> None:
        link = next(links)
        body = said | {"stamp": stamps.make(survey.pk, 1, link)}
        response = client.post(f"/s/{survey.code}/{link}/", body)
        assert response.status_code == 303, response.content

    return call


def _links(survey: Survey) -> Iterator[str]:
    start = Contact.objects.count()
    made = Contact.objects.bulk_create(
        [
            Contact(workspace=survey.workspace, email=f"s{number}@bench.test")
            for number in range(start, start + TIMES + 50)
        ]
    )
    return iter([tokens.make(survey.pk, contact.pk) for contact in made])


def _bare(survey: Survey) -> Callable[[], object]:
    client, numbers = Client(), count()
    question = survey.questions.values_list("pk", flat=True)[0]

    def call() -> None:
        body = {"one": "4", "two": "5", "words": f"כי ככה {next(numbers)}"}
        response = client.post(f"/bare/{survey.pk}/{question}/", body)
        assert response.status_code == 302

    return call
