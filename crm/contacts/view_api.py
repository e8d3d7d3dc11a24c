"""REST of saved views: those that everybody in the business sees. A key is nobody, so it has none of its own."""

from __future__ import annotations

from rest_framework import mixins, serializers

from crm.contacts.view_models import SavedView
from crm.workspaces.api import WorkspaceViewSet


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """`state` holds parameters of the list's address; `rule` among them is JSON as text."""

    state = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = SavedView
        fields = ("id", "name", "state", "columns", "created_at")
        read_only_fields = fields


class SavedViewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    """Views of the list of contacts that are shared in the business."""

    queryset = SavedView.objects.filter(deleted_at=None, is_shared=True)
    serializer_class = SavedViewSerializer
    lookup_value_regex = r"\d{1,18}"
