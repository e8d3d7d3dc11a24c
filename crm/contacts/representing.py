"""A contact as REST tells it, whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.contacts import agreeing, masking
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
    """A contact as it is. `values` holds the custom fields by key: {"f12": 5}; sensitive ones only where they are asked for."""

    values = serializers.SerializerMethodField()
    lists = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField(help_text="What they said last, by channel: granted or withdrawn.")
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Contact
        fields = (
            *("id", "email", "phone", "first_name", "last_name", "values", "source", "lists", "tags", "consents"),
            *("created_at", "updated_at"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_values(self, contact: Contact) -> dict[str, Any]:
        """`hidden` of the context names the answers that are left out; a caller that forgot it shows none."""
        return masking.without(contact.values, self.context.get("hidden", frozenset(contact.values)))

    @extend_schema_field(ListReference(many=True))
    def get_lists(self, contact: Contact) -> list[Any]:
        return [ListReference(row.list).data for row in contact.joined]  # type: ignore[attr-defined]

    @extend_schema_field(serializers.DictField(child=serializers.ChoiceField(choices=("granted", "withdrawn"))))
    def get_consents(self, contact: Contact) -> Mapping[str, str]:
        states = self.context.get("states")
        return (agreeing.states([contact.pk]) if states is None else states).get(contact.pk, {})


def with_states(contacts: Sequence[Contact], **context: Any) -> dict[str, Any]:
    """The context of a serializer of many: where they all stand, asked at once."""
    return context | {"states": agreeing.states([contact.pk for contact in contacts])}
