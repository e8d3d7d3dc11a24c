"""Personal details as people write them in the editor: by their names, in single braces.

    {First name|friends}      is   {{ first_name | default: "friends" }}
    {he came|she came|they came}   is   {{ gender: "he came" | "she came" | "they came" }}

Only the editor speaks so; what is stored, and every other door, has the tags of `merging`. Names are understood in every
language of the interface, so that two members with two languages may write in one text.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.content import merging
from campaigns.content.merging import MergeError, Tag
from campaigns.content.questions import details_on_offer
from crm.workspaces.models import Workspace

BRACES = re.compile(r"(?<!\{)\{(?P<words>[^{}\n]{1,700})\}(?!\})")
UNSAYABLE = set("{}|\n")


def to_people(text: str, workspace: Workspace) -> str:
    """The text with the names of its details, in the active language. What cannot be said so, stays a tag."""
    if "{{" not in text:
        return text
    names = dict(details_on_offer(workspace))
    known = _known(workspace)
    return merging.TAG.sub(lambda match: _named(match, names, known), text)


def from_people(text: str, workspace: Workspace) -> str:
    """The text with tags. Raises MergeError for braces that name no detail."""
    if "{" not in text:
        return text
    known = _known(workspace)
    parts: list[str] = []
    place = 0
    for match in merging.TAG.finditer(text):
        parts += [_tagged(text[place : match.start()], known), match[0]]
        place = match.end()
    return "".join([*parts, _tagged(text[place:], known)])


def _known(workspace: Workspace) -> dict[str, str]:
    """{a name as it may be written: the key of its detail}, in all languages; the active one wins."""
    known: dict[str, str] = {}
    for language in [*(code for code, _name in settings.LANGUAGES), translation.get_language() or "he"]:
        with translation.override(language):
            known |= {_plain(name): key for key, name in reversed(details_on_offer(workspace))}
    return known


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _named(match: re.Match[str], names: dict[str, str], known: dict[str, str]) -> str:
    try:
        tag = merging.tag_of(match[0][2:-2])
    except MergeError:
        return match[0]
    said = list(tag.forms) if tag.forms else [names.get(tag.name, ""), *filter(None, [tag.fallback])]
    is_sayable = tag.forms or known.get(_plain(said[0])) == tag.name
    if not is_sayable or any(UNSAYABLE & set(words) or words != words.strip() for words in said):
        return match[0]
    return "{" + "|".join(said) + "}"


def _tagged(text: str, known: dict[str, str]) -> str:
    def tag(match: re.Match[str]) -> str:
        parts = [part.strip() for part in match["words"].split("|")]
        key = known.get(_plain(parts[0]))
        if len(parts) == 3:
            return "{{ " + Tag("gender", forms=(parts[0], parts[1], parts[2])).key + " }}"
        if key is None or len(parts) > 3:
            raise MergeError(_("There is no personal detail called %(name)s.") % {"name": parts[0][:60]}, match.start())
        return "{{ " + Tag(key, fallback="".join(parts[1:])).key + " }}"

    return BRACES.sub(tag, text)
