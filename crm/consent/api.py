"""REST of consent: the ledger of one contact, read and added to. A statement without its proof is refused."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.consent import granting
from crm.consent.models import Channel, Consent
from crm.contacts.models import Contact
from crm.contacts.rest import actor_of, validated
from crm.workspaces.api import WorkspaceViewSet
from crm.workspaces.auditing import audit


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = (
            *("id", "channel", "state", "is_current", "source", "wording", "form_version", "ip", "actor", "created_at"),
            *("asked_at", "asked_ip"),
        )
        read_only_fields = fields


class StatementSerializer(serializers.Serializer[Any]):
    """What the person said, and the words that prove it: what they were shown, or where and when they said it."""

    channel = serializers.ChoiceField(Channel.choices)
    state = serializers.ChoiceField(Consent.State.choices)
    wording = serializers.CharField(max_length=2000)
    ip = serializers.IPAddressField(required=False)


class ContactConsentViewSet(WorkspaceViewSet):
    queryset = Contact.objects.alive()
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(responses=ConsentSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def consents(self, request: Request, pk: str) -> Response:
        """Every statement with its proof, newest first; the current one of each channel is marked."""
        return Response(ConsentSerializer(self.get_object().consents.all(), many=True).data)

    @extend_schema(request=StatementSerializer, responses={201: ConsentSerializer})
    @consents.mapping.post
    def state(self, request: Request, pk: str) -> Response:
        """Writes a statement down. A "yes" from here lifts no block: what a person stopped, only that person takes back."""
        contact = self.get_object()
        said = validated(StatementSerializer, request)
        verb = granting.grant if said["state"] == Consent.State.GRANTED else granting.withdraw
        about = {"source": "api", "wording": said["wording"], "ip": said.get("ip"), "actor": actor_of(request)}
        with transaction.atomic():
            row = verb(contact, said["channel"], **about)
            audit(request, f"consent.{said['state']}", subject=f"#{contact.pk}", channel=said["channel"])
        return Response(ConsentSerializer(row).data, status=status.HTTP_201_CREATED)


routes: list[tuple[str, type, str]] = [("contacts", ContactConsentViewSet, "contact-consent")]
