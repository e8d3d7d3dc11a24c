"""A rule in REST: the field that carries one, what OpenAPI says of it, and how its faults are told."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from crm.rules import grammar


class RuleJson(serializers.JSONField):
    """A rule; what is wrong with it is told with its path, such as `rule.all.1.value`."""


class RuleJsonSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = RuleJson

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """The grammar with one level of groups written out: OpenAPI cannot name a field's own schema inside it."""
        words = [schema for key, schema in grammar.schema()["$defs"].items() if key != "node"]
        groups = {group: {"type": "array", "items": {"type": "object"}} for group in grammar.GROUPS}
        every_group = {"type": "object", "properties": groups, "additionalProperties": False}
        return {"description": grammar.__doc__, "anyOf": [every_group, *words]}
