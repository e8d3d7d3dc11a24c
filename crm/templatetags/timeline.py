"""Tags of the timeline."""

from __future__ import annotations

from datetime import date, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.timeline.sources import words_of

register = template.Library()
register.filter("source_words", words_of)


@register.filter
def day_name(day: date) -> str:
    """ "today, 18/11/2026", "Monday, 16/11/2026"."""
    ago = (timezone.localdate() - day) // timedelta(days=1)
    name = {0: _("today"), 1: _("yesterday")}.get(ago) or date_format(day, "l")
    return f"{name}, {date_format(day, 'SHORT_DATE_FORMAT')}"
