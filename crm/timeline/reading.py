"""The timeline of one person: what they did as a contact and as a visitor, newest first, a page at a time.

The person is a contact and whoever was merged into them; their web events come through identity edges, asked now and not
when the event was written. Neither table is imported: both are reached from the contact, for they live upstairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.timeline import kinds
from crm.timeline.models import Event, EventQuerySet, Verdict
from crm.timeline.telling import Entry, entries_of

PAGE = 25
GROUPS: dict[str, Any] = {
    "web": gettext_lazy("Visits"),
    "form": gettext_lazy("Forms"),
    "mail": gettext_lazy("Mails"),
    "share": gettext_lazy("Sharing"),
    "survey": gettext_lazy("Surveys"),
    "money": gettext_lazy("Purchases"),
    "note": gettext_lazy("Notes"),
    "card": gettext_lazy("Card"),
}


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    entries: list[Entry]
    continues: bool  # its name already stands above, on the page before


class History:
    """`contact` is a contact of `workspace`; `asked` is the query of the request: `group`, `before`, `robots`."""

    def __init__(self, workspace: Any, contact: Any, asked: Any) -> None:
        self.workspace, self.contact = workspace, contact
        self.group = asked.get("group", "") if asked.get("group", "") in GROUPS else ""
        self.with_robots = asked.get("robots") == "1"
        self.before = asked.get("before", "")
        self._after = _read_place(self.before)

    @property
    def url(self) -> str:
        return reverse("timeline:contact_timeline", kwargs={"workspace": self.workspace.slug, "pk": self.contact.pk})

    @cached_property
    def of_person(self) -> list[Q]:
        """Two narrow questions instead of one wide one: each walks its own index."""
        ids = [self.contact.pk, *self.contact.merged_from.values_list("pk", flat=True)]
        visitors = visitors_of(type(self.contact), ids)
        return [Q(contact_id__in=ids)] + ([Q(visitor_id__in=visitors, contact_id=None)] if visitors else [])

    @cached_property
    def _page(self) -> list[Event]:
        found: list[Event] = []
        for condition in self.of_person:
            found += self._narrowed(Event.objects.filter(condition)).order_by("-occurred_at", "-id")[: PAGE + 1]
        return sorted(found, key=lambda event: (event.occurred_at, event.pk), reverse=True)

    def _narrowed(self, events: EventQuerySet) -> EventQuerySet:
        if not self.with_robots:
            events = events.people()
        if self.group:
            events = events.filter(_of_group(self.group))
        if self._after:
            moment, number = self._after
            events = events.filter(Q(occurred_at__lt=moment) | Q(occurred_at=moment, id__lt=number))
        return events

    @cached_property
    def days(self) -> list[Day]:
        shown = self._page[:PAGE]
        entries = entries_of(shown, self.workspace)
        place = timezone.localtime(self._after[0]).date() if self._after else None
        days = groupby(entries, key=lambda entry: timezone.localtime(entry.event.occurred_at).date())
        return [Day(day, list(listed), continues=day == place) for day, listed in days]

    @property
    def older_url(self) -> str:
        """Where the next page is, or nothing when this is all."""
        if len(self._page) <= PAGE:
            return ""
        last = self._page[PAGE - 1]
        return self._address(self.group, self.with_robots, before=_place(last))

    @cached_property
    def choices(self) -> list[tuple[str, Any, str, bool]]:
        """The filters that would show something: (name, label, address, chosen)."""
        seen: set[str] = set()
        for condition in self.of_person:
            names = Event.objects.filter(condition).order_by().values_list("kind", flat=True).distinct()
            seen |= {kinds.get(name).group if kinds.known(name) else "card" for name in names}
        offered = [(name, label) for name, label in GROUPS.items() if name in seen or name == self.group]
        every = [("", _("Everything")), *offered]
        return [(name, label, self._address(name, self.with_robots), name == self.group) for name, label in every]

    @cached_property
    def robots(self) -> int:
        counted = [Event.objects.filter(condition, verdict=Verdict.ROBOT).count() for condition in self.of_person]
        return sum(counted)

    @property
    def robots_url(self) -> str:
        return self._address(self.group, not self.with_robots)

    def _address(self, group: str, robots: bool, before: str = "") -> str:
        asked = {"group": group, "robots": "1" if robots else "", "before": before}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.url}?{query}" if query else self.url


def visitors_of(contacts: Any, ids: list[int]) -> list[int]:
    """Ids of the browsers bound to these contacts; `contacts` is their model, from upstairs."""
    edges = contacts._meta.get_field("identities").related_model
    return list(edges._default_manager.filter(contact_id__in=ids).values_list("visitor_id", flat=True))


def _of_group(group: str) -> Q:
    """Kinds nobody registered, and those that integrators name, stand on the card."""
    names = [kind.name for kind in kinds.every() if kind.group == group]
    asked = Q(kind__in=names)
    return asked | Q(kind__startswith=kinds.CUSTOM) if group == "card" else asked


def _place(event: Event) -> str:
    return f"{event.occurred_at.isoformat()}_{event.pk}"


def _read_place(text: str) -> tuple[datetime, int] | None:
    """A place in the timeline as `older_url` writes it. Raises BadRequest (400) for anything else."""
    if not text:
        return None
    moment, _separator, number = text.rpartition("_")
    try:
        place = datetime.fromisoformat(moment), int(number)
    except ValueError as error:
        raise BadRequest("not a place in the timeline") from error
    if timezone.is_naive(place[0]) or not 0 <= place[1] < 2**63:
        raise BadRequest("not a place in the timeline")
    return place
