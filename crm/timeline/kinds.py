"""The kinds of event. A room registers its own in its `events.py`, which its app imports at start.

A kind knows how to say itself in a sentence, how it looks, which properties are personal, and how to list the things it can
be about, so that a funnel can offer pages or mailings without importing them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

Text = str | Promise
CUSTOM = "custom."
HOLE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` "mailing.clicked"; `label` for menus ("Clicked in a mailing"); `sentence` for the timeline, with named
    placeholders taken from `subject` and the event's properties ("Clicked in %(subject)s"); `icon` of the sprite; `tone` one
    of sea, sun, ember, leaf, iris; `group` one of web, mail, form, share, money, survey, note, card (filters of the card);
    `personal` names the properties erased with the person; `subjects(workspace)` yields (id, label)."""

    name: str
    label: Text
    sentence: Text
    icon: str = "point"
    tone: str = "sea"
    group: str = "card"
    subject_type: str = ""
    personal: frozenset[str] = frozenset()
    subjects: Callable[[Any], Iterable[tuple[int, str]]] | None = None
    detail: Text = ""
    web: bool = field(default=False)  # carries a visitor, so a person is found through identity
    words: Callable[[dict[str, Any]], Mapping[str, object]] | None = None  # properties in words of the active language
    outside: bool = False  # an integrator may record it over REST
    of_nobody: bool = False  # carries no person, so no screen asks or tells about it
    link: str = ""  # name of the members' view of a subject, taking `workspace` and `pk`
    parts: Callable[[Any, int], Iterable[tuple[int, str]]] | None = (
        None  # (workspace, subject) -> e.g. links of a mailing
    )
    part_property: str = ""  # the property whose number says which part
    part_label: Text = ""
    touches: Callable[[Any], Iterable[str]] | None = (
        None  # event -> marks of rules that it may have changed (mentioning)
    )
    is_sweeping: bool = False  # anything about the contact may have changed; so it is with every "contact." kind

    @property
    def is_money(self) -> bool:
        return self.group == "money"


SWEEPING = "contact."
_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        if _kinds.setdefault(kind.name, kind) != kind:
            raise ValueError(f"two event kinds are called {kind.name}")


def get(name: str) -> Kind:
    """The kind of that name; `custom.<name>` kinds need no registration. Raises KeyError for anything else."""
    if name.startswith(CUSTOM) and len(name) > len(CUSTOM):
        label = name.removeprefix(CUSTOM)
        return Kind(name, label=label, sentence=label, icon="bolt", group="card")
    return _kinds[name]


def known(name: str) -> bool:
    return name in _kinds or (name.startswith(CUSTOM) and len(name) > len(CUSTOM))


def every() -> list[Kind]:
    """What people can be asked about."""
    return sorted((kind for kind in _kinds.values() if not kind.of_nobody), key=lambda kind: kind.name)


def is_sweeping(name: str) -> bool:
    """Whether anything about the event's contact, and about a contact that is its subject, may have changed."""
    return name.startswith(SWEEPING) or (name in _kinds and _kinds[name].is_sweeping)


def touched(event: Any) -> set[str]:
    """The marks of rules whose answer this event may have changed for its person; see crm.rules.mentioning."""
    kind = _kinds.get(event.kind)
    return {f"event:{event.kind}", *(kind.touches(event) if kind and kind.touches else ())}


def from_outside() -> list[str]:
    """Names of the registered kinds that integrators may record, beside `custom.<name>`."""
    return [kind.name for kind in every() if kind.outside]


def sentence(kind_name: str, *, subject: str, properties: dict[str, Any]) -> str:
    """The event in plain words, in the active language."""
    kind = _get_or_plain(kind_name)
    return _filled(str(kind.sentence), _words(kind, subject, properties))


def markup(kind_name: str, *, subject: str, properties: dict[str, Any]) -> tuple[SafeString, SafeString]:
    """(sentence, detail) as HTML: what it is about stands out, and everything people typed is escaped and isolated."""
    kind = _get_or_plain(kind_name)
    words = _words(kind, subject, properties)
    return _marked(str(kind.sentence), words), _marked(str(kind.detail), words)


def _marked(text: str, words: _Words) -> SafeString:
    names = set(HOLE.findall(text))
    values = {
        name: format_html("<b><bdi>{}</bdi></b>" if name == "subject" else "<bdi>{}</bdi>", words[name])
        for name in names
    }
    plain = escape(text).replace("{", "{{").replace("}", "}}")
    return format_html(HOLE.sub(r"{\1}", plain).replace("%%", "%"), **values, unused="")


def _get_or_plain(name: str) -> Kind:
    """A kind whose room is gone still shows its name."""
    return get(name) if known(name) else Kind(name, label=name, sentence=name.replace("%", "%%"))


def _words(kind: Kind, subject: str, properties: dict[str, Any]) -> _Words:
    values = _Words(properties, subject=subject or _("(removed)"))
    values.update(kind.words(properties) if kind.words else {})
    return values


def _filled(text: str, values: _Words) -> str:
    return text % values if "%(" in text else text


class _Words(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return ""
