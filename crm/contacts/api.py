"""REST of contacts; and `routes` (prefix, viewset, basename) of the whole room.

A contact is created through capturing, so the same call makes a new person (201) or adds to a known one (200).
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import editing, masking, subscribing
from crm.contacts.capturing import capture
from crm.contacts.field_api import CustomFieldViewSet, FieldGroupViewSet
from crm.contacts.identity import NAME_LENGTH, clean_email, clean_phone, one_line
from crm.contacts.list_api import ListViewSet, TagViewSet
from crm.contacts.models import Contact, List, Subscription
from crm.contacts.rest import actor_of, refuse, validated
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit

FIELD_KEY = re.compile(r"f?\d{1,18}", re.ASCII)


class ListReference(serializers.ModelSerializer[List]):
    class Meta:
        model = List
        fields = ("id", "name")


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A contact as it is. `values` holds the custom fields by key: {"f12": 5}; sensitive ones only where they are asked for."""

    values = serializers.SerializerMethodField()
    lists = serializers.SerializerMethodField()
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Contact
        fields = (
            *("id", "email", "phone", "first_name", "last_name", "values", "source", "lists", "tags"),
            *("created_at", "updated_at"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.JSONField()))
    def get_values(self, contact: Contact) -> dict[str, Any]:
        return masking.without(contact.values, self.context["hidden"])

    @extend_schema_field(ListReference(many=True))
    def get_lists(self, contact: Contact) -> list[Any]:
        return [ListReference(row.list).data for row in contact.joined]  # type: ignore[attr-defined]


class ContactChanges(serializers.Serializer[Any]):
    """What a caller may write. null or "" empties a field in a PATCH, and says nothing in a POST."""

    email = serializers.CharField(max_length=254, allow_null=True, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=40, allow_null=True, allow_blank=True, required=False)
    first_name = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)
    source = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)  # type: ignore[assignment]
    values = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)  # type: ignore[assignment]

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Only names of custom fields: the contact's own are written beside `values`, not in it."""
        strange = {one_line(key)[:40]: [_("There is no such field.")] for key in values if not FIELD_KEY.fullmatch(key)}
        if strange:
            raise serializers.ValidationError(strange)
        return values


class NewContact(ContactChanges):
    lists = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=100)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=100)
    overwrite = serializers.BooleanField(default=True)


class TagNames(serializers.Serializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100)


class ContactFilter(filters.FilterSet):
    email = filters.CharFilter(method="by_email")
    phone = filters.CharFilter(method="by_phone")
    list = filters.NumberFilter(method="by_list", label="Id of a list that they are on now.")
    tag = filters.CharFilter(method="by_tag", label="Name of a tag.")

    class Meta:
        model = Contact
        fields: list[str] = []  # type: ignore[valid-type]

    def by_email(self, contacts: QuerySet[Contact], _name: str, value: str) -> QuerySet[Contact]:
        return contacts.filter(email=_asked("email", clean_email, value))

    def by_phone(self, contacts: QuerySet[Contact], _name: str, value: str) -> QuerySet[Contact]:
        return contacts.filter(phone=_asked("phone", clean_phone, value))

    def by_list(self, contacts: QuerySet[Contact], _name: str, value: Any) -> QuerySet[Contact]:
        rows = Subscription.objects.filter(list_id=_whole("list", value), status=Subscription.Status.JOINED)
        return contacts.filter(pk__in=rows.values("contact_id"))

    def by_tag(self, contacts: QuerySet[Contact], _name: str, value: str) -> QuerySet[Contact]:
        return contacts.filter(tags__name__iexact=value)


def _asked(key: str, clean: Any, value: str) -> Any:
    try:
        return clean(value)
    except DjangoValidationError as error:
        raise serializers.ValidationError({key: error.messages}) from None


def _whole(key: str, value: Any) -> int:
    if value != int(value) or not 0 < value < 2**63:
        raise serializers.ValidationError({key: [_("Write the id of a list.")]})
    return int(value)


class ContactViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, WorkspaceViewSet):
    """People of the business, newest first."""

    queryset = Contact.objects.alive().prefetch_related(
        "tags",
        Prefetch(
            "subscriptions",
            Subscription.objects.filter(status="joined", list__deleted_at=None).select_related("list"),
            to_attr="joined",
        ),
    )
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(
        request=NewContact,
        responses={
            200: OpenApiResponse(ContactSerializer, "The person was known; what was said was added."),
            201: OpenApiResponse(ContactSerializer, "A new person."),
        },
    )
    def create(self, request: Request) -> Response:
        """Makes or finds a person by e-mail or phone. With `overwrite` false only blanks are filled."""
        said = validated(NewContact, request)
        lists = self._lists(said.pop("lists", []))
        try:
            captured = capture(self.workspace, **said, lists=lists, actor=actor_of(request))
        except DjangoValidationError as error:
            raise refuse(error) from None
        code = status.HTTP_201_CREATED if captured.created else status.HTTP_200_OK
        return Response(self._fresh(captured.contact.pk), status=code)

    def _lists(self, ids: list[int]) -> list[List]:
        found = list(self.workspace.lists.filter(pk__in=ids, deleted_at=None))
        if len(found) < len(set(ids)):
            raise serializers.ValidationError({"lists": [_("There is no such list.")]})
        return found

    def get_serializer_context(self) -> dict[str, Any]:
        """`hidden`: which answers are left out. `?sensitive=true` leaves out none, and the audit log keeps which key asked."""
        context = super().get_serializer_context()
        if getattr(self, "swagger_fake_view", False):
            return context
        if self.request.query_params.get("sensitive") != "true":
            return context | {"hidden": masking.sensitive_keys(self.workspace)}
        audit(self.request, "contacts.sensitive_read", subject=self.kwargs.get("pk", ""))  # type: ignore[arg-type]
        return context | {"hidden": frozenset()}

    def _fresh(self, pk: int) -> Any:
        return ContactSerializer(self.get_queryset().get(pk=pk), context=self.get_serializer_context()).data

    @extend_schema(request=ContactChanges, responses=ContactSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is named; the other fields stay."""
        contact = self.get_object()
        said = validated(ContactChanges, request)
        values = said.pop("values", {})
        try:
            editing.edit(contact, changes=said | values, actor=actor_of(request))
        except DjangoValidationError as error:
            raise refuse(error) from None
        return Response(self._fresh(contact.pk))

    def perform_destroy(self, instance: Contact) -> None:
        """To the bin, where it lies 30 days."""
        editing.bin(instance, actor_of(self.request))

    @extend_schema(request=TagNames, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def tag(self, request: Request, pk: str) -> Response:
        """Adds tags; unknown ones are made."""
        return self._tagging(request, subscribing.tag)

    @extend_schema(request=TagNames, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def untag(self, request: Request, pk: str) -> Response:
        """Takes tags off; those the contact does not have are passed over."""
        return self._tagging(request, subscribing.untag)

    def _tagging(self, request: Request, verb: Any) -> Response:
        contact = self.get_object()
        try:
            names = [subscribing.clean_tag(name) for name in validated(TagNames, request)["tags"]]
        except DjangoValidationError as error:
            raise serializers.ValidationError({"tags": error.messages}) from None
        with transaction.atomic():
            for name in names:
                verb(contact, name, actor=actor_of(request))
        return Response(self._fresh(contact.pk))


routes: list[tuple[str, type, str]] = [
    ("contacts", ContactViewSet, "contact"),
    ("custom-fields", CustomFieldViewSet, "custom-field"),
    ("field-groups", FieldGroupViewSet, "field-group"),
    ("lists", ListViewSet, "list"),
    ("tags", TagViewSet, "tag"),
]
