"""Answers to a survey, of each kind, against a bare Django form view that makes one insert.

All are whole requests through every middleware, with the same three questions: ours opens a personal link, checks the stamp,
cleans the answers and calls the verb of its kind. The reference knows neither people nor promises: a form, an insert, a
redirect. An anonymous answer is one insert too. A personal one is nine rows by the domain's own words: the response, three
fields of the card, taking part, how many did, and five events; so it has a second reference, a plain Django view that writes
these nine and promises nothing: no lock, no policy, no condition, no score, no second completion. They take turns, so that a
busy moment of the machine hits all. The limit per address is off, for all come from one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config.bench.measuring import Measured, Row, Scale, in_turn
from crm.contacts.models import Contact, CustomField
from crm.timeline.models import Event
from crm.timeline.recording import build
from crm.workspaces.models import Workspace
from surveys import stamps, tallying, tokens
from surveys.models import Participation, Question, Remark, Response, Survey

GOAL = {"anonymous_ratio": 0.7, "identified_to_same_rows": 0.7}
AT_LEAST = frozenset(GOAL)
TIMES = 400
STATIC = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
Call = Callable[[], object]
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


@csrf_exempt
def plain(request: HttpRequest, survey: int, contact: int) -> HttpResponse:
    """The rows of a personal answer, as somebody would write them who has this form alone to think of."""
    form = Bare(request.POST)
    if not form.is_valid():
        return render(request, "400.html", {"form": form}, status=422)
    with transaction.atomic():
        _store(Survey.objects.get(pk=survey), Contact.objects.get(pk=contact), form.cleaned_data)
    return HttpResponseRedirect("/thanks/")


def _store(survey: Survey, person: Contact, said: dict[str, Any]) -> None:
    now, whose = timezone.now(), {"workspace_id": survey.workspace_id, "survey": survey, "contact": person}
    response = Response.objects.create(**whose, answers=said, completed_at=now, times=1)
    Participation.objects.create(**whose, at=now)
    Survey.objects.filter(pk=survey.pk).update(counted=F("counted") + 1)
    person.values |= said
    person.save()
    about: dict[str, Any] = {"contact": person, "actor": "contact", "occurred_at": now}
    told = [build(survey.workspace_id, "field.changed", **about, field=key, new=said[key]) for key in said]
    told.append(build(survey.workspace_id, "survey.participated", subject=survey, **about))
    told.append(build(survey.workspace_id, "survey.answered", subject=survey, **about, response=response.pk, times=1))
    Event.objects.bulk_create(told)


urlpatterns = [
    path("bare/<int:survey>/<int:question>/", bare),
    path("plain/<int:survey>/<int:contact>/", plain),
    path("", include("config.urls")),
]


def run(scale: Scale) -> Measured:
    told: dict[str, Any] = {"ALLOWED_HOSTS": ["testserver"], "STORAGES": settings.STORAGES | STATIC}
    with override_settings(ROOT_URLCONF="config.bench.survey", FORMS_PER_ADDRESS=0, **told):
        return _measure()


def _measure() -> Measured:
    workspace = Workspace.objects.create(name="bench", slug="bench-survey")
    rows: list[Row] = [("kind", "answers/s", "reference", "a second", "ratio")]
    figures: dict[str, float] = {}
    for kind in Survey.Kind.values:
        survey = _survey(workspace, kind)
        _against(f"{kind}_ratio", _answering(survey), "one insert", _bare(survey), rows, figures)
        if not survey.is_anonymous:
            other = _survey(workspace, kind)
            _against(f"{kind}_to_same_rows", _answering(survey), "the same rows", _plain(other), rows, figures)
    return Measured(figures, rows)


def _against(name: str, ours: Call, called: str, theirs: Call, rows: list[Row], figures: dict[str, float]) -> None:
    mine, reference = in_turn(ours, theirs, times=TIMES, warm=20)
    figures[name] = round(reference / mine, 2)
    kind = name.partition("_")[0]
    rows.append((kind, f"{1 / mine:,.0f}", called, f"{1 / reference:,.0f}", str(figures[name])))


def _survey(workspace: Workspace, kind: str) -> Survey:
    survey = Survey.objects.create(workspace=workspace, name=kind, kind=kind, access=Survey.Access.INVITED)
    for place, kind_of_answer in enumerate(("rating", "rating", "long_text")):
        field = CustomField.objects.create(
            workspace=workspace, label=f"{CustomField.objects.count()} {kind}", type=kind_of_answer
        )
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


def _answering(survey: Survey) -> Call:
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
    return iter([tokens.make(survey.pk, pk) for pk in _people(survey)])


def _people(survey: Survey) -> list[int]:
    start = Contact.objects.count()
    numbers = range(start, start + TIMES + 50)
    made = [Contact(workspace=survey.workspace, email=f"s{number}@bench.test") for number in numbers]
    return [contact.pk for contact in Contact.objects.bulk_create(made)]


def _bare(survey: Survey) -> Call:
    client, numbers = Client(), count()
    question = survey.questions.values_list("pk", flat=True)[0]

    def call() -> None:
        body = {"one": "4", "two": "5", "words": f"כי ככה {next(numbers)}"}
        response = client.post(f"/bare/{survey.pk}/{question}/", body)
        assert response.status_code == 302

    return call


def _plain(survey: Survey) -> Call:
    client, people = Client(), iter(_people(survey))

    def call() -> None:
        body = {"one": "4", "two": "5", "words": "כי ככה"}
        response = client.post(f"/plain/{survey.pk}/{next(people)}/", body)
        assert response.status_code == 302

    return call
