"""What a REST caller may say of a person: to create or find them, to change them, alone or in a batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from crm.contacts import agreeing
from crm.contacts.agreeing import Agreement
from crm.contacts.identity import NAME_LENGTH, one_line

FIELD_KEY = re.compile(r"f?\d{1,18}", re.ASCII)
FIRST = datetime(1990, 1, 1, tzinfo=UTC)


class ContactChanges(serializers.Serializer[Any]):
    """What a caller may write. null or "" empties a field in a PATCH, and says nothing in a POST."""

    email = serializers.CharField(max_length=254, allow_null=True, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=40, allow_null=True, allow_blank=True, required=False)
    first_name = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)
    source = serializers.CharField(max_length=NAME_LENGTH, allow_blank=True, required=False)  # type: ignore[assignment]
    values = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)  # type: ignore[assignment]

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Only names of custom fields: the contact's own are written beside `values`, not in it."""
        strange = {one_line(key)[:40]: [_("There is no such field.")] for key in values if not FIELD_KEY.fullmatch(key)}
        if strange:
            raise serializers.ValidationError(strange)
        return values


class AgreementSerializer(serializers.Serializer[Any]):
    """What a person agreed to, with its proof: the words they saw and when. It never undoes a "no" of the person."""

    channel = serializers.CharField(max_length=10, help_text="email, sms, whatsapp, tracking")
    state = serializers.ChoiceField(choices=("granted", "withdrawn"), default="granted")
    wording = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)

    def validate_channel(self, channel: str) -> str:
        known = agreeing.channels()
        if channel not in known:
            raise serializers.ValidationError(_("Write one of: %(known)s.") % {"known": ", ".join(known)})
        return channel

    def validate_wording(self, wording: str) -> str:
        return "\n".join(filter(None, map(one_line, wording.splitlines())))

    def validate_at(self, at: datetime) -> datetime:
        if not FIRST <= at <= timezone.now() + timedelta(minutes=5):
            raise serializers.ValidationError(_("Give a time between 1990 and now."))
        return at

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["state"] == "granted":
            missing = [key for key in ("wording", "at") if not attrs.get(key)]
            if missing:
                proof = _("Without the words they agreed to and the time, it is no proof.")
                raise serializers.ValidationError({key: [proof] for key in missing})
        return attrs


def agreement(said: Mapping[str, Any]) -> Agreement:
    at = said.get("at") or timezone.now()
    return Agreement(said["channel"], said["state"] == "granted", said["wording"], at)


class NewContact(ContactChanges):
    lists = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=100)
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=100)
    overwrite = serializers.BooleanField(default=True, help_text="False fills only what is blank.")
    consents = AgreementSerializer(many=True, required=False, max_length=10)  # type: ignore[call-arg]


class TagNames(serializers.Serializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100)
