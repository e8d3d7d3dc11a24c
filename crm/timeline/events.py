"""Kinds that no room records by itself yet: they come in over REST, or by hand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.timeline import kinds
from crm.timeline.kinds import Kind


def price_in_words(properties: dict[str, Any]) -> dict[str, object]:
    return {"product": properties.get("product") or _("an order")}


kinds.register(
    Kind(
        "order.placed",
        label=_("Bought"),
        sentence=_("Bought %(product)s"),
        icon="shopping-bag",
        tone="sun",
        group="money",
        words=price_in_words,
    ),
)
