"""Which contacts a REST caller asks for: one question, in the query of a GET or in the body of a POST.

Everything narrows: a rule, a segment (through the word it adds to the rule language), addresses, a list, a tag, custom fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from crm.contacts.fields import clean_value
from crm.contacts.identity import clean_email, clean_phone
from crm.contacts.matching import contacts
from crm.contacts.models import ContactQuerySet, CustomField, FieldType, Subscription
from crm.rules import grammar
from crm.rules.criteria import Node
from crm.rules.faults import RuleError
from crm.rules.remembering import remembering
from crm.rules.rest import RuleJson
from crm.workspaces.models import Workspace

ORDERINGS = ("-id", "id", "-created_at", "created_at", "-updated_at", "updated_at")  # each has its index
COLUMNS = ("id", "email", "phone", "first_name", "last_name", "values", "source", "created_at", "updated_at")
SPARSE = frozenset({*COLUMNS, "lists", "tags", "consents"})
VALUE = re.compile(r"(?:values\.)?(f[1-9]\d{0,17})", re.ASCII)
LARGEST = 2**63 - 1
EQUALS = {  # how each type says "is exactly"; the others are text
    FieldType.NUMBER: "=",
    FieldType.RATING: "=",
    FieldType.DATE: "on",
    FieldType.YES_NO: "is",
    FieldType.CHOICE: "one_of",
    FieldType.CHOICES: "one_of",
}
MOST_FIELDS, MOST_VALUES = 200, 20


class Question(serializers.Serializer[Any]):
    """All parts narrow, and all may be left out."""

    rule = RuleJson(required=False, help_text="A rule; in an address, its JSON text. {} is everybody.")
    segment = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False, help_text="Id of a segment.")
    email = serializers.CharField(max_length=254, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    list = serializers.IntegerField(
        min_value=1, max_value=LARGEST, required=False, help_text="Id of a list that they are on now."
    )
    tag = serializers.CharField(max_length=60, required=False, help_text="Name of a tag.")
    values = serializers.DictField(  # type: ignore[assignment]
        child=serializers.JSONField(),
        required=False,
        help_text='Custom fields that hold exactly this: {"f12": "o2"}; in an address, f12=o2.',
    )
    updated_since = serializers.DateTimeField(required=False, help_text="Changed at this moment or later.")

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        strange = {key[:40]: [_("There is no such field.")] for key in values if not VALUE.fullmatch(key)}
        if strange or len(values) > MOST_VALUES:
            raise serializers.ValidationError(strange or [_("Ask for fewer fields at once.")])
        return values


class PageQuestion(Question):
    ordering = serializers.ChoiceField(choices=ORDERINGS, default=ORDERINGS[0])
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=40),
        max_length=MOST_FIELDS,
        required=False,
        help_text="Only these, and the id: email, values.f12, lists; in an address, with commas between.",
    )
    page_size = serializers.IntegerField(min_value=1, max_value=500, default=50)
    cursor = serializers.CharField(max_length=300, required=False, allow_blank=True, help_text="Of the page before.")

    def validate_fields(self, names: list[str]) -> list[str]:
        strange = [name for name in names if name not in SPARSE and not VALUE.fullmatch(name)]
        if strange:
            raise serializers.ValidationError(_("There is no such field: %(name)s.") % {"name": strange[0]})
        return names


def from_query(query: QueryDict) -> dict[str, Any]:
    """An address as the body it stands for."""
    data: dict[str, Any] = query.dict()
    data["values"] = {key: data.pop(key) for key in list(data) if re.fullmatch(r"f[1-9]\d{0,17}", key, re.ASCII)}
    if "fields" in data:
        data["fields"] = [name.strip() for name in str(data["fields"]).split(",") if name.strip()]
    if "rule" in data:
        try:
            data["rule"] = json.loads(data["rule"])
        except (ValueError, RecursionError):
            raise serializers.ValidationError({"rule": [_("Write the rule as JSON.")]}) from None
    return data


def validated(question: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    serializer = question(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def answer(workspace: Workspace, asked: Mapping[str, Any]) -> ContactQuerySet:
    """The people asked for. Raises a serializers.ValidationError that names the place of the fault."""
    with remembering():
        rows = contacts(workspace, _rule(workspace, asked))
    if "email" in asked:
        rows = rows.filter(email=_address("email", clean_email, asked["email"]))
    if "phone" in asked:
        rows = rows.filter(phone=_address("phone", clean_phone, asked["phone"]))
    if "list" in asked:
        joined = Subscription.objects.filter(list_id=asked["list"], status=Subscription.Status.JOINED)
        rows = rows.filter(pk__in=joined.values("contact_id"))
    if "tag" in asked:
        rows = rows.filter(tags__name__iexact=asked["tag"])
    if "updated_since" in asked:
        rows = rows.filter(updated_at__gte=asked["updated_since"])
    return rows


def _rule(workspace: Workspace, asked: Mapping[str, Any]) -> Node:
    parts = [_clean(workspace, asked["rule"], "rule")] if "rule" in asked else []
    if "segment" in asked:
        parts.append(_clean(workspace, {"segment": asked["segment"]}, "segment"))
    parts += _exactly(workspace, asked.get("values", {}))
    return {"all": [part for part in parts if part]} if any(parts) else {}


def _clean(workspace: Workspace, rule: Any, root: str) -> Node:
    try:
        return grammar.clean(rule, workspace)
    except RuleError as error:
        raise serializers.ValidationError(error.nested() if root == "rule" else {root: error.messages}) from None


def _exactly(workspace: Workspace, values: Mapping[str, Any]) -> list[Node]:
    """Custom fields that hold this value, in the words that the rule language has for each type."""
    fields = {field.storage_key: field for field in workspace.custom_fields.active()} if values else {}
    nodes, errors = [], {}
    for key, raw in values.items():
        try:
            if key not in fields:
                raise DjangoValidationError(_("There is no such field."))
            nodes.append(grammar.clean(_equals(fields[key], raw), workspace))
        except DjangoValidationError as error:
            errors[key] = error.messages
    if errors:
        raise serializers.ValidationError({"values": errors})
    return nodes


def _equals(field: CustomField, raw: Any) -> Node:
    value = clean_value(field, raw)
    operator = EQUALS.get(FieldType(field.type), "equals")
    if operator == "one_of" and isinstance(value, str):
        value = [value]
    return (
        {"field": field.storage_key, "op": "empty"}
        if value is None
        else {"field": field.storage_key, "op": operator, "value": value}
    )


def _address(key: str, clean: Any, value: str) -> Any:
    try:
        return clean(value)
    except DjangoValidationError as error:
        raise serializers.ValidationError({key: error.messages}) from None
