"""A document compiled once: the HTML of a page, or the HTML, text and subject of a mail, as pieces that are joined per person.

Both results go through JSON (`to_json`, `from_json`). Rules stand under short keys, so that the caller asks the interpreter of
rules about a whole batch at once: `interpreter.for_batch(workspace, compiled.rules, ids)`.

Holes of a page: "form_stamp:<block>", "share_url", "page_url", "not_you". Holes of a mail: "unsubscribe", "open_pixel".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import css_inline
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from mjml import mjml2html

from campaigns.content import blocks as block_types
from campaigns.content import focus, merging
from campaigns.content.merging import Tag
from campaigns.content.pieces import Pieces, Weaver, assemble, merge_keys
from campaigns.content.rendering import FormState, MailLink, Rendering, safe
from crm.contacts.identity import local_phone
from crm.files.models import File
from crm.workspaces.models import Workspace

__all__ = [
    "Compiled",
    "CompiledMail",
    "FormState",
    "MailContext",
    "MailLink",
    "PageContext",
    "Pieces",
    "assemble",
    "compile_mail",
    "compile_web",
]

Block = dict[str, Any]
Frame = Callable[[SafeString, Callable[[str], SafeString]], str]


@dataclass
class PageContext:
    """How a page is drawn. `frame(body, hole)` gives the whole HTML around the body; `hole(name)` makes holes of its own.

    `forms` holds forms that are shown again, by block. `selected` marks a block for the editor's preview."""

    language: str = "he"
    medium: str = "page"
    frame: Frame | None = None
    forms: Mapping[str, FormState] = field(default_factory=dict)
    form_action: str = ""
    selected: str = ""


@dataclass
class MailContext:
    """How a mail is drawn. `reason` says under it why the reader got it; `can_leave` puts the way out there."""

    language: str = "he"
    reason: str = ""
    can_leave: bool = True
    selected: str = ""


@dataclass
class Compiled:
    """`rules` by key, `tags` the merge keys for `merging.values_for`. `forms`: ids of form blocks."""

    html: Pieces
    rules: dict[str, Any]
    tags: list[str]
    forms: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Compiled:
        return cls(**kept)


@dataclass
class CompiledMail:
    """As Compiled; `links` in order of appearance, the same positions in HTML and text."""

    html: Pieces
    text: Pieces
    subject: Pieces
    links: list[MailLink]
    rules: dict[str, Any]
    tags: list[str]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> CompiledMail:
        return cls(**{**kept, "links": [MailLink(**link) for link in kept["links"]]})


class _Rules:
    """Keys for rules: equal rules share one."""

    def __init__(self) -> None:
        self.by_key: dict[str, Any] = {}
        self._keys: dict[str, str] = {}

    def key(self, rule: dict[str, Any]) -> str:
        key = self._keys.setdefault(focus.spelled(rule), f"r{len(self._keys) + 1}")
        self.by_key[key] = rule
        return key


def _files(blocks: Iterable[Block], workspace: Workspace) -> dict[int, File]:
    ids = [block["data"]["file"] for block in blocks if block["data"].get("file")]
    return {file.pk: file for file in File.objects.filter(workspace=workspace, pk__in=ids)} if ids else {}


# -- pages --------------------------------------------------------------------------------------------------------------


def compile_web(blocks: list[Block], *, workspace: Workspace, page_context: PageContext) -> Compiled:
    """Clean blocks to the pieces of a page. Raises nothing for clean blocks: what is gone since is left out."""
    weaver, rules = Weaver(), _Rules()
    rendering = Rendering(
        workspace=workspace,
        language=page_context.language,
        medium=page_context.medium,
        weaver=weaver,
        files=_files(blocks, workspace),
        forms=page_context.forms,
        form_action=page_context.form_action,
        marks_details=bool(page_context.selected),
    )
    with translation.override(page_context.language):
        greeting = _greeting_block(blocks)
        drawn = [
            _web_block(block, rendering, rules, page_context) + _way_out(block, greeting, rendering) for block in blocks
        ]
        body = safe("\n".join(drawn) + ("" if greeting else weaver.hole("not_you")))
        html = page_context.frame(body, weaver.hole) if page_context.frame else body
    pieces = weaver.split(html)
    forms = [block["id"] for block in blocks if block["type"] == "form"]
    return Compiled(html=pieces, rules=rules.by_key, tags=merge_keys(pieces), forms=forms)


def _web_block(block: Block, rendering: Rendering, rules: _Rules, context: PageContext) -> str:
    rendering.block = block["id"]
    context_of_block = {
        "block": block,
        "inner": block_types.get(block["type"]).web(block["data"], rendering),
        "is_selected": block["id"] == context.selected,
        "audience": focus.WORDS[focus.audience_of(block.get("rule"))][0] if block.get("rule") else "",
    }
    drawn = render_to_string("campaigns/content/blocks/_block.html", context_of_block).strip()
    return _conditional(block, drawn, rendering.weaver, rules)


def _conditional(block: Block, drawn: str, weaver: Weaver, rules: _Rules) -> str:
    if not block.get("rule"):
        return drawn
    return f"{weaver.opening(rules.key(block['rule']))}{drawn}{weaver.closing()}"


def _greeting_block(blocks: list[Block]) -> str:
    """After which block "not you?" stands: the last share button that only known people see, else the last greeting."""
    for kinds in (("whatsapp_share",), ("text", "heading")):
        for block in reversed(blocks):
            if block["type"] in kinds and focus.audience_of(block.get("rule")) in ("known", "at"):
                return str(block["id"])
    return ""


def _way_out(block: Block, greeting: str, rendering: Rendering) -> str:
    return rendering.hole("not_you") if block["id"] == greeting else ""


# -- mails --------------------------------------------------------------------------------------------------------------


def compile_mail(
    blocks: list[Block], *, workspace: Workspace, subject: str, preheader: str, mail_context: MailContext
) -> CompiledMail:
    """Clean blocks to the pieces of a mail. Raises MergeError for a faulty subject or preheader."""
    weaver, rules = Weaver(), _Rules()
    rendering = Rendering(
        workspace=workspace,
        language=mail_context.language,
        medium="mail",
        weaver=weaver,
        files=_files(blocks, workspace),
    )
    with translation.override(mail_context.language):
        html = _mail_html(blocks, rendering, rules, mail_context, subject, preheader)
        text, text_links = _mail_text(blocks, rendering, rules, mail_context)
        if text_links != rendering.links:
            raise AssertionError("the text part has other links than the HTML part")
    pieces = {"html": weaver.split(html), "text": weaver.split(text), "subject": _subject(subject)}
    tags = list(dict.fromkeys(key for part in pieces.values() for key in merge_keys(part)))
    return CompiledMail(**pieces, links=rendering.links, rules=rules.by_key, tags=tags)


def _mail_html(
    blocks: list[Block], rendering: Rendering, rules: _Rules, context: MailContext, subject: str, preheader: str
) -> str:
    rows = []
    for block in blocks:
        rendering.block = block["id"]
        key = rules.key(block["rule"]) if block.get("rule") else ""
        rows.append(
            {
                "inner": block_types.get(block["type"]).mail(block["data"], rendering),
                "opening": rendering.weaver.opening(key) if key else "",
                "closing": rendering.weaver.closing() if key else "",
                "is_selected": block["id"] == context.selected,
            }
        )
    frame = _foot(rendering, context) | {
        "rows": rows,
        "rendering": rendering,
        "subject": rendering.line(subject),
        "preheader": rendering.line(preheader) if preheader else "",
        "workspace_name": rendering.words(rendering.workspace.name),
        "pixel": rendering.hole("open_pixel"),
    }
    finished = mjml2html(render_to_string("campaigns/content/mail/_mail.mjml", frame))
    return _directed(
        css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(finished), rendering
    )


def _foot(rendering: Rendering, context: MailContext) -> dict[str, Any]:
    """Who sends this, from where, why, and the way out: what the law asks every mail to say."""
    workspace = rendering.workspace
    said = [workspace.sender_name or workspace.name, workspace.postal_address, local_phone(workspace.phone)]
    return {
        "reason": rendering.words(context.reason) if context.reason else "",
        "sender": rendering.words(" · ".join(filter(None, said))),
        "unsubscribe": rendering.hole("unsubscribe") if context.can_leave else "",
    }


def _directed(html: str, rendering: Rendering) -> str:
    """Mail readers drop the direction of the page, so every table says its own."""
    html = html.replace("<table ", f'<table dir="{rendering.direction}" ')
    html = html.replace("<body ", f'<body dir="{rendering.direction}" ', 1)
    if rendering.direction == "rtl":
        html = re.sub(r"direction:\s?ltr", "direction:rtl", html)
        html = re.sub(r"text-align:\s?left", "text-align:right", html)
    return html


def _mail_text(
    blocks: list[Block], rendering: Rendering, rules: _Rules, context: MailContext
) -> tuple[str, list[MailLink]]:
    plain = Rendering(
        workspace=rendering.workspace,
        language=rendering.language,
        medium="mail",
        weaver=rendering.weaver,
        plain=True,
        files=rendering.files,
    )
    parts = []
    for block in blocks:
        plain.block = block["id"]
        words = block_types.get(block["type"]).text(block["data"], plain)
        parts.append(_conditional(block, f"{words}\n\n", plain.weaver, rules) if words else "")
    foot = render_to_string("campaigns/content/mail/_foot.txt", _foot(plain, context))
    return "".join(parts) + foot.strip() + "\n", plain.links


def _subject(subject: str) -> Pieces:
    parts = merging.parse(subject).parts
    return [["m", part.key, "line"] if isinstance(part, Tag) else ["t", merging.escape(part, "line")] for part in parts]
