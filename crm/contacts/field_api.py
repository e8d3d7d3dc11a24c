"""REST of custom fields and of their groups."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import converting, defining, grouping, usage
from crm.contacts.models import CustomField, FieldGroup, FieldType
from crm.contacts.rest import refuse, validated
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit
from crm.workspaces.models import Workspace

MOST_FAULTS = 100
LARGEST = 2**63 - 1


class OptionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, max_length=20, help_text="Leave out for a new option.")
    label = serializers.CharField(max_length=defining.OPTION_LENGTH)  # type: ignore[assignment]


class CustomFieldSerializer(serializers.ModelSerializer[CustomField]):
    """`storage_key` ("f12") is the field's name in `values`, rules and merge tags; labels may change."""

    type = serializers.ChoiceField(
        FieldType.choices, help_text="Changed by its own call, which takes the answers along."
    )
    storage_key = serializers.CharField(read_only=True)
    options = OptionSerializer(many=True, required=False)
    rating_max = serializers.IntegerField(required=False, min_value=2, max_value=10)
    group = serializers.IntegerField(
        source="group_id", required=False, allow_null=True, min_value=1, max_value=LARGEST, help_text="Id of a group."
    )
    required = serializers.BooleanField(  # type: ignore[assignment]
        required=False, help_text="Binds people who fill in forms; this API may leave it out."
    )
    default = serializers.JSONField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="What a new contact gets where nothing was said."
    )
    index_state = serializers.ChoiceField(
        ["", "wanted", "ready", "failed"], read_only=True, help_text="How far the index of a filterable field is."
    )
    archived = serializers.SerializerMethodField()

    class Meta:
        model = CustomField
        fields = (
            *("id", "storage_key", "key", "label", "type", "help_text", "options"),
            *("rating_max", "low_label", "high_label", "group", "position", "required", "default"),
            *("is_sensitive", "is_filterable", "index_state", "archived"),
        )
        read_only_fields = ("key", "position")

    def get_archived(self, field: CustomField) -> bool:
        return field.archived_at is not None

    def validate_type(self, type: str) -> str:
        if self.instance and type != self.instance.type:
            raise serializers.ValidationError(_("The type is changed by POST to …/type/."))
        return type

    def create(self, validated_data: dict[str, Any]) -> CustomField:
        return self._define(None, validated_data)

    def update(self, instance: CustomField, validated_data: dict[str, Any]) -> CustomField:
        return self._define(instance, validated_data)

    def _define(self, field: CustomField | None, said: dict[str, Any]) -> CustomField:
        workspace: Workspace = self.context["view"].workspace
        options = said.pop("options", ())
        if "group_id" in said:
            said["group"] = _group_of(workspace, said.pop("group_id"))
        try:
            return defining.define(workspace, field=field, said=said, options=options)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None


def _group_of(workspace: Workspace, pk: int | None) -> FieldGroup | None:
    group = workspace.field_groups.filter(pk=pk).first() if pk else None
    if pk and group is None:
        raise serializers.ValidationError({"group": [_("There is no such group.")]})
    return group


class NewType(serializers.Serializer[Any]):
    type = serializers.ChoiceField(FieldType.choices)


class UseSerializer(serializers.Serializer[Any]):
    """Something of the business that names the field."""

    what = serializers.CharField()
    name = serializers.CharField()


class FaultSerializer(serializers.Serializer[Any]):
    """An answer that the new type does not take. Of a sensitive field the answer itself is null."""

    value = serializers.JSONField(allow_null=True)
    people = serializers.IntegerField()
    why = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    possible = serializers.BooleanField(source="is_possible")
    converting = serializers.IntegerField(help_text="Answers that fit, or were converted.")
    failing = serializers.IntegerField()
    different_faults = serializers.IntegerField()
    faults = FaultSerializer(many=True, help_text="The commonest, at most 100.")
    blocking = UseSerializer(many=True, help_text="Whose conditions would fail.")


class Part(serializers.Serializer[Any]):
    group = serializers.IntegerField(allow_null=True, min_value=1, max_value=LARGEST)
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=defining.MOST_FIELDS
    )


class Order(serializers.Serializer[Any]):
    parts = Part(many=True)


class CustomFieldViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WorkspaceViewSet,
):
    """The questions a business asks of every contact."""

    queryset = CustomField.objects.all()
    serializer_class = CustomFieldSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(
        parameters=[OpenApiParameter("force", bool, description="Archive it although something uses it.")],
        responses={204: None, 409: OpenApiResponse(UseSerializer(many=True), "What uses it.")},
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archives: the answers stay. What a segment, page, mailing or funnel uses is archived only with `force`."""
        field = self.get_object()
        uses = [] if request.query_params.get("force") == "true" else usage.uses_of(field)
        if uses and field.archived_at is None:
            return Response(UseSerializer(uses, many=True).data, status=status.HTTP_409_CONFLICT)
        with transaction.atomic():
            audit(request, "field.archived", subject=field)  # type: ignore[arg-type]
            defining.archive(field)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=NewType, responses=PreviewSerializer)
    @action(detail=True, methods=["post"], url_path="type/preview", url_name="type-preview")
    def preview_type(self, request: Request, pk: str) -> Response:
        """What a change of type would do; nothing is changed."""
        field, asked = self.get_object(), validated(NewType, request)["type"]
        try:
            return Response(_told(converting.preview(field, asked)))
        except DjangoValidationError as error:
            raise refuse(error) from None

    @extend_schema(request=NewType, responses=PreviewSerializer)
    @action(detail=True, methods=["post"], url_path="type", url_name="type")
    def change_type(self, request: Request, pk: str) -> Response:
        """Changes the type with every answer, or nothing at all."""
        field, asked = self.get_object(), validated(NewType, request)["type"]
        try:
            with transaction.atomic():
                done = converting.convert(field, asked)
                told = {"from": field.type, "to": asked, "answers": done.converting}
                audit(request, "field.type_changed", subject=field, **told)  # type: ignore[arg-type]
        except DjangoValidationError as error:
            raise refuse(error) from None
        return Response(_told(done))

    @extend_schema(request=Order, responses={204: None})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Puts groups and fields in this order. What is not named keeps its group and follows."""
        parts = validated(Order, request)["parts"]
        try:
            grouping.lay_out(self.workspace, [(part["group"], part["fields"]) for part in parts])
        except DjangoValidationError as error:
            raise serializers.ValidationError({"parts": error.messages}) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


def _told(found: converting.Preview) -> Any:
    data = PreviewSerializer(found).data
    data["faults"] = data["faults"][:MOST_FAULTS]
    if found.turned.is_sensitive:
        data["faults"] = [fault | {"value": None} for fault in data["faults"]]
    return data


class FieldGroupSerializer(serializers.ModelSerializer[FieldGroup]):
    class Meta:
        model = FieldGroup
        fields = ("id", "name", "position")
        read_only_fields = ("position",)

    def create(self, validated_data: dict[str, Any]) -> FieldGroup:
        return self._saved(None, validated_data)

    def update(self, instance: FieldGroup, validated_data: dict[str, Any]) -> FieldGroup:
        return self._saved(instance, validated_data)

    def _saved(self, group: FieldGroup | None, said: dict[str, Any]) -> FieldGroup:
        try:
            name = said.get("name", group.name if group else "")
            return grouping.save_group(self.context["view"].workspace, name=name, group=group)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None


class FieldGroupViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WorkspaceViewSet,
):
    """Headings under which fields stand on the card. DELETE takes a group apart: its fields stay."""

    queryset = FieldGroup.objects.all()
    serializer_class = FieldGroupSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = r"\d{1,18}"

    def perform_destroy(self, instance: FieldGroup) -> None:
        grouping.remove(instance)
