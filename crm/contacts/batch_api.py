"""REST of batches: up to 1,000 people in one call, each row answered for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import batching
from crm.contacts.batching import Said, Taken
from crm.contacts.capturing import cleaned, cleaned_tags
from crm.contacts.fields import Fields, fields_of
from crm.contacts.identity import one_line
from crm.contacts.locking import hold_fields
from crm.contacts.models import List
from crm.contacts.rest import actor_of, refuse
from crm.contacts.saying import NewContact, agreement
from crm.workspaces.models import Workspace

MOST, MOST_TAGS = 1000, 200
STATUSES = ("created", "updated", "unchanged", "refused")
BECAME = ("granted", "withdrawn", "unchanged", "kept", "blocked")
Errors = dict[str, list[str]]


class Batch(serializers.Serializer[Any]):
    contacts = serializers.ListField(child=NewContact(), min_length=1, max_length=MOST)


class AgreedSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    became = serializers.ChoiceField(
        choices=BECAME,
        help_text="kept: the person said no, which stands. blocked: the address may not be written to.",
    )


class RowResult(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place of the row in the call, from 0.")
    status = serializers.ChoiceField(choices=STATUSES)
    id = serializers.IntegerField(allow_null=True)
    consents = AgreedSerializer(many=True)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="By place, such as contacts.17.values.f12.",
    )


class BatchResult(serializers.Serializer[Any]):
    results = RowResult(many=True)


class BatchMixin:
    """`POST batch/` beside a viewset of contacts."""

    workspace: Workspace

    @extend_schema(request=Batch, responses=BatchResult)
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        """Makes or finds up to 1,000 people, in order. A row that is refused changes nothing and stops no other."""
        rows = _rows_of(request.data)
        with transaction.atomic():  # from reading to writing no field changes its type
            hold_fields(self.workspace)
            read = list(_read(self.workspace, rows))
            said = [row for row in read if isinstance(row, Said)]
            taken = iter(batching.capture_many(self.workspace, said, actor=actor_of(request)) if said else ())
        results = [
            _refused(place, row) if isinstance(row, dict) else _told(place, next(taken))
            for place, row in enumerate(read)
        ]
        return Response({"results": results})


def _rows_of(data: Any) -> Sequence[Any]:
    rows = data.get("contacts") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise serializers.ValidationError({"contacts": [_("Give a list of contacts.")]})
    if len(rows) > MOST:
        raise serializers.ValidationError({"contacts": [_("At most %(limit)s in one call.") % {"limit": f"{MOST:,}"}]})
    return rows


def _read(workspace: Workspace, rows: Sequence[Any]) -> Iterator[Said | Errors]:
    """Each row cleaned, or what is wrong with it by place."""
    checked = [_checked(row) for row in rows]
    lists, fields = _lists_of(workspace, checked), fields_of(workspace)
    tags = {one_line(name).casefold() for row in checked for name in row.get("tags", ())}
    if len(tags) > MOST_TAGS:
        words = _("At most %(limit)s different tags in one call.") % {"limit": MOST_TAGS}
        raise serializers.ValidationError({"contacts": [words]})
    for place, row in enumerate(checked):
        try:
            if isinstance(row, _Wrong):
                raise serializers.ValidationError(row.detail)
            yield _said(workspace, row, lists, fields)
        except serializers.ValidationError as error:
            yield dict(_flat(error.detail, f"contacts.{place}"))


class _Wrong(dict[str, Any]):
    """Stands for a row that the serializer refused."""

    def __init__(self, detail: Any) -> None:
        super().__init__()
        self.detail = detail


ROW = NewContact()


def _checked(row: Any) -> dict[str, Any]:
    try:
        return dict(ROW.run_validation(row))
    except serializers.ValidationError as error:
        return _Wrong(error.detail)


def _lists_of(workspace: Workspace, rows: Sequence[Mapping[str, Any]]) -> dict[int, List]:
    asked = {pk for row in rows for pk in row.get("lists", ())}
    return {row.pk: row for row in workspace.lists.filter(pk__in=asked, deleted_at=None)} if asked else {}


def _said(workspace: Workspace, row: Mapping[str, Any], lists: Mapping[int, List], fields: Fields) -> Said:
    asked = sorted(set(row.get("lists", ())))
    if any(pk not in lists for pk in asked):
        raise serializers.ValidationError({"lists": [_("There is no such list.")]})
    names = {key: row.get(key, "") for key in ("first_name", "last_name")}
    try:
        addresses = {key: row.get(key) for key in ("email", "phone")}
        person = cleaned(workspace, addresses | names | {"values": row.get("values", {})}, fields=fields)
        tags = cleaned_tags(row.get("tags", ()))
    except DjangoValidationError as error:
        raise refuse(error) from None
    return Said(
        person,
        lists=[lists[pk] for pk in asked],
        tags=tags,
        agreements=[agreement(each) for each in row.get("consents", ())],
        source=one_line(row.get("source", ""))[:100],
        overwrite=row["overwrite"],
    )


def _flat(detail: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """{"contacts.17.values.f12": ["..."]} of nested faults; those of the row as a whole stand at the row."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flat(inner, path if key == "non_field_errors" else f"{path}.{key}")
    elif all(isinstance(inner, str) for inner in detail):
        yield path, [str(inner) for inner in detail]
    else:
        for place, inner in enumerate(detail):
            if inner:
                yield from _flat(inner, f"{path}.{place}")


def _refused(place: int, errors: Errors) -> dict[str, Any]:
    return {"index": place, "status": "refused", "id": None, "consents": [], "errors": errors}


def _told(place: int, taken: Taken) -> dict[str, Any]:
    status = "created" if taken.created else "updated" if taken.changed else "unchanged"
    agreed = [{"channel": told.channel, "became": told.became} for told in taken.agreed]
    return {"index": place, "status": status, "id": taken.contact.pk, "consents": agreed, "errors": {}}
