"""REST of this app: serializers, viewsets, and `routes` (prefix, viewset, basename).

Definitions, published results, who took part, and identified answers in both directions. An anonymous answer is neither read
nor written here: a call has a key, an address and a time, and those must not stand beside such an answer.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response as Answer

from crm.contacts.capturing import capture
from crm.contacts.models import Contact
from crm.contacts.rest import actor_of, refuse, validated
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.rest import CursorPages
from surveys import answering, asking, reading, results
from surveys.models import Band, Participation, Question, Response, Score, ScoreResult, Survey

LARGEST = 2**63 - 1


class QuestionSerializer(serializers.ModelSerializer[Question]):
    class Meta:
        model = Question
        fields = (
            *("id", "label", "type", "help_text", "section", "is_required", "options"),
            *("rating_max", "low_label", "high_label", "field"),
        )
        read_only_fields = fields


class BandSerializer(serializers.ModelSerializer[Band]):
    class Meta:
        model = Band
        fields = ("name", "tone", "lowest", "highest")
        read_only_fields = fields


class ScoreSerializer(serializers.ModelSerializer[Score]):
    bands = BandSerializer(many=True, read_only=True)

    class Meta:
        model = Score
        fields = ("id", "name", "method", "field", "bands")
        read_only_fields = fields


class SurveySerializer(serializers.ModelSerializer[Survey]):
    """A survey and what it asks. `counted` is how many took part; of an anonymous one, as far as was published."""

    questions = QuestionSerializer(many=True, read_only=True)
    scores = ScoreSerializer(many=True, read_only=True)

    class Meta:
        model = Survey
        fields = (
            *("id", "name", "kind", "status", "language", "second_language", "access", "is_editable", "counted"),
            *("opened_at", "closed_at", "questions", "scores"),
        )
        read_only_fields = fields


class OptionCount(serializers.Serializer[Any]):
    option = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class QuestionCount(serializers.Serializer[Any]):
    question = serializers.IntegerField(source="question.pk")
    label = serializers.CharField(source="question.label")  # type: ignore[assignment]
    answered = serializers.IntegerField()
    options = OptionCount(many=True, source="lines")
    remarks = serializers.SerializerMethodField(help_text="Of an anonymous survey: from ten on, shuffled.")

    def get_remarks(self, result: results.QuestionResult) -> list[str]:
        return list(self.context["remarks"].get(result.question.pk, []))


class ResultsSerializer(serializers.Serializer[Any]):
    """`participants` completed an identified survey; of an anonymous one they are those of published batches."""

    participants = serializers.IntegerField()
    questions = QuestionCount(many=True)


class ParticipationSerializer(serializers.ModelSerializer[Participation]):
    """Of an anonymous survey `at` is when a batch was counted, and the order within it says nothing."""

    class Meta:
        model = Participation
        fields = ("contact", "at")
        read_only_fields = fields


class ScoreResultSerializer(serializers.ModelSerializer[ScoreResult]):
    class Meta:
        model = ScoreResult
        fields = ("score", "times", "value", "band", "at")
        read_only_fields = fields


class ResponseSerializer(serializers.ModelSerializer[Response]):
    """`answers` are {question id: value}, without those of sensitive fields; `completed_at` null: stopped midway.
    `results` are the scores of every completion, the newest first."""

    answers = serializers.SerializerMethodField()
    results = ScoreResultSerializer(many=True, read_only=True)

    class Meta:
        model = Response
        fields = (
            *("id", "contact", "answers", "source", "started_at", "updated_at", "completed_at"),
            *("times", "results"),
        )
        read_only_fields = fields

    def get_answers(self, response: Response) -> dict[str, Any]:
        return {key: value for key, value in response.answers.items() if int(key) not in self.context["hidden"]}


class NewAnswers(serializers.Serializer[Any]):
    """Who answers, by contact or by address (made if new), and what: {question id: value}. Without `complete` they are kept
    as of somebody who stopped midway."""

    contact = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False)
    email = serializers.CharField(max_length=254, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    answers = serializers.DictField(child=serializers.JSONField(allow_null=True))
    complete = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.get(name) for name in ("contact", "email", "phone")):
            raise serializers.ValidationError({"contact": [_("Say who answers: contact, email or phone.")]})
        return attrs


class SurveyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Surveys of both kinds. Of an anonymous one: what was published, and no answer of anybody."""

    queryset = Survey.objects.filter(deleted_at=None).select_related("workspace")
    serializer_class = SurveySerializer
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().prefetch_related("questions", "scores__bands")

    @extend_schema(responses=ResultsSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def results(self, request: Request, pk: str) -> Answer:
        """How many chose what. Of an anonymous survey this moves in groups of five, from ten answers on."""
        survey = self.get_object()
        found = results.of_survey(survey)
        participants = survey.counted if survey.is_anonymous else results.whole_responses(survey).count()
        remarks = results.remarks_of(survey) if survey.is_anonymous else {}
        told = {"participants": participants, "questions": found}
        return Answer(ResultsSerializer(told, context={"remarks": remarks}).data)

    @extend_schema(responses=ParticipationSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def participants(self, request: Request, pk: str) -> Answer:
        """Who took part, of both kinds."""
        page = self.paginate_queryset(Participation.objects.filter(survey=self.get_object()))
        return self.get_paginated_response(ParticipationSerializer(page, many=True).data)

    @extend_schema(responses=ResponseSerializer(many=True))
    @action(detail=True, pagination_class=CursorPages)
    def responses(self, request: Request, pk: str) -> Answer:
        """Who answered what, those who stopped midway too. An anonymous survey has none, and answers 404."""
        survey = self._identified(self.get_object(), exceptions.NotFound)
        page = self.paginate_queryset(results.here(survey).prefetch_related("results"))
        told = ResponseSerializer(page, many=True, context={"hidden": _hidden(survey)})
        return self.get_paginated_response(told.data)

    @extend_schema(request=NewAnswers, responses={201: ResponseSerializer})
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str) -> Answer:
        """Keeps answers to an identified survey, as its page does. The same completion again changes nothing."""
        survey = self._identified(self.get_object(), exceptions.PermissionDenied)
        said = validated(NewAnswers, request)
        cleaned = _cleaned(survey, said["answers"])
        with transaction.atomic():
            contact = self._contact(request, said)
            try:
                response = answering.answer(survey, contact, cleaned, complete=said["complete"], source="api")
            except DjangoValidationError as error:
                raise _told(error) from error
        told = ResponseSerializer(response, context={"hidden": _hidden(survey)})
        return Answer(told.data, status=status.HTTP_201_CREATED)

    def _identified(self, survey: Survey, refusal: type[exceptions.APIException]) -> Survey:
        if survey.is_anonymous:
            raise refusal(_("This survey is anonymous: no answer of anybody passes here."))
        return survey

    def _contact(self, request: Request, said: dict[str, Any]) -> Contact:
        if said.get("contact"):
            people = Contact.objects.alive().filter(workspace=self.workspace).select_related("workspace")
            return get_object_or_404(people, pk=said["contact"])
        try:
            who: dict[str, Any] = {"email": said.get("email"), "phone": said.get("phone")}
            return capture(self.workspace, **who, source="survey", actor=actor_of(request), overwrite=False).contact
        except DjangoValidationError as error:
            raise refuse(error) from error


def _hidden(survey: Survey) -> set[int]:
    return {question.pk for question in survey.questions.select_related("field") if reading.is_sensitive(question)}


def _cleaned(survey: Survey, answers: dict[str, Any]) -> dict[int, Any]:
    """{question id: value as stored}. Raises ValidationError {"answers": {id: [what to write]}}."""
    questions = {str(question.pk): question for question in survey.questions.select_related("survey")}
    said: dict[int, Any] = {}
    errors: dict[str, list[str]] = {}
    for key, raw in answers.items():
        question = questions.get(key)
        try:
            if question is None:
                raise DjangoValidationError(_("This question does not exist."))
            said[question.pk] = None if raw is None else asking.clean(question, raw)
        except DjangoValidationError as error:
            errors[key[:40]] = error.messages
    if errors:
        raise serializers.ValidationError({"answers": errors})
    return said


def _told(error: DjangoValidationError) -> serializers.ValidationError:
    """What is missing stands under its question; what concerns them all, under non_field_errors."""
    told: dict[str, Any] = {}
    for key, messages in error.message_dict.items():
        if key:
            told.setdefault("answers", {})[key] = messages
        else:
            told["non_field_errors"] = messages
    return serializers.ValidationError(told)


routes: list[tuple[str, type, str]] = [("surveys", SurveyViewSet, "survey")]
