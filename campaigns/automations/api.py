"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename).

A flow travels whole, as `flow.py` describes it. Writing it changes the draft; what runs changes by `switch_on`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.automations import counting, leaving, moving, switching, tracing
from campaigns.automations.models import Automation, Enrolment
from crm.contacts.rest import validated
from crm.rules.remembering import remembering
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit
from crm.workspaces.http import whole

LARGEST = 2**63 - 1
MOST = 1000  # people in one call


class AutomationSerializer(serializers.ModelSerializer[Automation]):
    """An automation. `is_changed`: the draft says something else than what runs."""

    is_changed = serializers.BooleanField(read_only=True)

    class Meta:
        model = Automation
        fields = (
            "id",
            "name",
            "status",
            "is_changed",
            "revision",
            "created_at",
            "updated_at",
            "switched_at",
            "looped_at",
        )
        read_only_fields = ("status", "revision", "created_at", "updated_at", "switched_at", "looped_at")


class StepCountSerializer(serializers.Serializer[Any]):
    """How many came to the step, wait there now, have been through, were not done for, left there, need attention; and the
    paths they took, by the path's id ("" for whoever fitted none)."""

    entered = serializers.IntegerField()
    waiting = serializers.IntegerField()
    done = serializers.IntegerField()
    refused = serializers.IntegerField()
    left = serializers.IntegerField()
    stuck = serializers.IntegerField()
    paths = serializers.DictField(child=serializers.IntegerField())


class AutomationCountsSerializer(serializers.Serializer[Any]):
    """Walks, not people: who entered twice counts twice. `steps` by the step's id, over all versions."""

    entered = serializers.IntegerField()
    active = serializers.IntegerField()
    stuck = serializers.IntegerField()
    done = serializers.IntegerField()
    goal = serializers.IntegerField()
    left = serializers.IntegerField()
    steps = serializers.DictField(child=StepCountSerializer())


class WholeAutomationSerializer(AutomationSerializer):
    """With its draft, and what became of people."""

    flow = serializers.JSONField(source="draft", read_only=True)
    counts = serializers.SerializerMethodField()

    class Meta(AutomationSerializer.Meta):
        fields = (*AutomationSerializer.Meta.fields, "flow", "counts")  # type: ignore[assignment]

    @extend_schema_field(AutomationCountsSerializer)
    def get_counts(self, automation: Automation) -> dict[str, Any]:
        return dict(AutomationCountsSerializer(counting.of(automation)).data)


class AutomationChange(serializers.Serializer[Any]):
    """`flow` replaces the draft. With `revision` it is refused where somebody saved meanwhile."""

    name = serializers.CharField(max_length=100, required=False)
    flow = serializers.DictField(required=False)
    revision = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class NewAutomation(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    flow = serializers.DictField(required=False)


class SwitchOn(serializers.Serializer[Any]):
    """`existing`: let in those who qualify already. `move`: people inside go on in what changed, else they finish theirs."""

    existing = serializers.BooleanField(default=False)
    move = serializers.BooleanField(default=True)


class SwitchOff(serializers.Serializer[Any]):
    """`take_out`: whoever is inside leaves at once, else they go on to the end."""

    take_out = serializers.BooleanField(default=False)


class EnrolRequest(serializers.Serializer[Any]):
    """`occasion` names what brings them: the same occasion lets nobody in twice."""

    contacts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), min_length=1, max_length=MOST
    )
    occasion = serializers.RegexField(r"^[\w.:-]{1,50}$")


class EnrolledSerializer(serializers.Serializer[Any]):
    """The enrolments that began. Who may not enter now, came by this occasion before, or is not known, is left out."""

    enrolments = serializers.ListField(child=serializers.IntegerField())


class EnrolmentSerializer(serializers.ModelSerializer[Enrolment]):
    """One walk. `step` is the id of the step where they stand or stood last, `due_at` when they go on."""

    class Meta:
        model = Enrolment
        fields = (
            "id", "automation", "contact", "state", "reason", "step", "due_at", "trouble", "occasion", "entered_at", "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class TraceLineSerializer(serializers.Serializer[Any]):
    """A step that was done: `words` say what it is, `why` what became of it."""

    step = serializers.CharField()
    words = serializers.CharField()
    outcome = serializers.CharField()
    why = serializers.CharField()
    arrived_at = serializers.DateTimeField()
    at = serializers.DateTimeField()


class TraceSerializer(serializers.Serializer[Any]):
    """What happened to one person, in order. `standing` is the step where they stand now, in words."""

    enrolment = EnrolmentSerializer(source="walk")
    came = serializers.CharField()
    lines = TraceLineSerializer(many=True)
    standing = serializers.CharField()


class AutomationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Automations: drafts are written, switched on and off, and people let in."""

    queryset = Automation.objects.filter(deleted_at=None).select_related("workspace", "version")
    serializer_class = AutomationSerializer
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_serializer_class(self) -> Any:
        return AutomationSerializer if self.action == "list" else WholeAutomationSerializer

    @extend_schema(request=NewAutomation, responses={201: WholeAutomationSerializer})
    def create(self, request: Request) -> Response:
        """A new draft. What does not fit is told at `flow.<place>`."""
        said = validated(NewAutomation, request)
        made = _said(switching.create, self.workspace, name=said["name"], draft=said.get("flow"), by=None)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=AutomationChange, responses=WholeAutomationSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Writes name or draft. What runs stays as it is until `switch_on`."""
        automation, said, now = self.get_object(), validated(AutomationChange, request), timezone.now()
        with transaction.atomic():
            if "flow" in said:
                automation = _said(switching.save, automation, said["flow"], revision=said.get("revision"), now=now)
            if "name" in said:
                automation = _said(switching.rename, automation, said["name"], now=now)
        return self._told(automation)

    @extend_schema(request=SwitchOn, responses=WholeAutomationSerializer)
    @action(detail=True, methods=["post"])
    def switch_on(self, request: Request, pk: str) -> Response:
        """Runs the draft. What stands in the way is told, and nothing is changed."""
        automation, said = self.get_object(), validated(SwitchOn, request)
        automation = _said(switching.switch_on, automation, now=timezone.now(), **said)
        audit(request._request, "automation.on", subject=automation)
        return self._told(automation)

    @extend_schema(request=None, responses=WholeAutomationSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Everybody stands still, and nobody enters."""
        return self._turned(request, switching.pause, "automation.paused")

    @extend_schema(request=None, responses=WholeAutomationSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Everybody goes on where they stood; whoever came meanwhile is not let in afterwards."""
        return self._turned(request, switching.resume, "automation.resumed")

    @extend_schema(request=SwitchOff, responses=WholeAutomationSerializer)
    @action(detail=True, methods=["post"])
    def switch_off(self, request: Request, pk: str) -> Response:
        """Nobody enters any more."""
        self.get_object()
        return self._turned(request, switching.switch_off, "automation.off", **validated(SwitchOff, request))

    @extend_schema(request=EnrolRequest, responses={200: EnrolledSerializer})
    @action(detail=True, methods=["post"])
    def enrol(self, request: Request, pk: str) -> Response:
        """Lets people in. The same occasion again lets in nobody twice."""
        automation, said = self.get_object(), validated(EnrolRequest, request)
        occasion = f"api:{said['occasion']}"
        made = _said(switching.enrol_by_hand, automation, said["contacts"], occasion=occasion, now=timezone.now())
        return Response({"enrolments": made})

    def _turned(self, request: Request, verb: Any, name: str, **said: Any) -> Response:
        automation = _said(verb, self.get_object(), now=timezone.now(), **said)
        audit(request._request, name, subject=automation)
        return self._told(automation)

    def _told(self, automation: Automation) -> Response:
        return Response(WholeAutomationSerializer(automation).data)


def _query(name: str, kind: Any, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=words)


class EnrolmentViewSet(mixins.ListModelMixin, WorkspaceViewSet):
    """Who walks through automations, and what happened to them."""

    queryset = Enrolment.objects.filter(automation__deleted_at=None).select_related("automation__workspace", "version")
    serializer_class = EnrolmentSerializer
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows if self.action != "list" else self._filtered(rows)

    def _filtered(self, rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
        asked = self.request.query_params  # type: ignore[union-attr]
        for name in ("automation", "contact"):
            if name in asked:
                pk = whole(asked[name])
                if pk is None:
                    raise serializers.ValidationError({name: [_("Write a whole number.")]})
                rows = rows.filter(**{name: pk})
        if "state" in asked:
            if asked["state"] not in Enrolment.State.values:
                raise serializers.ValidationError({"state": [_("Choose one of: active, done, left, stuck.")]})
            rows = rows.filter(state=asked["state"])
        return rows

    @extend_schema(
        parameters=[
            _query("automation", OpenApiTypes.INT64, "Of this automation."),
            _query("contact", OpenApiTypes.INT64, "Of this contact."),
            _query("state", OpenApiTypes.STR, "active, done, left, stuck"),
        ]
    )
    def list(self, request: Request) -> Response:
        """The newest first, by cursor."""
        return super().list(request)

    @extend_schema(responses=TraceSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """The trace: what happened to this person, when, and why this way."""
        with remembering():
            return Response(TraceSerializer(tracing.of(self.get_object(), self.workspace)).data)

    @extend_schema(request=None, responses=EnrolmentSerializer)
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """What held them up was mended: they go on where they stand. Nothing happens to whoever is not stuck."""
        walk = self.get_object()
        moving.again([walk.pk], walk.automation, timezone.now())
        return self._told(walk)

    @extend_schema(request=None, responses=EnrolmentSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """Takes the person out. Nothing happens to whoever is through."""
        walk = self.get_object()
        leaving.leave_one(walk, reason=Enrolment.Reason.BY_HAND, now=timezone.now())
        return self._told(walk)

    def _told(self, walk: Enrolment) -> Response:
        walk.refresh_from_db()
        return Response(EnrolmentSerializer(walk).data)


def _said(verb: Any, *arguments: Any, **named: Any) -> Any:
    """The verb's answer; what it refuses becomes a 400 that names the place inside the flow."""
    try:
        return verb(*arguments, **named)
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise serializers.ValidationError(_placed(error)) from error
        told = error.message_dict
        name = told.pop("name", None)
        whole_flow = told.pop("flow", None)
        detail: dict[str, Any] = {"name": name} if name else {}
        detail |= {"flow": told or whole_flow} if told or whole_flow else {}
        raise serializers.ValidationError(detail) from error


def _placed(error: ValidationError) -> dict[str, Any]:
    """Of switching on: each fault under the id of its step, "start" for what starts it."""
    told: dict[str, list[str]] = {}
    for one in error.error_list:
        place = one.code if one.code not in (None, "stale", "status", "invalid") else "non_field_errors"
        told.setdefault(str(place), []).extend(one.messages)
    return told


routes: list[tuple[str, type, str]] = [
    ("automations", AutomationViewSet, "automation"),
    ("enrolments", EnrolmentViewSet, "enrolment"),
]
