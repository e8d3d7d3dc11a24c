"""Words for what reports measure: durations, and where people came from."""

from __future__ import annotations

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.timeline.sources import words_of
from funnels.models import Stage
from funnels.progress import Bucket

register = template.Library()


@register.filter
def duration(seconds: float) -> str:
    """Seconds in the largest unit that still says something: "40 seconds", "3 hours", "12 days"."""
    if seconds < 90:
        whole = round(seconds)
        return ngettext("%(number)s second", "%(number)s seconds", whole) % {"number": whole}
    if seconds < 90 * 60:
        whole = round(seconds / 60)
        return ngettext("%(number)s minute", "%(number)s minutes", whole) % {"number": whole}
    if seconds < 36 * 3600:
        whole = round(seconds / 3600)
        return ngettext("%(number)s hour", "%(number)s hours", whole) % {"number": whole}
    whole = round(seconds / 86_400)
    return ngettext("%(number)s day", "%(number)s days", whole) % {"number": whole}


@register.filter
def origin_word(value: str, dimension: str) -> str:
    """A known source, medium or device in the active language; campaigns and unknown words stand as they were recorded."""
    if dimension == "source":
        return capfirst(words_of(value))
    words = {
        "device": {"phone": _("Phone"), "tablet": _("Tablet"), "desktop": _("Computer")},
        "medium": {"paid": _("Paid"), "influencer": _("Influencers"), "referral": _("Links on other sites")},
    }
    return words.get(dimension, {}).get(value, value)


@register.filter
def cells(bucket: Bucket, stages: list[Stage]) -> list[tuple[str, int]]:
    """The counts of one line, each with the name of its stage (a phone shows the line as name and number)."""
    return [(stage.name, number) for stage, number in zip(stages, bucket.counts, strict=True)]
