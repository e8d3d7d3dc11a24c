"""Tags of acts over many people, for lists of people."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from crm.bulk import describing, telling

register = template.Library()
register.filter("act_heading", describing.heading_of)


@register.inclusion_tag("crm/bulk/_act_strip.html", takes_context=True)
def act_strip(context: dict[str, Any]) -> dict[str, Any]:
    """What moves now, and what of mine ended unseen."""
    request = context["request"]
    drawn: dict[str, Any] = telling.strip(request.workspace, request.user)
    return drawn | {"request": request, "frame": context["frame"], "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def export_url(context: dict[str, Any]) -> str:
    """Where chosen people are exported; empty where this product has no exports, or the member may not."""
    request = context["request"]
    try:
        url = reverse("exports:contacts", kwargs={"workspace": request.workspace.slug})
    except NoReverseMatch:
        return ""
    return url if request.membership.may_edit else ""
