"""The kinds of event this room records."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.consent.models import Channel, SubjectRequest
from crm.timeline import kinds
from crm.timeline.kinds import Kind


def words(properties: dict[str, Any]) -> dict[str, object]:
    channel = properties.get("channel", "")
    return {"channel": dict(Channel.choices).get(channel, channel)}


def the_channel(event: Any) -> list[str]:
    return [f"consent:{event.properties.get('channel', '')}"]


def request_words(properties: dict[str, Any]) -> dict[str, object]:
    asked = properties.get("request", "")
    return {"request": dict(SubjectRequest.Kind.choices).get(asked, asked)}


kinds.register(
    Kind(
        "consent.granted",
        label=_("Gave consent"),
        sentence=_("Consent given: %(channel)s"),
        icon="circle-check",
        tone="leaf",
        group="card",
        words=words,
        touches=the_channel,
    ),
    Kind(
        "consent.withdrawn",
        label=_("Withdrew consent"),
        sentence=_("Consent withdrawn: %(channel)s"),
        icon="ban",
        group="card",
        words=words,
        touches=the_channel,
    ),
    Kind(
        "consent.asked",
        label=_("Was asked to confirm by mail"),
        sentence=_("Asked to confirm by mail"),
        icon="mail-forward",
        group="card",
    ),
    Kind(
        "privacy.requested",
        label=_("Asked about their data"),
        sentence=_("Asked about their data: %(request)s"),
        icon="shield-lock",
        tone="iris",
        group="card",
        words=request_words,
    ),
    Kind(
        "privacy.answered",
        label=_("A request about their data was dealt with"),
        sentence=_("Dealt with: %(request)s"),
        icon="shield-check",
        group="card",
        words=request_words,
    ),
)
