"""What OpenAPI says of refusals: one shape for every 400, because the place of a fault may lie deep in a rule or a block."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from crm.workspaces import idempotency


class FaultSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text=_("In the language that was asked for."))
    attr = serializers.CharField(allow_null=True, help_text=_("The place, such as rule.all.1.value."))


class RefusalSerializer(serializers.Serializer[Any]):
    """Nothing was changed."""

    type = serializers.CharField(help_text="validation_error, client_error")
    errors = FaultSerializer(many=True)  # type: ignore[assignment]


UNSAFE_REFUSALS = frozenset({"409", "413", "422"})
KEY = {
    "in": "header",
    "name": idempotency.HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
    "description": "Makes the call safe to send again: within 24 hours the same key with the same body gets the first answer "
    "(marked Idempotent-Replayed: true), with another body 422, and 409 while the first call is still at work.",
}


class HouseSchema(AutoSchema):
    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        return [*parameters, KEY] if self._is_done_once() else parameters

    def _is_done_once(self) -> bool:
        return self.method not in SAFE_METHODS and getattr(self.view, "action", "") not in getattr(
            self.view, "reading", ()
        )

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in UNSAFE_REFUSALS and self.method in SAFE_METHODS:
            return False
        return bool(super()._should_add_error_response(responses, status_code))

    def _get_http400_serializer(self) -> type[RefusalSerializer]:
        return RefusalSerializer

    def _should_add_validation_error_response(self) -> bool:
        return True
