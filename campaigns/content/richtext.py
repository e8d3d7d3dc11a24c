"""Texts that people write: bold, italic, links, lists and line breaks by light marks, and merge tags inside.

    **bold**   _italic_   [words](https://example.org)   a bare https://example.org
    - a point            1. a step            an empty line parts paragraphs, a line break stays one

What is written is never HTML: the parser makes a small tree, and each medium draws the tree with everything escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.content import links, merging
from campaigns.content.merging import Tag
from crm.workspaces.models import Workspace

MAX_TEXT = 10_000
MAX_DEPTH = 4
INLINE = re.compile(
    r"\[(?P<words>[^\[\]\n]{1,500})\]\((?P<link>[^\s()]{1,2000})\)"
    r"|\*\*(?P<bold>[^\n]{1,1000}?)\*\*"
    r"|(?<!\w)_(?P<italic>[^\n_]{1,1000})_(?!\w)"
    r"|(?P<url>https?://[^\s<>\"'\x00]{1,2000})"
    r"|\x00(?P<tag>[0-9]+)\x00"
)
POINT = re.compile(r"[-•]\s+(?P<words>.*)")
STEP = re.compile(r"[0-9]{1,3}[.)]\s+(?P<words>.*)")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ue000]")


@dataclass
class Inline:
    """A run of text: kind "text" (words), "tag" (tag), "break", or "bold", "italic", "link" (link) around children."""

    kind: str
    words: str = ""
    tag: Tag | None = None
    link: str = ""
    children: list[Inline] = field(default_factory=list)


@dataclass
class Part:
    """A paragraph ("p": one item) or a list ("ul", "ol": its items)."""

    kind: str
    items: list[list[Inline]]


def tidy(raw: Any, *, limit: int, lines: bool) -> str:
    """The text without control characters; one line where `lines` is false. Raises ValidationError."""
    if not isinstance(raw, str):
        raise ValidationError(_("Write text here."))
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = CONTROL.sub("", text) if lines else CONTROL.sub("", text.replace("\n", " "))
    text = text.encode("utf-8", "ignore").decode()  # lone surrogates, which no database keeps
    if len(text.strip()) > limit:
        raise ValidationError(_("The text is too long: at most %(limit)s characters.") % {"limit": limit})
    return text.strip()


def clean(raw: Any, workspace: Workspace) -> str:
    """Raises ValidationError for a faulty tag or link."""
    text = tidy(raw, limit=MAX_TEXT, lines=True)
    merging.clean(text, workspace)
    for link in links_in(parse(text)):
        links.clean_link(link, workspace)
    return text


def parse(text: str) -> list[Part]:
    """The tree. Raises MergeError."""
    template = merging.parse(text)
    tags = [part for part in template.parts if isinstance(part, Tag)]
    numbers = iter(range(len(tags)))
    flat = "".join(part if isinstance(part, str) else f"\x00{next(numbers)}\x00" for part in template.parts)
    parts: list[Part] = []
    for lines in _paragraphs(flat):
        parts += _parts(lines, tags)
    return parts


def _paragraphs(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []


def _parts(lines: list[str], tags: list[Tag]) -> list[Part]:
    parts: list[Part] = []
    for line in lines:
        kind, words = _line_kind(line)
        inlines = _inlines(words, tags, 0)
        if kind != "p" and parts and parts[-1].kind == kind:
            parts[-1].items.append(inlines)
        elif kind == "p" and parts and parts[-1].kind == "p":
            parts[-1].items[0] += [Inline("break"), *inlines]
        else:
            parts.append(Part(kind, [inlines]))
    return parts


def _line_kind(line: str) -> tuple[str, str]:
    for kind, pattern in (("ul", POINT), ("ol", STEP)):
        match = pattern.fullmatch(line)
        if match:
            return kind, match["words"]
    return "p", line


def _inlines(text: str, tags: list[Tag], depth: int) -> list[Inline]:
    found: list[Inline] = []
    place = 0
    for match in INLINE.finditer(text):
        if match.start() > place:
            found.append(Inline("text", text[place : match.start()]))
        found += _inline(match, tags, depth)
        place = match.end()
    return found + ([Inline("text", text[place:])] if place < len(text) else [])


def _inline(match: re.Match[str], tags: list[Tag], depth: int) -> list[Inline]:
    if match["tag"] is not None:
        return [Inline("tag", tag=tags[int(match["tag"])])]
    if match["url"]:
        url = match["url"].rstrip(".,;:!?)")
        rest = match["url"][len(url) :]
        return [Inline("link", link=url, children=[Inline("text", url)])] + ([Inline("text", rest)] if rest else [])
    kind = "link" if match["words"] else "bold" if match["bold"] else "italic"
    words = match["words"] or match["bold"] or match["italic"]
    if depth >= MAX_DEPTH:
        return [Inline("text", words)]
    children = _inlines(words, tags, depth + 1)
    if kind == "link":
        children = _without_links(children)
    return [Inline(kind, link=match["link"] or "", children=children)]


def _without_links(inlines: list[Inline]) -> list[Inline]:
    """A link inside a link is only its words."""
    flat: list[Inline] = []
    for inline in inlines:
        inside = _without_links(inline.children)
        flat += inside if inline.kind == "link" else [Inline(inline.kind, inline.words, inline.tag, "", inside)]
    return flat


def links_in(parts: list[Part]) -> list[str]:
    """The links, in order of appearance, once for each."""
    found: list[str] = []

    def walk(inlines: list[Inline]) -> None:
        for inline in inlines:
            if inline.kind == "link":
                found.append(inline.link)
            walk(inline.children)

    for part in parts:
        for item in part.items:
            walk(item)
    return found


def words_of(inlines: list[Inline], tag_words: Callable[[Tag], str]) -> str:
    """The bare words, as a label in a report."""
    words = ""
    for inline in inlines:
        inner = tag_words(inline.tag) if inline.tag else inline.words or words_of(inline.children, tag_words)
        words += " " if inline.kind == "break" else inner
    return words


def summary(text: str, limit: int = 60) -> str:
    """The first words of a text, without marks, for the list of blocks. Never raises."""
    try:
        parts = parse(text)
    except ValidationError:
        return text[:limit]
    words = " ".join(words_of(item, _tag_words) for part in parts for item in part.items)
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def _tag_words(tag: Tag) -> str:
    return f"[{merging.IDENTITY.get(tag.name) or tag.missing or tag.name}]"
