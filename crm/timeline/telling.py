"""Events as a member reads them: the sentence of the kind, who did it, where they came from, the way to the subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.timeline import kinds
from crm.timeline.models import Event, Verdict
from crm.timeline.sources import words_of
from crm.workspaces.models import User

CAME_FROM = ("web", "form", "share", "money")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it is shown."""

    event: Event
    kind: kinds.Kind
    sentence: SafeString
    detail: SafeString
    by: str
    url: str

    @property
    def is_robot(self) -> bool:
        return self.event.verdict == Verdict.ROBOT

    @property
    def source(self) -> str:
        """Where they came from; of other events the source is how we learned of them, which is for the proof."""
        return words_of(self.event.source) if self.kind.group in CAME_FROM else ""

    @property
    def link_words(self) -> str:
        if self.event.subject_type == "contact":
            return _("To the card of %(name)s") % {"name": self.event.subject_label}
        return _("Open")


def entries_of(events: Iterable[Event], workspace: Any) -> list[Entry]:
    listed = list(events)
    names = _actors(listed)
    return [_entry(event, names.get(event.actor, ""), workspace) for event in listed]


def _entry(event: Event, by: str, workspace: Any) -> Entry:
    kind = kinds.get(event.kind) if kinds.known(event.kind) else kinds.Kind(event.kind, event.kind, event.kind)
    sentence, detail = kinds.markup(event.kind, subject=event.subject_label, properties=event.properties)
    return Entry(event, kind, sentence, detail, by, _subject_url(kind, event, workspace))


def _subject_url(kind: kinds.Kind, event: Event, workspace: Any) -> str:
    """The subject's own screen, where its kind names one; a subject that is gone has none."""
    name = kind.link or ("contacts:contact_card" if event.subject_type == "contact" else "")
    if not name or not event.subject_id or not event.subject_label:
        return ""
    try:
        return reverse(name, kwargs={"workspace": workspace.slug, "pk": event.subject_id})
    except NoReverseMatch:
        return ""


def _actors(events: list[Event]) -> dict[str, str]:
    """Who did it, by the members' names: one question for a page."""
    ids = {int(event.actor[5:]) for event in events if event.actor.startswith("user:") and event.actor[5:].isdigit()}
    users = User.objects.filter(pk__in=ids) if ids else []
    return {f"user:{user.pk}": str(user) for user in users}
