"""A published version as HTML: for a stranger, or for a contact we know.

Everything personal is in here or behind it: the stranger's drawing is given no request and cannot depend on one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from campaigns.content import merging, richtext
from campaigns.content.compiling import Compiled, FormState, PageContext, assemble, compile_web
from campaigns.content.focus import audience_of
from campaigns.content.rendering import image_url
from campaigns.pages import stamps
from campaigns.pages.models import LandingPage, PageVersion, Referral
from campaigns.pages.sharing import Someone, link_for, page_url
from crm.contacts.models import Contact
from crm.files.models import File
from crm.rules import interpreter

PAGE, THANKS = "page", "thanks"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn beside the version: `code` of whoever just signed up or came back, for the share button; `came_with` the
    code in the address; `asks_to_confirm` where a mail is on its way; `forms` to be shown again, by block."""

    part: str = PAGE
    code: str = ""
    came_with: str = ""
    asks_to_confirm: bool = False
    forms: Mapping[str, FormState] = field(default_factory=dict)


def draw_stranger(version: PageVersion, scene: Scene | None = None) -> str:
    """The page of somebody we know nothing of: the same for all of them."""
    scene = scene or Scene()
    compiled = _compiled(version, scene)
    visible = set(version.compiled[scene.part]["stranger"])
    body = assemble(compiled.html, values={}, visible=visible, links=[], holes=_holes(version, compiled, scene))
    return _frame(version, scene, body)


def draw_known(version: PageVersion, someone: Someone, scene: Scene | None = None, *, may_write: bool = True) -> str:
    """The page of a contact: their words, their code on the share button (made where `may_write`), a way out."""
    scene, contact, page = scene or Scene(), someone.contact, version.page
    assert contact is not None
    compiled = _compiled(version, scene)
    values = merging.values_of(contact, compiled.tags)
    visible = interpreter.for_batch(page.workspace, compiled.rules, [contact.pk]).get(contact.pk, set())
    holes = _holes(version, compiled, scene)
    if has_share_button(version, scene.part):
        link = link_for(page, Someone(contact)) if may_write else None
        holes["page_url"] = _shown(page_url(page, link.code if link else ""))
    holes["not_you"] = _not_you(page, contact, scene)
    body = assemble(compiled.html, values=values, visible=visible, links=[], holes=holes)
    return _frame(version, scene, body, contact=contact)


def has_share_button(version: PageVersion, part: str) -> bool:
    return any(block["type"] == "whatsapp_share" for block in blocks_of(version, part))


def blocks_of(version: PageVersion, part: str) -> list[dict[str, Any]]:
    return version.blocks if part == PAGE else version.thanks_blocks


def address(page: LandingPage, name: str) -> str:
    """The path of a public route of this page: "page", "thanks", "share", "not_you"."""
    return reverse(f"pages_public:{name}", kwargs={"workspace": page.workspace.slug, "page": page.slug})


def _compiled(version: PageVersion, scene: Scene) -> Compiled:
    """As published; a form that is shown again is compiled with what was typed."""
    if not scene.forms:
        return Compiled.from_json(version.compiled[scene.part]["pieces"])
    context = PageContext(language=version.page.language, medium=scene.part, forms=scene.forms)
    return compile_web(blocks_of(version, scene.part), workspace=version.page.workspace, page_context=context)


def _holes(version: PageVersion, compiled: Compiled, scene: Scene) -> dict[str, str]:
    page = version.page
    query = [f"at={scene.part}"] if scene.part != PAGE else []
    query += [f"s={scene.code}"] if scene.code else []
    share = address(page, "share") + ("?" + "&amp;".join(query) if query else "")
    stamped = {f"form_stamp:{block}": stamps.make(version.pk, block) for block in compiled.forms}
    return {"share_url": share, "page_url": _shown(page_url(page, scene.code)), "not_you": "", **stamped}


def _shown(url: str) -> str:
    """An address as people read it."""
    return url.partition("://")[2]


def _not_you(page: LandingPage, contact: Contact, scene: Scene) -> str:
    action = address(page, "not_you") + (f"?r={scene.came_with}" if scene.came_with else "")
    with translation.override(page.language):
        return render_to_string("campaigns/pages/_not_you.html", {"contact": contact, "action": action})


def _frame(version: PageVersion, scene: Scene, body: str, *, contact: Contact | None = None) -> str:
    page = version.page
    context = {
        "page": page,
        "workspace": page.workspace,
        "body": _finished(body),
        "part": scene.part,
        "contact": contact,
        "friends": Referral.objects.filter(sharer=contact).count() if contact else 0,
        "canonical": page_url(page),
        "picture": None if contact else _picture(version),
        "description": "" if contact else _description(version),
        "beacon": reverse("visitors_public:beacon", kwargs={"workspace": page.workspace.slug}),
        "pixel": reverse("visitors_public:pixel", kwargs={"workspace": page.workspace.slug}),
        "is_form_shown_again": bool(scene.forms),
        "asks_to_confirm": scene.asks_to_confirm,
    }
    with translation.override(page.language):
        return render_to_string("campaigns/pages/page.html", context)


def _picture(version: PageVersion) -> dict[str, Any] | None:
    """What a chat shows beside the link: the first picture that strangers see."""
    block = next((block for block in _for_strangers(version, "image") if block["data"].get("file")), None)
    file = File.objects.filter(workspace_id=version.workspace_id, pk=block["data"]["file"]).first() if block else None
    if block is None or file is None:
        return None
    return {"url": image_url(file), "width": file.width, "height": file.height, "alt": block["data"].get("alt", "")}


def _description(version: PageVersion) -> str:
    """The words under the link: the owner's, else the first text that strangers see."""
    block = next(iter(_for_strangers(version, "text")), None)
    return version.page.description or (richtext.summary(block["data"]["text"], limit=200) if block else "")


def _for_strangers(version: PageVersion, block_type: str) -> list[dict[str, Any]]:
    seen = ("everyone", "unknown", "no_at")
    blocks = (block for block in version.blocks if block["type"] == block_type)
    return [block for block in blocks if audience_of(block.get("rule")) in seen]


def _finished(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  pieces that content made and escaped
