"""REST of lists and tags, for one contact and for a thousand."""

from __future__ import annotations

from collections.abc import Callable
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

from crm.contacts import subscribing, together
from crm.contacts.models import Contact, List, Tag
from crm.contacts.rest import actor_of, validated
from crm.workspaces.api import WorkspaceViewSet

MOST = 1000
ManyVerb = Callable[..., list[bool | None]]


class Reference(serializers.Serializer[Any]):
    """A contact of the business by its id."""

    contact = serializers.IntegerField(min_value=1)


class Changed(serializers.Serializer[Any]):
    """Whether the call changed anything; false when it was so already."""

    changed = serializers.BooleanField()


class References(serializers.Serializer[Any]):
    """Contacts of the business by their ids."""

    contacts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST
    )


class Moved(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place of the row in the call, from 0.")
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=("changed", "unchanged", "refused"))
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class MovedMany(serializers.Serializer[Any]):
    results = Moved(many=True)


def move_many(request: Request, row: List | Tag, verb: ManyVerb) -> Response:
    """Each contact answered in its place; one that is not there is refused and stops no other."""
    ids = validated(References, request)["contacts"]
    changed = verb(row, ids, actor=actor_of(request))
    results = [_moved(place, pk, did) for place, (pk, did) in enumerate(zip(ids, changed, strict=True))]
    return Response({"results": results})


def _moved(place: int, pk: int, did: bool | None) -> dict[str, Any]:
    status = {None: "refused", True: "changed", False: "unchanged"}[did]
    errors = {f"contacts.{place}": [_("There is no such contact.")]} if did is None else {}
    return {"index": place, "id": pk, "status": status, "errors": errors}


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

    @extend_schema(request=References, responses=MovedMany)
    @action(detail=True, methods=["post"], url_path="subscribe/batch", url_name="subscribe-batch")
    def subscribe_many(self, request: Request, pk: str) -> Response:
        """Puts up to 1,000 contacts on the list."""
        return move_many(request, self.get_object(), together.subscribe)

    @extend_schema(request=References, responses=MovedMany)
    @action(detail=True, methods=["post"], url_path="unsubscribe/batch", url_name="unsubscribe-batch")
    def unsubscribe_many(self, request: Request, pk: str) -> Response:
        """Takes up to 1,000 contacts off the list."""
        return move_many(request, self.get_object(), together.unsubscribe)

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

    @extend_schema(request=References, responses=MovedMany)
    @action(detail=True, methods=["post"], url_path="tag/batch", url_name="tag-batch")
    def tag_many(self, request: Request, pk: str) -> Response:
        """Gives the tag to up to 1,000 contacts."""
        return move_many(request, self.get_object(), together.tag)

    @extend_schema(request=References, responses=MovedMany)
    @action(detail=True, methods=["post"], url_path="untag/batch", url_name="untag-batch")
    def untag_many(self, request: Request, pk: str) -> Response:
        """Takes the tag off up to 1,000 contacts."""
        return move_many(request, self.get_object(), together.untag)
