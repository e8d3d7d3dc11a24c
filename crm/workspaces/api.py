"""What every viewset inherits, and the business's own resource."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import viewsets

from crm.workspaces.idempotency import Idempotent
from crm.workspaces.models import Workspace


class WorkspaceViewSet(Idempotent, viewsets.GenericViewSet[Any]):
    """A viewset whose `queryset` is narrowed to the key's workspace before anything else happens; calls with an
    Idempotency-Key are done once."""

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.filter(workspace=self.workspace)

    @property
    def workspace(self) -> Workspace:
        workspace: Workspace = self.request.workspace  # type: ignore[attr-defined]
        return workspace
