"""Merge tags: a logic-less subset with Liquid's look, parsed to parts and never executed.

    {{ first_name }}                                  a person's detail: first_name, last_name, email, phone, or f<id>
    {{ first_name | default: "friend" }}              what stands there when the detail is missing
    {{ gender: "עליך" | "עלייך" | "עליכם" }}            a form by the contact's gender: male | female | neutral (not known)

Quotes are "straight" or “curly”; inside straight ones \\" and \\\\ stand for a quote and a backslash. A lone }} is text; a {{
that opens no tag is an error with its place. A tag's canonical spelling is its key: pieces and `values_for` speak in keys.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts import fields as custom_fields
from crm.contacts.models import Contact, CustomField
from crm.workspaces.models import Workspace

MAX_TEXT = 20_000  # characters of a text with tags
MAX_TAGS = 50  # tags in one text
MAX_WORDS = 200  # characters of a fallback or of one form
MAX_VALUE = 1_000  # characters of a value that are shown
IDENTITY = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Mobile"),
}
GENDER_KEY = "gender"  # the starter field whose options are o1 male, o2 female, o3 other
GENDERS = {"o1": 0, "o2": 1}

QUOTED = r'(?:"(?:[^"\\\n]|\\["\\])*"|[“„][^“”„"\n]*[”“])'
TAG = re.compile(
    r"\{\{\s*(?:"
    rf"gender\s*:\s*(?P<male>{QUOTED})\s*\|\s*(?P<female>{QUOTED})\s*\|\s*(?P<neutral>{QUOTED})"
    rf"|(?P<name>[a-z][a-z0-9_]{{0,40}})(?:\s*\|\s*default\s*:\s*(?P<fallback>{QUOTED}))?"
    r")\s*\}\}"
)
FIELD = re.compile(r"f([1-9][0-9]{0,17})")


class MergeError(ValidationError):
    """A faulty tag; `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, code="merge")
        self.position = position


@dataclass(frozen=True)
class Tag:
    """One tag: a detail with its fallback, or (name "gender") the three forms."""

    name: str
    fallback: str = ""
    forms: tuple[str, str, str] | None = None

    @cached_property
    def key(self) -> str:
        if self.forms:
            return "gender: " + " | ".join(_quote(form) for form in self.forms)
        return f"{self.name} | default: {_quote(self.fallback)}" if self.fallback else self.name

    @property
    def missing(self) -> str:
        """What stands there for someone we know nothing of."""
        return self.forms[2] if self.forms else self.fallback

    @property
    def field_id(self) -> int | None:
        match = FIELD.fullmatch(self.name)
        return int(match[1]) if match else None


@dataclass(frozen=True)
class Template:
    """A parsed text: literals and tags in order."""

    parts: tuple[str | Tag, ...]

    @property
    def tags(self) -> tuple[Tag, ...]:
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Tag)))


def parse(text: str) -> Template:
    """The template of a text. Raises MergeError with the position of the first fault."""
    if len(text) > MAX_TEXT:
        raise MergeError(_("The text is too long."), MAX_TEXT)
    parts: list[str | Tag] = []
    place = 0
    while (opening := text.find("{{", place)) >= 0:
        match = TAG.match(text, opening)
        if match is None:
            raise MergeError(_("A personal detail that opens with {{ is not written as it should be."), opening)
        parts += [text[place:opening], _tag(match)]
        place = match.end()
        if len(parts) > 2 * MAX_TAGS:
            raise MergeError(_("There are too many personal details in one text."), opening)
    return Template(tuple(part for part in [*parts, text[place:]] if part != ""))


def _tag(match: re.Match[str]) -> Tag:
    if match["name"] is None:
        male, female, neutral = (_unquote(match[name], match.start()) for name in ("male", "female", "neutral"))
        return Tag("gender", forms=(male, female, neutral))
    name = match["name"]
    if name not in IDENTITY and not FIELD.fullmatch(name):
        raise MergeError(_("There is no personal detail called %(name)s.") % {"name": name}, match.start())
    return Tag(name, fallback=_unquote(match["fallback"] or '""', match.start()))


def _unquote(quoted: str, position: int) -> str:
    words = quoted[1:-1]
    words = re.sub(r"\\([\"\\])", r"\1", words) if quoted[0] == '"' else words
    if len(words) > MAX_WORDS:
        raise MergeError(_("The words of a personal detail are too long."), position)
    return words


def _quote(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=4096)
def tag_of(key: str) -> Tag:
    """The tag of a canonical key. Raises MergeError for what is no key."""
    parts = parse("{{ " + key + " }}").parts
    if len(parts) != 1 or not isinstance(parts[0], Tag):
        raise MergeError(_("A personal detail that opens with {{ is not written as it should be."), 0)
    return parts[0]


def clean(text: str, workspace: Workspace) -> Template:
    """As `parse`, and every field named must be a living one of the workspace, and none that is sensitive."""
    template = parse(text)
    wanted = {tag.field_id for tag in template.tags if tag.field_id}
    if wanted:
        found = CustomField.objects.filter(workspace=workspace, archived_at=None, is_sensitive=False, pk__in=wanted)
        missing = wanted - set(found.values_list("pk", flat=True))
        if missing:
            name = f"f{min(missing)}"
            raise MergeError(_("There is no personal detail called %(name)s.") % {"name": name}, text.find(name))
    return template


def fields_of(workspace: Workspace, keys: Iterable[str]) -> dict[str, CustomField]:
    """The custom fields that the keys need, by tag name ("f12", "gender"): ask once for a whole mailing."""
    tags = [tag_of(key) for key in keys]
    ids = [tag.field_id for tag in tags if tag.field_id]
    fields = CustomField.objects.filter(workspace=workspace)
    needed = {field.storage_key: field for field in fields.filter(pk__in=ids)} if ids else {}
    if any(tag.forms for tag in tags):
        gender = fields.filter(key=GENDER_KEY).first()
        needed |= {"gender": gender} if gender and not gender.is_sensitive else {}
    return needed


def values_for(
    workspace: Workspace,
    contact_ids: Iterable[int],
    keys: Iterable[str],
    *,
    fields: Mapping[str, CustomField] | None = None,
) -> dict[int, dict[str, str]]:
    """{contact id: {key: words}}, unescaped, fallbacks applied: one query, and one for `fields` where they are not given."""
    keys = list(keys)
    fields = fields_of(workspace, keys) if fields is None else fields
    people = Contact.objects.filter(workspace=workspace, pk__in=list(contact_ids))
    people = people.only("id", "first_name", "last_name", "email", "phone", "values")
    return {contact.pk: _values(contact, keys, fields) for contact in people}


def values_of(
    contact: Contact | None, keys: Iterable[str], *, fields: Mapping[str, CustomField] | None = None
) -> dict[str, str]:
    """The same of one contact at hand; of a stranger (None), what stands for missing details."""
    if contact is None:
        return {key: tag_of(key).missing for key in keys}
    keys = list(keys)
    return _values(contact, keys, fields_of(contact.workspace, keys) if fields is None else fields)


def _values(contact: Contact, keys: list[str], fields: Mapping[str, CustomField]) -> dict[str, str]:
    return {key: _value(contact, tag_of(key), fields)[:MAX_VALUE] for key in keys}


def _value(contact: Contact, tag: Tag, fields: Mapping[str, CustomField]) -> str:
    if tag.forms:
        field = fields.get("gender")
        option = contact.values.get(field.storage_key) if field else None
        return tag.forms[GENDERS.get(str(option), 2)]
    if tag.name in IDENTITY:
        return str(getattr(contact, tag.name) or "").strip() or tag.fallback
    field = fields.get(tag.name)
    stored: Any = contact.values.get(tag.name) if field and not field.is_sensitive else None
    return (custom_fields.display(field, stored) if field and stored is not None else "") or tag.fallback


def escape(value: str, mode: str) -> str:
    """A value as its medium wants it: "html" content, "text" of a mail, or one "line" such as a subject."""
    if mode == "html":
        return html.escape(CONTROL.sub("", value)).replace("\n", "<br>")
    if mode == "line":
        return BREAKS.sub(" ", value)
    return CONTROL.sub("", value)


CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
