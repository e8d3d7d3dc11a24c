"""REST of lists and tags."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import subscribing
from crm.contacts.models import Contact, List, Tag
from crm.contacts.rest import actor_of, validated
from crm.workspaces.api import WorkspaceViewSet


class Reference(serializers.Serializer[Any]):
    """A contact of the business by its id."""

    contact = serializers.IntegerField(min_value=1)


class Changed(serializers.Serializer[Any]):
    """Whether the call changed anything; false when it was so already."""

    changed = serializers.BooleanField()


class NamedSerializer(serializers.ModelSerializer[Any]):
    """A thing whose name is its own in the business, whatever the case."""

    def validate_name(self, name: str) -> str:
        name = " ".join(name.split())
        others = self.context["view"].get_queryset().filter(name__iexact=name)
        if others.exclude(pk=self.instance.pk if self.instance else None).exists():
            raise serializers.ValidationError(_("There is one of this name already."))
        return name

    def save(self, **more: Any) -> Any:
        try:
            with transaction.atomic():
                return super().save(workspace=self.context["view"].workspace, **more)
        except IntegrityError:
            raise serializers.ValidationError({"name": [_("There is one of this name already.")]}) from None


class ListSerializer(NamedSerializer):
    class Meta:
        model = List
        fields = ("id", "name", "description", "created_at")
        read_only_fields = ("created_at",)

    def validate_description(self, description: str) -> str:
        return " ".join(description.split())


class TagSerializer(NamedSerializer):
    class Meta:
        model = Tag
        fields = ("id", "name", "created_at")
        read_only_fields = ("created_at",)

    def validate_name(self, name: str) -> str:
        try:
            return super().validate_name(subscribing.clean_tag(name))
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None


class NamedViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WorkspaceViewSet,
):
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = r"\d{1,18}"


class ListViewSet(NamedViewSet):
    """What people join and leave. DELETE moves the list to the bin; its people stay."""

    queryset = List.objects.filter(deleted_at=None)
    serializer_class = ListSerializer

    def perform_destroy(self, instance: List) -> None:
        instance.deleted_at = timezone.now()
        instance.save(update_fields=["deleted_at"])

    @extend_schema(request=Reference, responses=Changed)
    @action(detail=True, methods=["post"])
    def subscribe(self, request: Request, pk: str) -> Response:
        """Puts a contact on the list, also one who had left it: call it when they asked to."""
        return self._move(request, subscribing.join)

    @extend_schema(request=Reference, responses=Changed)
    @action(detail=True, methods=["post"])
    def unsubscribe(self, request: Request, pk: str) -> Response:
        """Takes a contact off the list."""
        return self._move(request, subscribing.leave)

    def _move(self, request: Request, verb: Any) -> Response:
        row = self.get_object()
        wanted = validated(Reference, request)["contact"]
        alive = Contact.objects.filter(workspace=self.workspace).alive()
        contact = get_object_or_404(alive, pk=wanted)
        return Response({"changed": verb(contact, row, actor=actor_of(request), source="api")})


class TagViewSet(NamedViewSet):
    """Notes of the business on people. DELETE takes the tag off everybody, for good."""

    queryset = Tag.objects.all()
    serializer_class = TagSerializer
