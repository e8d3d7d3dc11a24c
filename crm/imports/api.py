"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename).

A file comes by POST (multipart), with its plan or without. Its check is work in the background: ask for the import until its
status is "checked", look at the tallies, and POST to start/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.imports import planning, rejecting, showing, steering, tasks
from crm.imports.layouts import Layout, Unreadable
from crm.imports.mapping import LOOKED_AT, suggest
from crm.imports.models import Import, ImportEffect
from crm.imports.reading import open_table
from crm.imports.receiving import take_in
from crm.imports.storing import open_file
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit
from crm.workspaces.http import whole

ROWS = 50


class ImportSerializer(serializers.ModelSerializer[Import]):
    """`layout` is how the file is read, `plan` what becomes of its columns, `tallies` what was counted, by "checked", "done"
    and "undone"."""

    layout = serializers.DictField(source="shape")
    headers = serializers.ListField(child=serializers.CharField())
    plan = serializers.DictField()
    tallies = serializers.DictField()
    progress = serializers.IntegerField(help_text="Per cent of the present work.")
    undo_until = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Import
        fields = (
            *("id", "name", "status", "size", "layout", "headers", "plan", "tallies", "progress", "fault"),
            *(
                "rows_read",
                "rows_checked",
                "rows_done",
                "created_at",
                "started_at",
                "finished_at",
                "undone_at",
                "undo_until",
            ),
        )
        read_only_fields = fields


class NewImport(serializers.Serializer[Any]):
    """`layout` and `plan` are JSON. Without a layout the file is looked at; without a plan it waits for one."""

    file = serializers.FileField(max_length=255)
    layout = serializers.CharField(required=False, max_length=2000)
    plan = serializers.CharField(required=False, max_length=500_000)


class Column(serializers.Serializer[Any]):
    """`target`: a word (email, phone, first_name, tags...), a field (f12), or one to be made: {"label", "type", "options"}."""

    target = serializers.JSONField()
    policy = serializers.ChoiceField(planning.POLICIES, default="overwrite")


class Basis(serializers.Serializer[Any]):
    """How these people agreed. With "none" nobody may be written to."""

    basis = serializers.ChoiceField(planning.BASES)
    channels = serializers.ListField(child=serializers.CharField(max_length=10), required=False, max_length=4)
    how = serializers.CharField(required=False, allow_blank=True, max_length=planning.PROOF_LENGTH)
    wording = serializers.CharField(required=False, allow_blank=True, max_length=planning.PROOF_LENGTH)


class Plan(serializers.Serializer[Any]):
    columns = Column(many=True)
    match = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=2)
    lists = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=100)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=100)
    faulty = serializers.ChoiceField(["refuse", "leave_out"], default="refuse")
    source = serializers.CharField(required=False, allow_blank=True, max_length=100)  # type: ignore[assignment]
    consent = Basis()


class RowSerializer(serializers.Serializer[Any]):
    """A row of the file: its number in a spreadsheet, its cells, what became of it, and why."""

    number = serializers.IntegerField()
    line = serializers.IntegerField()
    cells = serializers.ListField(child=serializers.CharField())
    outcome = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    contact_id = serializers.IntegerField(allow_null=True)


def refused(error: ValidationError, under: str = "") -> serializers.ValidationError:
    """The verb's faults with their places: "plan.columns.2.target"."""
    if not hasattr(error, "error_dict"):
        return serializers.ValidationError({under or "non_field_errors": error.messages})
    start = f"{under}." if under else ""
    return serializers.ValidationError({start + where: messages for where, messages in error.message_dict.items()})


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, WorkspaceViewSet):
    """Files of people on their way in. DELETE forgets a file that changed nothing."""

    queryset = Import.objects.select_related("workspace")
    serializer_class = ImportSerializer
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request={"multipart/form-data": NewImport}, responses={201: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Takes a CSV or XLSX file in. With a plan it is checked at once; nothing is changed before start/."""
        asked = NewImport(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        layout, plan = _json(said, "layout"), _json(said, "plan")
        file = said["file"]
        try:
            with transaction.atomic():
                chosen = Layout.of(layout) if layout is not None else None
                importing = take_in(self.workspace, file.file, name=file.name, by=None, layout=chosen)
                if plan is not None:
                    importing = self._accepted(importing, plan, under="plan")
        except Unreadable as error:
            raise refused(error, "file") from None
        except ValidationError as error:
            raise refused(error, "layout") from None
        if importing.is_working:
            tasks.work.delay()
        return Response(ImportSerializer(importing).data, status=201)

    def get_parsers(self) -> list[Any]:
        is_file = getattr(self, "action_map", {}).get("post") == "create"
        return (
            [MultiPartParser()] if is_file and getattr(self.request, "method", "") == "POST" else super().get_parsers()
        )

    def _accepted(self, importing: Import, plan: Any, *, under: str = "") -> Import:
        try:
            return planning.accept(importing, plan, by=None)
        except ValidationError as error:
            raise refused(error, under) from None

    @extend_schema(request=Plan, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """What becomes of each column. The check begins; a second plan replaces the first, until start/."""
        importing, asked = self.get_object(), Plan(data=request.data)
        asked.is_valid(raise_exception=True)
        importing = self._accepted(importing, asked.validated_data)
        tasks.work.delay()
        return Response(ImportSerializer(importing).data)

    @extend_schema(responses=Plan)
    @action(detail=True)
    def suggestion(self, request: Request, pk: str) -> Response:
        """The plan that the screens would begin with: by titles, by known systems, by cells, by the last time."""
        importing = self.get_object()
        try:
            table = open_table(open_file(importing), Layout.of(importing.shape))
            plan = suggest(importing, [row.cells for row in table.head(LOOKED_AT)]).plan
        except ValidationError as error:
            raise refused(error, "file") from None
        return Response(plan | {"consent": {"basis": "none"}})

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Begins the import that was checked."""
        return self._steered(request, steering.start, "import.started")

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Ends the work after the rows at hand; resume/ goes on."""
        return self._steered(request, steering.stop, "import.stopped")

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Goes on where it stopped; no row is applied twice."""
        return self._steered(request, steering.resume, "import.resumed")

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Takes all of it back, for 30 days. What was edited since stays."""
        return self._steered(request, steering.undo, "import.undone")

    def _steered(self, request: Request, verb: Callable[..., Import], kind: str) -> Response:
        try:
            with transaction.atomic():
                importing = verb(self.get_object(), by=None)
                audit(request._request, kind, subject=importing)
        except ValidationError as error:
            raise refused(error) from None
        tasks.work.delay()
        return Response(ImportSerializer(importing).data)

    def perform_destroy(self, instance: Import) -> None:
        try:
            steering.discard(instance, by=None)
        except ValidationError as error:
            raise refused(error) from None

    @extend_schema(
        parameters=[
            OpenApiParameter("outcome", enum=["new", "updated", "unchanged", "refused", "kept"], default="refused"),
            OpenApiParameter("after", OpenApiTypes.INT, description="The number of the last row of the page before."),
        ],
        responses=RowSerializer(many=True),
    )
    @action(detail=True, pagination_class=None, filter_backends=[])
    def rows(self, request: Request, pk: str) -> Response:
        """Refused rows, or those that an undo kept, 50 at a time; of the other outcomes, a few samples."""
        importing = self.get_object()
        outcome, after = request.query_params.get("outcome", "refused"), whole(request.query_params.get("after")) or 0
        if outcome == "kept":
            rows = showing.kept(importing, after=after, limit=ROWS)
        elif outcome == ImportEffect.Outcome.REFUSED:
            rows = showing.refused(importing, after=after, limit=ROWS)
        else:
            rows = showing.samples(importing).get(outcome, [])
        return Response(RowSerializer(rows, many=True).data)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[])
    def rejects(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The refused rows as a CSV with one more column that says why, to be mended and sent again."""
        importing = self.get_object()
        audit(request._request, "import.rejects", subject=importing)
        return StreamingHttpResponse(rejecting.reject_file(importing), content_type="text/csv; charset=utf-8")


def _json(said: Mapping[str, Any], name: str) -> Any:
    if name not in said:
        return None
    try:
        found = json.loads(said[name])
    except (ValueError, RecursionError):
        raise serializers.ValidationError({name: [_("This is not JSON.")]}) from None
    if not isinstance(found, dict):
        raise serializers.ValidationError({name: [_("This is not JSON.")]})
    return found


routes: list[tuple[str, type, str]] = [("imports", ImportViewSet, "import")]
