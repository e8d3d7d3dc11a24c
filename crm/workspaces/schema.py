"""What OpenAPI says of refusals: one shape for every 400, because the place of a fault may lie deep in a rule or a block."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.openapi import AutoSchema
from rest_framework import serializers


class FaultSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text=_("In the language that was asked for."))
    attr = serializers.CharField(allow_null=True, help_text=_("The place, such as rule.all.1.value."))


class RefusalSerializer(serializers.Serializer[Any]):
    """Nothing was changed."""

    type = serializers.CharField(help_text="validation_error, client_error")
    errors = FaultSerializer(many=True)  # type: ignore[assignment]


class HouseSchema(AutoSchema):
    def _get_http400_serializer(self) -> type[RefusalSerializer]:
        return RefusalSerializer

    def _should_add_validation_error_response(self) -> bool:
        return True
