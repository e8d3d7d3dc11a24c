"""What the REST edges of this room share: who acts, what was sent, and how a verb's faults are told."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.request import Request


def refuse(error: DjangoValidationError) -> serializers.ValidationError:
    """The verb's faults as REST tells them; those of custom fields stand under `values`."""
    if not hasattr(error, "error_dict"):
        return serializers.ValidationError({"non_field_errors": error.messages})
    told: dict[str, Any] = {}
    for key, messages in error.message_dict.items():
        if key[:1] == "f" and key[1:].isdigit():
            told.setdefault("values", {})[key] = messages
        else:
            told[key] = messages
    return serializers.ValidationError(told)


def actor_of(request: Request) -> str:
    return f"key:{request.auth.pk}" if request.auth else ""


def validated(serializer_class: Any, request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
