"""A contact as REST tells it, whole."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.contacts.models import Contact, List, Subscription

JOINED = Prefetch(
    "subscriptions",
    Subscription.objects.filter(status="joined", list__deleted_at=None).select_related("list"),
    to_attr="joined",
)


class ListReference(serializers.ModelSerializer[List]):
    class Meta:
        model = List
        fields = ("id", "name")


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A contact as it is. `values` holds the custom fields by key: {"f12": 5}."""

    values = serializers.DictField(child=serializers.JSONField())  # type: ignore[assignment]
    lists = serializers.SerializerMethodField()
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Contact
        fields = (
            *("id", "email", "phone", "first_name", "last_name", "values", "source", "lists", "tags"),
            *("created_at", "updated_at"),
        )
        read_only_fields = fields

    @extend_schema_field(ListReference(many=True))
    def get_lists(self, contact: Contact) -> list[Any]:
        return [ListReference(row.list).data for row in contact.joined]  # type: ignore[attr-defined]
