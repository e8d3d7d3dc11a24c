"""Tags of public pages: those that strangers see and that must stay light."""

from __future__ import annotations

from django import template

from crm.files.branding import stylesheet_url

register = template.Library()


@register.filter
def brand_stylesheet(brand_color: str) -> str:
    """`{{ workspace.brand_color|brand_stylesheet }}`: the address of the business's colour."""
    return stylesheet_url(brand_color)
