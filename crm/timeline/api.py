"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers

from crm.timeline import kinds, people
from crm.timeline.models import Event, Verdict
from crm.timeline.recording import record
from crm.workspaces.api import WorkspaceViewSet

CUSTOM = re.compile(r"custom\.[a-z0-9]+(?:[._-][a-z0-9]+)*")
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
MOST_PROPERTIES, LARGEST = 30, 4000
CARRIED = ("occurred_at", "value", "currency", "source", "medium", "campaign")


class EventSerializer(serializers.ModelSerializer[Event]):
    """One thing that happened. Append-only: events are neither changed nor deleted."""

    class Meta:
        model = Event
        fields = [
            "id",
            "kind",
            "contact",
            "visitor",
            "subject_type",
            "subject_id",
            "subject_label",
            "occurred_at",
            "source",
            "medium",
            "campaign",
            "value",
            "currency",
            "properties",
            "actor",
            "verdict",
            "verdict_reason",
            "recorded_at",
        ]
        read_only_fields = fields


class NewEventSerializer(serializers.Serializer[Event]):
    """A kind of your own (`custom.<name>`) or one that comes from outside, about a contact you name in one of three ways."""

    kind = serializers.CharField(max_length=60)
    contact = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    email = serializers.CharField(required=False, max_length=254)
    phone = serializers.CharField(required=False, max_length=30)
    occurred_at = serializers.DateTimeField(required=False)
    value = serializers.DecimalField(14, 2, required=False, min_value=Decimal(0))
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    source = serializers.CharField(required=False, max_length=100)  # type: ignore[assignment]
    medium = serializers.CharField(required=False, max_length=100)
    campaign = serializers.CharField(required=False, max_length=100)
    properties = serializers.DictField(required=False)

    def validate_kind(self, value: str) -> str:
        if CUSTOM.fullmatch(value) or value in kinds.from_outside():
            return value
        raise serializers.ValidationError(
            _("Name it custom.<name> in small English letters, digits and . _ -, or one of: %(kinds)s.")
            % {"kinds": ", ".join(kinds.from_outside())}
        )

    def validate_occurred_at(self, value: datetime) -> datetime:
        if not FIRST <= value <= timezone.now() + timedelta(days=1):
            raise serializers.ValidationError(_("Give a time between 1990 and tomorrow."))
        return value

    def validate_properties(self, value: dict[str, Any]) -> dict[str, Any]:
        """Flat, small, and without the character that PostgreSQL cannot hold."""
        plain = all(isinstance(item, str | int | float | bool | None) for item in value.values())
        text = json.dumps(value, ensure_ascii=False)
        if not plain or len(value) > MOST_PROPERTIES or len(text) > LARGEST or "\\u0000" in text:
            raise serializers.ValidationError(_("Give a flat object of at most 30 short values."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in ("contact", "email", "phone") if attrs.get(name)]
        if len(named) != 1:
            raise serializers.ValidationError(
                {"contact": _("Name the contact by exactly one of contact, email, phone.")}
            )
        attrs["person"] = self._person(named[0], attrs[named[0]])
        if (attrs.get("value") is None) != (not attrs.get("currency")):
            raise serializers.ValidationError({"currency": _("A value and its currency come together.")})
        return attrs

    def _person(self, name: str, value: Any) -> Any:
        contacts = self.context["view"].workspace.contacts.filter(deleted_at=None, merged_into=None)
        found = contacts.filter(**{"pk" if name == "contact" else name: self._cleaned(name, value)}).first()
        if found is None:
            raise serializers.ValidationError({name: _("There is no such contact.")})
        return found

    def _cleaned(self, name: str, value: Any) -> Any:
        try:
            return people.cleaned(name, value)
        except DjangoValidationError as error:
            raise serializers.ValidationError({name: error.messages}) from error

    def create(self, validated_data: dict[str, Any]) -> Event:
        """The source of what an integrator sends is the integrator's own word; the actor is the key."""
        about = {name: value for name, value in validated_data.items() if name in CARRIED}
        view = self.context["view"]
        with transaction.atomic():
            event = record(
                view.workspace,
                validated_data["kind"],
                contact=validated_data["person"],
                actor=f"key:{self.context['request'].auth.pk}",
                **about,
            )
            if validated_data.get("properties"):
                event.properties = validated_data["properties"]
                event.save(update_fields=["properties"])
        return event

    def to_representation(self, instance: Event) -> dict[str, Any]:
        return dict(EventSerializer(instance, context=self.context).data)


class EventFilter(filters.FilterSet):
    contact = filters.NumberFilter(field_name="contact_id", min_value=1, max_value=2**63 - 1)
    subject_id = filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    since = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")
    people = filters.BooleanFilter(method="only_people", label="Without robots")

    class Meta:
        model = Event
        fields = ["kind", "subject_type", "verdict"]

    def only_people(self, queryset: QuerySet[Event], name: str, value: bool) -> QuerySet[Event]:
        return queryset.exclude(verdict=Verdict.ROBOT) if value else queryset


class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, WorkspaceViewSet):
    """What happened, newest first. POST adds an event of your own; nothing is ever changed or deleted."""

    queryset = Event.objects.all()
    filterset_class = EventFilter

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Event]]:
        return NewEventSerializer if self.action == "create" else EventSerializer


routes: list[tuple[str, type, str]] = [("events", EventViewSet, "event")]
