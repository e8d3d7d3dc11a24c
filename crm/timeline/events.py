"""Kinds that no room records by itself yet: they come in over REST, or by hand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.timeline import kinds
from crm.timeline.kinds import Kind


def price_in_words(properties: dict[str, Any]) -> dict[str, object]:
    return {"product": properties.get("product") or _("an order")}


def product_in_words(properties: dict[str, Any]) -> dict[str, object]:
    return {"product": properties.get("product") or _("a product")}


def goal_in_words(properties: dict[str, Any]) -> dict[str, object]:
    return {"goal": properties.get("goal") or _("without a name")}


kinds.register(
    Kind(
        "order.placed",
        label=_("Bought"),
        sentence=_("Bought %(product)s"),
        icon="shopping-bag",
        tone="sun",
        group="money",
        words=price_in_words,
        outside=True,
    ),
    Kind(
        "product.viewed",
        label=_("Looked at a product"),
        sentence=_("Looked at %(product)s"),
        icon="eye",
        group="web",
        words=product_in_words,
        outside=True,
    ),
    Kind(
        "cart.updated",
        label=_("Changed the cart"),
        sentence=_("Changed the cart: %(product)s"),
        icon="shopping-cart",
        tone="sun",
        group="money",
        words=product_in_words,
        outside=True,
    ),
    Kind(
        "goal.reached",
        label=_("Reached a goal"),
        sentence=_("Reached the goal: %(goal)s"),
        icon="target",
        tone="leaf",
        group="web",
        words=goal_in_words,
        outside=True,
    ),
)
