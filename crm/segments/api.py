"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts.models import Contact
from crm.rules import reading
from crm.rules.faults import RuleError
from crm.rules.remembering import remembering
from crm.rules.rest import RuleJson
from crm.segments import matching, saving
from crm.segments.models import Segment
from crm.workspaces.api import WorkspaceViewSet


class PersonSerializer(serializers.ModelSerializer[Contact]):
    """A contact in short; contacts/<id>/ has the rest."""

    class Meta:
        model = Contact
        fields = ("id", "email", "phone", "first_name", "last_name", "values", "source", "created_at")


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    rule = RuleJson(required=False, help_text="{} is everybody.")
    reading = serializers.SerializerMethodField(help_text="The rule in plain words, in the language asked for.")

    class Meta:
        model = Segment
        fields = ("id", "name", "rule", "reading", "is_fixed", "created_at", "updated_at")
        read_only_fields = ("is_fixed", "created_at", "updated_at")

    def get_reading(self, segment: Segment) -> str:
        return "" if segment.is_fixed else reading.read(segment.rule, segment.workspace)


class SegmentViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    WorkspaceViewSet,
):
    """Segments. A fixed segment was saved from a report; its rule is empty and only its name can change."""

    queryset = Segment.objects.filter(deleted_at=None).select_related("workspace")
    serializer_class = SegmentSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with remembering():  # the names that the readings tell are asked for once
            return super().list(request, *args, **kwargs)

    def perform_create(self, serializer: serializers.BaseSerializer[Segment]) -> None:
        self._save(serializer, None)

    def perform_update(self, serializer: serializers.BaseSerializer[Segment]) -> None:
        self._save(serializer, serializer.instance)

    def _save(self, serializer: serializers.BaseSerializer[Segment], segment: Segment | None) -> None:
        data = serializer.validated_data
        name = data.get("name", segment.name if segment else "")
        rule = data.get("rule", segment.rule if segment else {})
        try:
            serializer.instance = saving.save_segment(self.workspace, name=name, rule=rule, segment=segment)
        except RuleError as error:
            raise serializers.ValidationError(error.nested()) from error
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Into the bin; refused while another segment names this one."""
        try:
            saving.delete(self.get_object())
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error
        return Response(status=204)

    @extend_schema(responses=PersonSerializer(many=True))
    @action(detail=True)
    def contacts(self, request: Request, pk: str) -> Response:
        """The people of the segment now, in pages."""
        page = self.paginate_queryset(matching.members(self.get_object()))
        return self.get_paginated_response(PersonSerializer(page, many=True).data)

    @extend_schema(responses=inline_serializer("SegmentCount", {"count": serializers.IntegerField()}))
    @action(detail=True)
    def count(self, request: Request, pk: str) -> Response:
        return Response({"count": matching.members(self.get_object()).count()})


routes: list[tuple[str, type, str]] = [("segments", SegmentViewSet, "segment")]
