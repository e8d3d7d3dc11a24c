"""REST of contacts; and `routes` (prefix, viewset, basename) of the whole room.

A contact is created through capturing, so the same call makes a new person (201) or adds to a known one (200).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from crm.contacts import agreeing, asking, editing, masking, subscribing
from crm.contacts.batch_api import BatchMixin
from crm.contacts.capturing import capture
from crm.contacts.change_api import ChangesMixin
from crm.contacts.field_api import CustomFieldViewSet, FieldGroupViewSet
from crm.contacts.list_api import ListViewSet, TagViewSet
from crm.contacts.models import Contact, List
from crm.contacts.person_api import DuplicateViewSet, PersonViewSet
from crm.contacts.representing import JOINED, ContactSerializer, with_states
from crm.contacts.rest import actor_of, refuse, validated
from crm.contacts.saying import ContactChanges, NewContact, TagNames, agreement
from crm.contacts.view_api import SavedViewViewSet
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit
from crm.workspaces.keysets import page_of
from crm.workspaces.models import Workspace

MOST_COUNTED = 100_000
GROUPS: dict[str, Any] = {"tags": "tags", "lists": JOINED}


class SparseContact(ContactSerializer):
    """A contact as it is; with `fields`, only those and the id."""

    class Meta(ContactSerializer.Meta):
        pass

    def get_fields(self) -> dict[str, Any]:
        known, wanted = super().get_fields(), self.context.get("fields")
        if not wanted:
            return known
        heads = {"id", *(name.partition(".")[0] for name in wanted)}
        return {name: field for name, field in known.items() if name in heads or (name == "values" and _keys(wanted))}

    def to_representation(self, instance: Contact) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(instance)
        keys = _keys(self.context.get("fields") or ())
        if keys and "values" not in self.context["fields"]:
            told["values"] = {key: value for key, value in told["values"].items() if key in keys}
        return told


def _keys(wanted: Iterable[str]) -> set[str]:
    """The custom fields among the wanted: "f12" of "f12" or "values.f12"."""
    return {found[1] for name in wanted if (found := asking.VALUE.fullmatch(name))}


class SparseContactSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = SparseContact

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return schema | {"required": ["id"]}


class ContactPage(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="Goes into `cursor` of the next call.")
    previous = serializers.CharField(allow_null=True)
    results = SparseContact(many=True)


class Count(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="At most 100,000.")
    is_more = serializers.BooleanField(help_text="There are more than that.")


def _lists(workspace: Workspace, ids: Sequence[int]) -> Sequence[List]:
    found = list(workspace.lists.filter(pk__in=ids, deleted_at=None))
    if len(found) < len(set(ids)):
        raise serializers.ValidationError({"lists": [_("There is no such list.")]})
    return found


class ContactViewSet(BatchMixin, ChangesMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, WorkspaceViewSet):
    """People of the business."""

    queryset = Contact.objects.alive().prefetch_related("tags", JOINED)
    serializer_class = ContactSerializer
    lookup_value_regex = r"\d{1,18}"
    reading = frozenset({"search"})

    @extend_schema(parameters=[asking.PageQuestion], responses=SparseContact(many=True))
    def list(self, request: Request) -> Response:
        """Newest first, or in the order asked for. What `search` takes in its body stands here in the address."""
        asked = asking.validated(asking.PageQuestion, asking.from_query(request.query_params))
        page = self._page(asked)
        links = {"next": self._link(page["next"]), "previous": self._link(page["previous"])}
        return Response(page | links)

    @extend_schema(request=asking.PageQuestion, responses=ContactPage)
    @action(detail=False, methods=["post"])
    def search(self, request: Request) -> Response:
        """The same question in a body, for rules too long for an address. Only reads; `next` is the cursor for another call."""
        return Response(self._page(asking.validated(asking.PageQuestion, request.data)))

    @extend_schema(parameters=[asking.Question], responses=Count)
    @action(detail=False, pagination_class=None)
    def count(self, request: Request) -> Response:
        """How many the question holds for: exact up to 100,000."""
        asked = asking.validated(asking.Question, asking.from_query(request.query_params))
        found = asking.answer(self.workspace, asked).order_by()[: MOST_COUNTED + 1].count()
        return Response({"count": min(found, MOST_COUNTED), "is_more": found > MOST_COUNTED})

    def _page(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        wanted = asked.get("fields", [])
        rows = asking.answer(self.workspace, asked)
        rows = rows.prefetch_related(*(part for name, part in GROUPS.items() if not wanted or name in wanted))
        places = {"ordering": asked["ordering"], "size": asked["page_size"], "cursor": asked.get("cursor", "")}
        page = page_of(rows, **places)
        asked_of = page.rows if not wanted or "consents" in wanted else ()
        context = with_states(asked_of, fields=wanted, **self.sight())
        told = SparseContact(page.rows, many=True, context=context).data
        return {"next": page.next, "previous": page.previous, "results": told}

    def _link(self, cursor: str | None) -> str | None:
        return cursor and replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

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
        lists, agreed = (
            _lists(self.workspace, said.pop("lists", [])),
            [agreement(row) for row in said.pop("consents", [])],
        )
        try:
            with transaction.atomic():
                captured = capture(self.workspace, **said, lists=lists, actor=actor_of(request))
                agreeing.write([(captured.contact, each) for each in agreed], actor=actor_of(request))
        except DjangoValidationError as error:
            raise refuse(error) from None
        code = status.HTTP_201_CREATED if captured.created else status.HTTP_200_OK
        return Response(self._fresh(captured.contact.pk), status=code)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        return context if getattr(self, "swagger_fake_view", False) else context | self.sight()

    def sight(self) -> dict[str, Any]:
        """`hidden`: which answers are left out. `?sensitive=true` leaves out none, and the audit log keeps which key asked."""
        if self.request.query_params.get("sensitive") != "true":
            return {"hidden": masking.sensitive_keys(self.workspace)}
        audit(self.request, "contacts.sensitive_read", subject=self.kwargs.get("pk", ""))  # type: ignore[arg-type]
        return {"hidden": frozenset()}

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
    ("contacts", PersonViewSet, "person"),
    ("duplicates", DuplicateViewSet, "duplicate"),
    ("custom-fields", CustomFieldViewSet, "custom-field"),
    ("field-groups", FieldGroupViewSet, "field-group"),
    ("lists", ListViewSet, "list"),
    ("tags", TagViewSet, "tag"),
    ("views", SavedViewViewSet, "view"),
]
