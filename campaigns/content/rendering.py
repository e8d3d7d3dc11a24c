"""What a block is drawn with: one `Rendering` for a document and medium. What it gives back stands in templates as it is."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from campaigns.content import links, merging, richtext
from campaigns.content.merging import Tag, Template
from campaigns.content.pieces import Weaver
from campaigns.content.richtext import Inline, Part
from crm.files import branding
from crm.files.models import File
from crm.workspaces.models import Workspace

MAIL_LINK = "color:{color};text-decoration:underline;"
MAIL_PARAGRAPH = "margin:0 0 12px 0;"
MAIL_LIST = "margin:0 0 12px 0;padding-{start}:24px;padding-{end}:0;"


@dataclass(frozen=True)
class MailLink:
    """A link of a mail: `position` counts occurrences from 0; `label` is what the reader sees."""

    position: int
    url: str
    block: str
    label: str


@dataclass
class FormState:
    """A form that is shown again: what was typed, by input name, and what is wrong with it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class Rendering:
    """`plain` draws the text part of a mail. `links` fills in order of appearance, the same for HTML and text."""

    workspace: Workspace
    language: str
    medium: str
    weaver: Weaver
    plain: bool = False
    files: Mapping[int, File] = field(default_factory=dict)
    forms: Mapping[str, FormState] = field(default_factory=dict)
    form_action: str = ""
    marks_details: bool = False  # the editor shows which words are a person's own
    links: list[MailLink] = field(default_factory=list)
    block: str = ""

    @property
    def in_mail(self) -> bool:
        return self.medium == "mail"

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "he" else "ltr"

    @property
    def start(self) -> str:
        return "right" if self.language == "he" else "left"

    @property
    def end(self) -> str:
        return "left" if self.language == "he" else "right"

    def align(self, align: str) -> str:
        """Mail readers do not know text-align: start."""
        return {"start": self.start, "end": self.end}.get(align, align)

    # -- words ----------------------------------------------------------------------------------------------------------
    def line(self, text: str) -> SafeString:
        """One run of text with its merge tags."""
        return self.weaver.literal(self._template(merging.parse(text)))

    def words(self, words: str) -> SafeString:
        """Words without tags, such as the business's own."""
        return self.weaver.literal(self._words(words))

    def rich(self, text: str) -> SafeString:
        """A text with marks: paragraphs and lists."""
        parts = richtext.parse(text)
        drawn = "\n\n".join(map(self._plain_part, parts)) if self.plain else "".join(map(self._html_part, parts))
        return self.weaver.literal(drawn)

    def _template(self, template: Template) -> str:
        return "".join(self._words(part) if isinstance(part, str) else self.tag(part) for part in template.parts)

    def _words(self, words: str) -> str:
        return words if self.plain else html.escape(words)

    def tag(self, tag: Tag) -> str:
        words = self.weaver.put("m", tag.key, "text" if self.plain else "html")
        return f'<mark class="b-detail">{words}</mark>' if self.marks_details else words

    def _html_part(self, part: Part) -> str:
        items = [self._inlines(item) for item in part.items]
        style, attributes = "", "" if self.in_mail else ' dir="auto"'
        if self.in_mail:
            style = MAIL_PARAGRAPH if part.kind == "p" else MAIL_LIST.format(start=self.start, end=self.end)
            style = f' style="{style}"'
        if part.kind == "p":
            return f"<p{attributes}{style}>{items[0]}</p>"
        return f"<{part.kind}{style}>" + "".join(f"<li{attributes}>{item}</li>" for item in items) + f"</{part.kind}>"

    def _plain_part(self, part: Part) -> str:
        items = [self._inlines(item) for item in part.items]
        marks = [f"{number}. " if part.kind == "ol" else "- " for number in range(1, len(items) + 1)]
        return items[0] if part.kind == "p" else "\n".join(mark + item for mark, item in zip(marks, items, strict=True))

    def _inlines(self, inlines: list[Inline]) -> str:
        return "".join(self._inline(inline) for inline in inlines)

    def _inline(self, inline: Inline) -> str:
        if inline.tag:
            return self.tag(inline.tag)
        if inline.kind == "text":
            return self._words(inline.words)
        if inline.kind == "break":
            return "\n" if self.plain else "<br>"
        inside = self._inlines(inline.children)
        if inline.kind == "link":
            return self._anchor(inline, inside)
        mark = {"bold": "strong", "italic": "em"}[inline.kind]
        return inside if self.plain else f"<{mark}>{inside}</{mark}>"

    def _anchor(self, inline: Inline, inside: str) -> str:
        address = self.href(inline.link, richtext.words_of(inline.children, _label))
        if self.plain:
            return address if inside == inline.link else f"{inside} ({address})"
        if self.in_mail:
            return f'<a href="{address}" target="_blank" style="{MAIL_LINK.format(color=self.link_color)}">{inside}</a>'
        outside = "" if address.startswith(("mailto:", "tel:")) else ' rel="noopener"'
        return f'<a href="{address}"{outside}>{inside}</a>'

    # -- links, holes, pictures -------------------------------------------------------------------------------------------
    def href(self, link: str, label: str) -> str:
        """What stands in href="": in a mail a numbered hole, or a named one where each reader has an address of their own; on a
        page the escaped address."""
        if self.in_mail and links.is_personal(link) and links.resolve(link, self.workspace):
            return self.weaver.hole(links.PERSONAL + link)
        url = links.resolve(link, self.workspace) or "#"
        if not self.in_mail or not links.is_tracked(url):
            return url if self.plain else html.escape(url)
        self.links.append(MailLink(len(self.links), url, self.block, " ".join(label.split())[:200]))
        return self.weaver.put("l", len(self.links) - 1)

    def hole(self, name: str) -> SafeString:
        return self.weaver.hole(name)

    def picture(self, file_id: Any) -> dict[str, Any] | None:
        file = self.files.get(file_id) if isinstance(file_id, int) else None
        return (
            {"url": image_url(file, absolute=self.in_mail), "width": file.width, "height": file.height}
            if file
            else None
        )

    @property
    def brand(self) -> str:
        return self.workspace.brand_color

    @property
    def on_brand(self) -> str:
        """What can be read on the brand's colour."""
        is_dark = branding.contrast(branding.rgb(self.brand), branding.PAPER) >= branding.READABLE
        return "#ffffff" if is_dark else "#06252c"

    @property
    def link_color(self) -> str:
        return self.brand if self.on_brand == "#ffffff" else "#12262b"


def image_url(file: File, *, absolute: bool = True) -> str:
    return settings.PUBLIC_URL + file.url if absolute else file.url


def label_of(text: str) -> str:
    """A text as a label in reports: personal details by their names."""
    return richtext.summary(text, limit=200)


def _label(tag: Tag) -> str:
    return tag.missing or f"[{tag.name}]"


def safe(text: str) -> SafeString:
    """Marks and markup that a Rendering made."""
    return mark_safe(text)  # noqa: S308
