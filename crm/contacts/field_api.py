"""REST of custom fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers

from crm.contacts import defining
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.models import Workspace


class OptionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, max_length=20, help_text="Leave out for a new option.")
    label = serializers.CharField(max_length=defining.OPTION_LENGTH)  # type: ignore[assignment]


class CustomFieldSerializer(serializers.ModelSerializer[CustomField]):
    """`storage_key` ("f12") is the field's name in `values`, rules and merge tags; labels may change."""

    type = serializers.ChoiceField(FieldType.choices, help_text="Given once; it cannot be changed.")
    storage_key = serializers.CharField(read_only=True)
    options = OptionSerializer(many=True, required=False)
    rating_max = serializers.IntegerField(required=False, min_value=2, max_value=10)
    archived = serializers.SerializerMethodField()

    class Meta:
        model = CustomField
        fields = (
            *("id", "storage_key", "key", "label", "type", "help_text", "options"),
            *("rating_max", "low_label", "high_label", "position", "archived"),
        )
        read_only_fields = ("key", "position")

    def get_archived(self, field: CustomField) -> bool:
        return field.archived_at is not None

    def validate_type(self, type: str) -> str:
        if self.instance and type != self.instance.type:
            raise serializers.ValidationError(_("The type cannot be changed."))
        return type

    def create(self, validated_data: dict[str, Any]) -> CustomField:
        return self._define(None, validated_data)

    def update(self, instance: CustomField, validated_data: dict[str, Any]) -> CustomField:
        return self._define(instance, validated_data)

    def _define(self, field: CustomField | None, said: dict[str, Any]) -> CustomField:
        workspace: Workspace = self.context["view"].workspace
        options = said.pop("options", ())
        try:
            return defining.define(workspace, field=field, said=said, options=options)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None


class CustomFieldViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WorkspaceViewSet,
):
    """The questions a business asks of every contact. DELETE archives: the answers stay."""

    queryset = CustomField.objects.all()
    serializer_class = CustomFieldSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = r"\d{1,18}"

    def perform_destroy(self, instance: CustomField) -> None:
        defining.archive(instance)
