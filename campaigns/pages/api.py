"""REST of this room: serializers, viewsets, and `routes` (prefix, viewset, basename). Read only."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from campaigns.pages.models import LandingPage, Referral, Submission
from campaigns.pages.sharing import page_url
from crm.contacts import masking
from crm.workspaces.api import WorkspaceViewSet


class PageSerializer(serializers.ModelSerializer[LandingPage]):
    url = serializers.SerializerMethodField(help_text="The clean address on the public origin; null while off the air.")
    is_published = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(source="version.number", default=None, read_only=True)

    class Meta:
        model = LandingPage
        fields: ClassVar = [
            "id", "name", "slug", "language", "description", "is_published", "version", "url", "created_at", "updated_at",
        ]  # fmt: skip

    def get_url(self, page: LandingPage) -> str | None:
        return page_url(page) if page.is_published else None


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """`answers` by field: email, phone, first_name, last_name, f<id> of a custom field; sensitive ones are left out."""

    answers = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields: ClassVar = ["id", "page", "contact", "answers", "is_new_contact", "created_at"]

    @extend_schema_field(serializers.DictField())
    def get_answers(self, submission: Submission) -> dict[str, Any]:
        return masking.without(submission.answers, self.context["hidden"])


class ReferralSerializer(serializers.ModelSerializer[Referral]):
    """`sharer` is null when somebody shared whom nobody knew."""

    code = serializers.CharField(source="share_link.code", read_only=True)

    class Meta:
        model = Referral
        fields: ClassVar = ["id", "page", "code", "sharer", "friend", "created_at"]


class SubmissionFilter(django_filters.FilterSet):
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    page = django_filters.NumberFilter(field_name="page_id")
    contact = django_filters.NumberFilter(field_name="contact_id")

    class Meta:
        model = Submission
        fields: ClassVar[list[str]] = []


class ReferralFilter(django_filters.FilterSet):
    since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    page = django_filters.NumberFilter(field_name="page_id")
    sharer = django_filters.NumberFilter(field_name="sharer_id")

    class Meta:
        model = Referral
        fields: ClassVar[list[str]] = []


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, WorkspaceViewSet):
    pass


class PageViewSet(ReadOnly):
    queryset = LandingPage.objects.filter(deleted_at=None).select_related("workspace", "version")
    serializer_class = PageSerializer


class SubmissionViewSet(ReadOnly):
    queryset = Submission.objects.all()
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionFilter

    def get_serializer_context(self) -> dict[str, Any]:
        is_drawn = getattr(self, "swagger_fake_view", False)
        hidden = frozenset() if is_drawn else masking.sensitive_keys(self.workspace)
        return dict(super().get_serializer_context()) | {"hidden": hidden}


class ReferralViewSet(ReadOnly):
    queryset = Referral.objects.select_related("share_link")
    serializer_class = ReferralSerializer
    filterset_class = ReferralFilter


routes: list[tuple[str, type, str]] = [
    ("pages", PageViewSet, "page"),
    ("submissions", SubmissionViewSet, "submission"),
    ("referrals", ReferralViewSet, "referral"),
]
