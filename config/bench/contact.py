"""The list of contacts and the card in a business of a million people, against the same screens of a small one.

The small business has two thousand people, so that both draw a full page wherever they narrow, and a person with a few
events; the empty one stands beside it for what a screen costs at least. All are asked in the same call, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from config.bench.measuring import Measured, Row, Scale, in_turn, milliseconds, ratio, seconds
from config.bench.people import Large, populate
from crm.contacts.models import Contact
from crm.timeline.reading import History

GOAL = {"worst_ratio": 2.0}
SMALL = Scale(contacts=2_000, events=4_000)
STATIC = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}  # nothing was collected here
TIMES = 9
Screen = Callable[[Large], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A screen by its name; `part` when htmx asks for it, as when somebody types."""

    name: str
    url: Screen
    part: bool = False


def listed(query: str = "") -> Screen:
    return lambda large: reverse("contacts:contact_list", args=[large.workspace.slug]) + query


def card(large: Large) -> str:
    return reverse("contacts:contact_card", args=[large.workspace.slug, large.heavy])


def older(large: Large) -> str:
    """The third page of a heavy timeline, as its own links lead there."""
    contact, url = Contact.objects.get(pk=large.heavy), ""
    for _page in range(2):
        asked = dict([url.rpartition("?")[2].split("=", 1)]) if url else {}
        url = (
            History(large.workspace, contact, {name: unquote_plus(text) for name, text in asked.items()}).older_url
            or url
        )
    return url or reverse("timeline:contact_timeline", args=[large.workspace.slug, large.heavy])


SCREENS = [
    Asked("list, first page", listed()),
    Asked("list, a word of few", listed("?q=p1234@"), part=True),
    Asked("list, a name of many", listed("?q=%D7%90%D7%95%D7%A8%D7%99"), part=True),
    Asked("list, two letters", listed("?q=%D7%90%D7%95"), part=True),
    Asked("list, part of a phone", listed("?q=050-0000"), part=True),
    Asked("list, nobody found", listed("?q=%D7%A7%D7%A7%D7%A7%D7%A7"), part=True),
    Asked("list, phone only", listed("?only=phone"), part=True),
    Asked("list, new this week", listed("?only=new"), part=True),
    Asked("list, the bin", listed("?only=bin"), part=True),
    Asked("list, a tag", lambda large: listed(f"?tag={large.vip.pk}")(large), part=True),
    Asked("list, a list", lambda large: listed(f"?list={large.news.pk}")(large), part=True),
    Asked("a list's page", lambda large: reverse("contacts:list_page", args=[large.workspace.slug, large.news.pk])),
    Asked("all lists", lambda large: reverse("contacts:list_list", args=[large.workspace.slug])),
    Asked("all tags", lambda large: reverse("contacts:tag_list", args=[large.workspace.slug])),
    Asked("card of 5,000 events", card),
    Asked("an older page of its timeline", older, part=True),
    Asked("home", lambda large: reverse("workspaces:home", args=[large.workspace.slug])),
]


def run(scale: Scale) -> Measured:
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=settings.STORAGES | STATIC):
        return _measure(scale)


def _measure(scale: Scale) -> Measured:
    small = _of_few_events(populate(SMALL, slug="bench-small"))  # first: making one builds the indexes of all
    empty = populate(Scale(contacts=0, events=0), slug="bench-empty")
    large = populate(scale)
    rows: list[Row] = [("screen", "large", "small", "ratio", "empty", "questions")]
    ratios = {}
    for asked in SCREENS:
        ours, reference = in_turn(_call(asked, large), _call(asked, small), times=TIMES, warm=3)
        least = "-" if "card" in asked.name or "timeline" in asked.name else milliseconds(seconds(_call(asked, empty)))
        ratios[asked.name] = ratio(ours, reference)
        questions = str(_questions(asked, large))
        told = (milliseconds(ours), milliseconds(reference), str(ratios[asked.name]), least, questions)
        rows.append((asked.name, *told))
    return Measured({"worst_ratio": max(ratios.values()), **ratios}, rows)


def _of_few_events(small: Large) -> Large:
    return replace(small, heavy=small.heavy + 1)  # the next one made


def _call(asked: Asked, business: Large) -> Callable[[], Any]:
    client = Client()
    client.force_login(business.owner)
    url, headers = asked.url(business), {"HX-Request": "true"} if asked.part else {}

    def call() -> None:
        response = client.get(url, headers=headers)
        assert response.status_code == 200, (url, response.status_code)

    return call


def _questions(asked: Asked, business: Large) -> int:
    call = _call(asked, business)
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)
