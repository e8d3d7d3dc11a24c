"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename)."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.bulk import starting, tasks, working
from crm.bulk.models import BulkAct
from crm.bulk.selecting import MOST_IDS, Whom
from crm.contacts.rest import actor_of, validated
from crm.rules import grammar
from crm.rules.faults import RuleError
from crm.segments.api import RuleJson
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit

PATIENCE = 10.0


class BulkActSerializer(serializers.ModelSerializer[BulkAct]):
    """An act and how far it is: `settled` of `total` people were looked at; `taken_back` of `changed` while it is undone."""

    settled = serializers.IntegerField(read_only=True)
    taken_back = serializers.IntegerField(read_only=True)
    may_undo = serializers.BooleanField(read_only=True)

    class Meta:
        model = BulkAct
        fields = (
            *("id", "kind", "params", "whom", "status", "total", "settled", "changed", "same", "refused", "gone"),
            *("undone", "kept", "taken_back", "may_undo", "trouble", "created_at", "finished_at"),
        )
        read_only_fields = fields


class NewBulkAct(serializers.Serializer[Any]):
    """`ids` or `rule`, not both. `tag` is a name; `list` and `field` are ids; `value` is cleaned by the field's type."""

    kind = serializers.ChoiceField(choices=BulkAct.Kind.choices)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=MOST_IDS
    )
    rule = RuleJson(required=False, help_text="Everybody it holds for now. {} is everybody.")
    tag = serializers.CharField(required=False, max_length=60)
    list = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    field = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    value = serializers.JSONField(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in said) == ("rule" in said) or said.get("ids") == []:
            raise serializers.ValidationError({"ids": [_("Say whom by ids or by a rule, one of them.")]})
        return said


class BulkActViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Acts over many people, newest first. Up to 200 people are changed within the call; more go on in the background."""

    queryset = BulkAct.objects.select_related("workspace")
    serializer_class = BulkActSerializer
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=NewBulkAct, responses={201: BulkActSerializer})
    def create(self, request: Request) -> Response:
        """Begins an act. Poll the act until `status` is done; undo it within 30 days."""
        said = validated(NewBulkAct, request)
        kind = said.pop("kind")
        whom = self._whom(said)
        try:
            with transaction.atomic():
                act = starting.start(whom, kind, said, actor=actor_of(request))
                if kind == BulkAct.Kind.DELETE:
                    audit(request, "contacts.binned", subject=f"#{act.pk}", people=whom.count)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(self._gone_on(act), status=status.HTTP_201_CREATED)

    def _whom(self, said: dict[str, Any]) -> Whom:
        ids, rule = said.pop("ids", None), said.pop("rule", None)
        if ids is not None:
            whom = Whom(self.workspace, ids=sorted(set(ids)))
            if whom.everyone_named.count() < len(whom.ids):
                raise serializers.ValidationError({"ids": [_("There is no such contact.")]})
            return whom
        try:
            cleaned = grammar.clean(rule, self.workspace)
        except RuleError as error:
            raise serializers.ValidationError(error.nested()) from error
        return Whom(self.workspace, state="?" + urlencode({"rule": json.dumps(cleaned)}) if cleaned else "?")

    def _gone_on(self, act: BulkAct) -> Any:
        if act.is_small:
            working.work_on(act.pk, until=time.monotonic() + PATIENCE)
            act.refresh_from_db()
        if act.is_moving:
            tasks.work.delay()
        return BulkActSerializer(act).data

    @extend_schema(request=None, responses=BulkActSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Takes back what the act changed; who was changed since stays as they are."""
        act = self.get_object()
        if not starting.undo(act):
            raise serializers.ValidationError({"non_field_errors": [_("This cannot be undone any more.")]})
        act.refresh_from_db()
        return Response(self._gone_on(act))

    @extend_schema(request=None, responses=BulkActSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Ends an act that is going on. What was done stays, and may be undone."""
        act = self.get_object()
        starting.stop(act)
        act.refresh_from_db()
        return Response(BulkActSerializer(act).data)


routes: list[tuple[str, type, str]] = [("bulk-acts", BulkActViewSet, "bulk-act")]
