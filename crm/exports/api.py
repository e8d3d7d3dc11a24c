"""REST of this room: a file of people by one GET; and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from crm.contacts.portable import ID
from crm.exports import columns
from crm.exports.choosing import choose
from crm.exports.csv_file import DELIMITERS, ENCODINGS
from crm.exports.exporting import FORMATS, Wish, export
from crm.workspaces.api import WorkspaceViewSet


class ExportQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=FORMATS, default="csv")
    encoding = serializers.ChoiceField(choices=list(ENCODINGS), default="utf-8-sig")
    delimiter = serializers.ChoiceField(choices=list(DELIMITERS), default="comma")
    columns = serializers.CharField(
        required=False, help_text="Keys with commas between them; all but sensitive ones if left out."
    )


class AsJson(DefaultContentNegotiation):
    """`format` is the kind of file here; faults are always told in JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


STATE = [
    OpenApiParameter("q", str, description="Words, as in the search of contacts."),
    OpenApiParameter("list", int, description="Id of a list."),
    OpenApiParameter("tag", int, description="Id of a tag."),
    OpenApiParameter("only", str, enum=["phone", "new", "bin"]),
    OpenApiParameter("segment", int, description="Id of a segment."),
    OpenApiParameter("rule", str, description="A rule as JSON."),
    OpenApiParameter("ids", str, description="Ids of contacts with commas between them."),
]


class ExportViewSet(WorkspaceViewSet):
    """People as a file: CSV or XLSX. Written to the audit log. Sensitive fields leave by an owner's hand alone."""

    content_negotiation_class = AsJson
    pagination_class = None
    filter_backends: Any = ()
    serializer_class = ExportQuery

    @extend_schema(
        operation_id="contacts_export",
        parameters=[*STATE, ExportQuery],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "The file.")},
    )
    def list(self, request: Request) -> HttpResponseBase:
        query = ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        said = query.validated_data
        try:
            chosen = choose(self.workspace, request.query_params)
            wish = Wish(said["format"], self._columns(said.get("columns", "")), said["encoding"], said["delimiter"])
            return export(request, chosen, wish)
        except BadRequest as error:
            field, _colon, words = str(error).partition(": ")
            raise serializers.ValidationError({field: [words]}) from None
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None

    def _columns(self, asked: str) -> Sequence[columns.Column]:
        known = [column for column in columns.of(self.workspace) if not column.is_sensitive]
        keys = {key.strip() for key in asked.split(",") if key.strip()}
        strange = keys - {column.key for column in known}
        if strange:
            words = _("There is no such column: %(key)s.") % {"key": min(strange)[:40]}
            raise serializers.ValidationError({"columns": [words]})
        return [column for column in known if not keys or column.key in keys | {ID}]


routes: list[tuple[str, type, str]] = [("contacts/export", ExportViewSet, "contact-export")]
