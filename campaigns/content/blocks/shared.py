"""Choices that several blocks offer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campaigns.content.attributes import Choice

ALIGN = Choice(
    key="align",
    label=_("Alignment"),
    default="start",
    options=(("start", _("To the start")), ("center", _("To the middle"))),
)
