"""The kinds of event this room records."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.consent.models import Channel
from crm.timeline import kinds
from crm.timeline.kinds import Kind


def words(properties: dict[str, Any]) -> dict[str, object]:
    channel = properties.get("channel", "")
    return {"channel": dict(Channel.choices).get(channel, channel)}


def the_channel(event: Any) -> list[str]:
    return [f"consent:{event.properties.get('channel', '')}"]


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
)
