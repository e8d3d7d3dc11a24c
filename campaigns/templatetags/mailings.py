"""Words and addresses that the templates of mailings ask for."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.urls import reverse

from campaigns.content.merging import MergeError
from campaigns.content.rendering import label_of
from campaigns.mailings.models import Delivery, Mailing
from campaigns.mailings.planning import Problem

register = template.Library()
MEND = {
    "sender": "workspaces:sender",
    "audience": "mailings:mailing_audience",
    "content": "mailings:mailing_compose",
    "subject": "mailings:mailing_details",
}
TONES = {
    "accepted": ("leaf", "circle-check"),
    "queued": ("sea", "clock"),
    "claimed": ("sea", "clock"),
    "sending": ("sea", "clock"),
    "deferred": ("sun", "refresh"),
    "uncertain": ("sun", "help-circle"),
    "failed": ("ember", "alert-triangle"),
    "skipped": ("", "player-skip-forward"),
    "cancelled": ("", "ban"),
}


@register.filter
def skip_words(reason: str) -> str:
    """Why somebody is skipped."""
    return str(Delivery.Skip(reason).label)


@register.simple_tag
def problem_url(problem: Problem, mailing: Mailing) -> str:
    """Where a problem is mended."""
    named: dict[str, str | int] = {"workspace": mailing.workspace.slug}
    if not MEND[problem.code].startswith("workspaces:"):
        named["pk"] = mailing.pk
    return reverse(MEND[problem.code], kwargs=named)


@register.filter
def subject_words(subject: str) -> str:
    """The subject with its personal details named: "A clean winter, [First name]"."""
    try:
        return label_of(subject)
    except MergeError:
        return subject


@register.filter
def tone(state: str) -> str:
    return TONES[state][0]


@register.filter
def state_icon(state: str) -> str:
    return TONES[state][1]


@register.filter
def short_url(url: str) -> str:
    """Where a link leads, in the fewest letters: the path of one of ours, else host and path."""
    parts = urlsplit(url)
    ours = url.startswith(settings.PUBLIC_URL)
    words = (parts.path if ours else parts.netloc.removeprefix("www.") + parts.path).rstrip("/")
    return words if len(words) <= 60 else words[:59] + "…"
