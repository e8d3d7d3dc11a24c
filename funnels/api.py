"""REST of funnels: definitions, and the report of one as its screen counts it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.workspaces.api import WorkspaceViewSet
from funnels import building, reports
from funnels.models import Funnel


class MatchSerializer(serializers.Serializer[Any]):
    """One alternative of a stage."""

    kind = serializers.CharField(max_length=60, help_text=_("A kind of event, such as form.submitted."))
    subject = serializers.IntegerField(required=False, help_text=_("What it must be about; any, where absent."))
    rule = serializers.DictField(required=False, help_text=_("Which people; everybody, where absent."))


class StageSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    is_optional = serializers.BooleanField(default=False)
    matches = MatchSerializer(many=True)


class FunnelSerializer(serializers.ModelSerializer[Funnel]):
    stages = StageSerializer(many=True)

    class Meta:
        model = Funnel
        fields = ("id", "name", "window_days", "stages", "created_at", "updated_at")
        extra_kwargs = {"window_days": {"min_value": 1, "max_value": 36_500}}

    def validate_name(self, name: str) -> str:
        return " ".join(name.split())

    def create(self, validated_data: dict[str, Any]) -> Funnel:
        stages = validated_data.pop("stages")
        with transaction.atomic():
            funnel = Funnel.objects.create(workspace=self.context["view"].workspace, **validated_data)
            self._save_stages(funnel, stages)
        return funnel

    def update(self, instance: Funnel, validated_data: dict[str, Any]) -> Funnel:
        stages = validated_data.pop("stages", None)
        with transaction.atomic():
            funnel = super().update(instance, validated_data)
            if stages is not None:
                self._save_stages(funnel, stages)
        return funnel

    def _save_stages(self, funnel: Funnel, stages: list[dict[str, Any]]) -> None:
        try:
            building.save_stages(funnel, stages)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error


class StageCountSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField(source="stage.name")
    people = serializers.IntegerField()
    dropped = serializers.IntegerField(help_text=_("Came to the stage before and not to this one or past it."))
    of_start = serializers.FloatField(source="of_start.value", allow_null=True)
    of_previous = serializers.SerializerMethodField()
    median_seconds = serializers.SerializerMethodField()

    def get_of_previous(self, count: Any) -> float | None:
        return count.of_previous.value if count.of_previous else None

    def get_median_seconds(self, count: Any) -> float | None:
        return count.between.median if count.between else None


class ReportSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField(source="span.start")
    end = serializers.DateTimeField(source="span.end")
    immature = serializers.IntegerField(source="walked.immature")
    stages = StageCountSerializer(many=True, source="counts")


class FunnelViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WorkspaceViewSet,
):
    """Funnels: list, read, create, change; deleting moves to the bin for 30 days."""

    queryset = Funnel.objects.filter(deleted_at=None).prefetch_related("stages").select_related("workspace")
    serializer_class = FunnelSerializer
    http_method_names = ("get", "post", "patch", "delete", "head", "options")

    def perform_destroy(self, instance: Funnel) -> None:
        building.put_in_bin(instance)

    @extend_schema(
        responses=ReportSerializer,
        parameters=[OpenApiParameter("days", int, enum=[30, 90, 365], description="Entries of the last so many days.")],
    )
    @action(detail=True, methods=["get"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """How many people reached each stage; entries within the range, completions until now."""
        now = timezone.now()
        span = reports.span_of(request.query_params.get("days", ""), now=now)
        return Response(ReportSerializer(reports.report(self.get_object(), span, now=now)).data)


routes: list[tuple[str, type, str]] = [("funnels", FunnelViewSet, "api-funnel")]
