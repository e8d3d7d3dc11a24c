"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.html import strip_tags
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import masking
from crm.contacts.models import Contact
from crm.rules import grammar, reading
from crm.rules.explaining import Mark, explain
from crm.rules.faults import RuleError
from crm.rules.remembering import remembering
from crm.rules.rest import RuleJson
from crm.segments import matching, saving
from crm.segments.models import Segment, SegmentMember, SegmentSize
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.rest import CursorPages


class PersonSerializer(serializers.ModelSerializer[Contact]):
    """A contact in short; contacts/<id>/ has the rest, and the answers of sensitive fields where they are asked for."""

    values = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields = ("id", "email", "phone", "first_name", "last_name", "values", "source", "created_at")

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_values(self, contact: Contact) -> dict[str, Any]:
        return masking.without(contact.values, self.context["hidden"])


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    rule = RuleJson(required=False, help_text="{} is everybody.")
    reading = serializers.SerializerMethodField(help_text="The rule in plain words, in the language asked for.")

    class Meta:
        model = Segment
        fields = ("id", "name", "rule", "reading", "is_fixed", "size", "refreshed_at", "created_at", "updated_at")
        read_only_fields = ("is_fixed", "size", "refreshed_at", "created_at", "updated_at")
        extra_kwargs: ClassVar = {
            "size": {
                "help_text": "How many people are kept in it; 0 while refreshed_at is null, and for a fixed segment."
            },
            "refreshed_at": {
                "help_text": "When everybody was last worked out; between, changes arrive within seconds."
            },
        }

    def get_reading(self, segment: Segment) -> str:
        return "" if segment.is_fixed else reading.read(segment.rule, segment.workspace)


class MemberSerializer(serializers.ModelSerializer[SegmentMember]):
    class Meta:
        model = SegmentMember
        fields = ("contact", "entered_at")


class MemberPages(CursorPages):
    """Along the index of the membership, so that the thousandth page costs what the first does."""

    ordering = "-contact_id"


class SizeSerializer(serializers.ModelSerializer[SegmentSize]):
    class Meta:
        model = SegmentSize
        fields = ("day", "count")


class WhySerializer(serializers.Serializer[Any]):
    """A condition has `words` and perhaps `found`, a group `group` and `members`; `inside` is what a condition stands for."""

    holds = serializers.BooleanField()
    group = serializers.ChoiceField(["", *grammar.GROUPS])
    words = serializers.CharField()
    found = serializers.CharField()
    members = serializers.ListField(child=serializers.DictField())
    inside = serializers.DictField(allow_null=True)


def _told(mark: Mark) -> dict[str, Any]:
    return {
        "holds": mark.holds,
        "group": mark.group,
        "words": strip_tags(mark.words),
        "found": mark.found,
        "members": [_told(member) for member in mark.members],
        "inside": _told(mark.inside) if mark.inside else None,
    }


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
        seen = {"hidden": masking.sensitive_keys(self.workspace)}
        return self.get_paginated_response(PersonSerializer(page, many=True, context=seen).data)

    @extend_schema(responses=MemberSerializer(many=True))
    @action(detail=True, pagination_class=MemberPages)
    def members(self, request: Request, pk: str) -> Response:
        """Who is kept in the segment and since when, the newest contacts first. True to seconds, and quick at any size."""
        page = self.paginate_queryset(self.get_object().members.filter(contact__deleted_at=None))
        return self.get_paginated_response(MemberSerializer(page, many=True).data)

    @extend_schema(responses=WhySerializer, parameters=[OpenApiParameter("contact_pk", int, OpenApiParameter.PATH)])
    @action(detail=True, url_path=r"why/(?P<contact_pk>[0-9]{1,18})")
    def why(self, request: Request, pk: str, contact_pk: str) -> Response:
        """Whether a contact fits the segment now, condition by condition, with what the contact has."""
        segment = self.get_object()
        contact = get_object_or_404(Contact.objects.filter(workspace=self.workspace).alive(), pk=contact_pk)
        rule = {"all": [{"segment": segment.pk}]} if segment.is_fixed else segment.rule
        mark = explain(rule, self.workspace, contact.pk)
        return Response(_told(mark) if mark else {})

    @extend_schema(responses=SizeSerializer(many=True))
    @action(detail=True)
    def sizes(self, request: Request, pk: str) -> Response:
        """How many people it had at the end of each day, the newest first; today's row still moves."""
        page = self.paginate_queryset(self.get_object().sizes.all())
        return self.get_paginated_response(SizeSerializer(page, many=True).data)

    @extend_schema(responses=inline_serializer("SegmentCount", {"count": serializers.IntegerField()}))
    @action(detail=True)
    def count(self, request: Request, pk: str) -> Response:
        return Response({"count": matching.members(self.get_object()).count()})


routes: list[tuple[str, type, str]] = [("segments", SegmentViewSet, "segment")]
