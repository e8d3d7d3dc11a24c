"""REST of one person behind contacts: merged and taken apart, told in full, erased; and the pairs that may be one.

Taking out or erasing a person needs the scope `personal`, beside which an owner's password stands on the screen.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, permissions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.contacts import disclosing, erasing, merging, suggesting, unmerging
from crm.contacts.data_views import is_typed
from crm.contacts.list_api import Changed
from crm.contacts.models import Contact, DuplicateSuggestion
from crm.contacts.rest import actor_of, validated
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit
from crm.workspaces.models import ApiKey
from crm.workspaces.rest import CursorPages, ScopedPermission


class PersonalPermission(permissions.BasePermission):
    """The scope `personal`, which a key has only where an owner gave it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey) and ApiKey.Scope.PERSONAL in request.auth.scopes


class MergeSerializer(serializers.Serializer[Any]):
    """`loser` is merged into the contact of the address. `choices` says whose value stays where the two differ: by name of the
    field, "winner" (as without it) or "loser"."""

    loser = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    choices = serializers.DictField(child=serializers.ChoiceField(["winner", "loser"]), required=False)


class MergedSerializer(serializers.Serializer[Any]):
    winner = serializers.IntegerField()
    loser = serializers.IntegerField()


class ErasureSerializer(serializers.Serializer[Any]):
    """`confirm` is the contact's phone, or the e-mail of one without a phone."""

    confirm = serializers.CharField(max_length=254)


class PersonViewSet(WorkspaceViewSet):
    queryset = Contact.objects.filter(merged_into=None)
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=MergeSerializer, responses=MergedSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """These two are one person. Can be undone at any time."""
        winner = self._alive(int(pk))
        said = validated(MergeSerializer, request)
        loser = Contact.objects.alive().filter(workspace=self.workspace, pk=said["loser"]).first()
        if loser is None:
            raise serializers.ValidationError({"loser": [_("There is no such contact.")]})
        try:
            merging.merge(winner, loser, actor_of(request), choices=said.get("choices"))
        except DjangoValidationError as error:
            raise _refused(error, "loser") from None
        return Response({"winner": winner.pk, "loser": loser.pk})

    @extend_schema(request=None, responses=MergedSerializer)
    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> Response:
        """Takes a duplicate out again; the id is the duplicate's."""
        merged = Contact.objects.filter(workspace=self.workspace, merged_into__isnull=False)
        loser = get_object_or_404(merged, pk=pk)
        winner = loser.merged_into_id
        try:
            unmerging.unmerge(loser, actor_of(request))
        except DjangoValidationError as error:
            raise _refused(error, "non_field_errors") from None
        return Response({"winner": winner, "loser": loser.pk})

    @extend_schema(responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "The rows of every room, by section.")})
    @action(detail=True, methods=["get"], permission_classes=[ScopedPermission, PersonalPermission])
    def data(self, request: Request, pk: str) -> Response:
        """Everything held about the person: the file data.json of the screen. Noted in the log."""
        disclosure = disclosing.disclose(self.get_object())
        audit(request, "contact.disclosed", subject=f"#{disclosure.contact.pk}")
        return Response(disclosure.as_dict())

    @extend_schema(request=ErasureSerializer, responses={204: None})
    @action(detail=True, methods=["post"], permission_classes=[ScopedPermission, PersonalPermission])
    def erase(self, request: Request, pk: str) -> Response:
        """For good, from the bin or alive. There is no way back."""
        contact = self.get_object()
        if not is_typed(contact, validated(ErasureSerializer, request)["confirm"]):
            raise serializers.ValidationError({"confirm": [_("Write the phone of the contact, or the e-mail.")]})
        with transaction.atomic():
            audit(request, "contact.erased", subject=f"#{contact.pk}")
            erasing.erase(contact, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _alive(self, pk: int) -> Contact:
        people = Contact.objects.alive().filter(workspace=self.workspace)
        contact: Contact = get_object_or_404(people, pk=pk)
        return contact


def _refused(error: DjangoValidationError, key: str) -> serializers.ValidationError:
    return serializers.ValidationError(error.message_dict if hasattr(error, "error_dict") else {key: error.messages})


class DuplicateSerializer(serializers.ModelSerializer[DuplicateSuggestion]):
    class Meta:
        model = DuplicateSuggestion
        fields = ("id", "one", "other", "reason", "found_at")
        read_only_fields = fields


class DuplicateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Pairs that may be one person and wait for a decision, newest first. The search runs every night."""

    queryset = DuplicateSuggestion.objects.filter(
        decided_at=None,
        one__deleted_at=None,
        one__merged_into=None,
        other__deleted_at=None,
        other__merged_into=None,
    )
    serializer_class = DuplicateSerializer
    pagination_class = CursorPages
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("one", "other")

    @extend_schema(request=None, responses=Changed)
    @action(detail=True, methods=["post"])
    def apart(self, request: Request, pk: str) -> Response:
        """They are two people: the pair is never suggested again."""
        pair = self.get_object()
        suggesting.tell_apart(pair.one, pair.other, actor_of(request))
        return Response({"changed": True})
