"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.mailings import drafting, planning, tasks
from campaigns.mailings.models import Mailing
from campaigns.mailings.reports import Report
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit


class AudienceSerializer(serializers.Serializer[Any]):
    """Lists and segments, minus lists and segments; ids."""

    everyone = serializers.BooleanField(default=False, help_text=_("All contacts."))
    lists = serializers.ListField(child=serializers.IntegerField(), default=list)
    segments = serializers.ListField(child=serializers.IntegerField(), default=list)
    not_lists = serializers.ListField(child=serializers.IntegerField(), default=list)
    not_segments = serializers.ListField(child=serializers.IntegerField(), default=list)


class MailingSerializer(serializers.ModelSerializer[Mailing]):
    """A mailing. `purpose` and `blocks` are given when it is made; words and audience may change until it is started."""

    audience = AudienceSerializer(required=False)
    blocks = serializers.JSONField(
        required=False, source="document.blocks", help_text=_("The content, as typed blocks.")
    )

    class Meta:
        model = Mailing
        fields = (
            "id", "name", "purpose", "language", "subject", "preheader", "sender_name", "audience", "blocks", "status",
            "is_automatic", "created_at", "updated_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = ("status", "is_automatic", "created_at", "updated_at", "started_at", "finished_at")
        extra_kwargs = {"language": {"required": False}}


class MailingReportSerializer(serializers.Serializer[Any]):
    """Counts: `states` add up to `audience`; readers are persons without robots."""

    audience = serializers.IntegerField()
    is_balanced = serializers.BooleanField()
    states = serializers.DictField(child=serializers.IntegerField())
    opened = serializers.IntegerField(source="opened.people")
    clicked = serializers.IntegerField(source="clicked.people")
    unsubscribed = serializers.IntegerField(source="unsubscribed.people")
    complained = serializers.IntegerField(source="complained.people")


class MailingCountSerializer(serializers.Serializer[Any]):
    """Who would get it now; the skipped by reason."""

    will_send = serializers.IntegerField()
    skipped = serializers.DictField(child=serializers.IntegerField())


class MailingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin, WorkspaceViewSet
):
    """Mailings: drafts are made and changed, started once, and reported on."""

    queryset = Mailing.objects.filter(deleted_at=None).select_related("document", "workspace")
    serializer_class = MailingSerializer
    http_method_names = ["get", "post", "patch", "head", "options"]

    def perform_create(self, serializer: serializers.BaseSerializer[Mailing]) -> None:
        given = dict(serializer.validated_data)
        blocks = given.pop("document", {}).get("blocks")
        serializer.instance = _said(drafting.create, self.workspace, by=None, blocks=blocks, **given)

    def perform_update(self, serializer: serializers.BaseSerializer[Mailing]) -> None:
        given = serializer.validated_data
        fixed = {"purpose", "language", "document"} & set(given)
        if fixed:
            name = "blocks" if "document" in fixed else sorted(fixed)[0]
            raise serializers.ValidationError({name: [_("This is said once, when the mailing is made.")]})
        serializer.instance = _said(drafting.update, serializer.instance, **given)

    @extend_schema(request=None, responses=MailingSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Freezes the mailing and its audience, and sends. What stands in the way is told, and nothing is changed."""
        mailing = _said(planning.start, self.get_object(), None)
        audit(request._request, "mailing.started", subject=mailing)
        tasks.send_due.delay()
        return Response(self.get_serializer(mailing).data)

    @extend_schema(responses=MailingCountSerializer)
    @action(detail=True)
    def count(self, request: Request, pk: str) -> Response:
        return Response(MailingCountSerializer(planning.count(self.get_object())).data)

    @extend_schema(responses=MailingReportSerializer)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        return Response(MailingReportSerializer(Report(self.get_object())).data)


def _said(verb: Any, *arguments: Any, **named: Any) -> Any:
    """The verb's answer; what it refuses becomes a 400 that names the field."""
    try:
        return verb(*arguments, **named)
    except ValidationError as error:
        detail = error.message_dict if hasattr(error, "error_dict") else error.messages
        raise serializers.ValidationError(detail) from error


routes: list[tuple[str, type, str]] = [("mailings", MailingViewSet, "mailing")]
