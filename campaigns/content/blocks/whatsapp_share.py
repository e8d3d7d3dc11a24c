from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.attributes import Flag, Line, LinkTo, Words
from campaigns.content.blocks.base import PAGES, BlockType
from campaigns.content.rendering import Rendering
from crm.workspaces.models import Workspace


class WhatsAppShare(BlockType):
    """On a page: a plain link to the share endpoint (hole "share_url"), which picks the sharer's code. In a mail: a button that
    leads to the page, for only there the sharer's own link is known to work."""

    name = "whatsapp_share"
    label = gettext_lazy("WhatsApp share")
    icon = "brand-whatsapp"
    explanation = gettext_lazy("One tap, and a friend gets your words and the link")
    media = frozenset({"page", "thanks", "mail"})
    content = (
        Words(
            key="text",
            label=gettext_lazy("What the friend will read"),
            help=gettext_lazy("The link to the page is added on a line of its own. Who shares may change the words."),
        ),
        Line(key="label", label=gettext_lazy("Words on the button"), limit=60),
        LinkTo(
            key="link",
            label=gettext_lazy("In a mail: the page the button leads to"),
            help=gettext_lazy("People share from the page, so the button in a mail takes them there."),
        ),
    )
    design = (Flag(key="preview", label=gettext_lazy("Show how it will look to the friend"), default=True),)

    def starter(self) -> dict[str, Any]:
        return {"text": _("I found something for you, worth a look:"), "label": _("Send to a friend on WhatsApp")}

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        found = [] if data["label"] else [_("The button has no words.")]
        if medium in PAGES:
            return found + ([] if data["text"] else [_("Write what the friend will read.")])
        return found + ([] if data["link"] else [_("The button leads nowhere.")])

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        if rendering.in_mail:
            return {"words": rendering.line(data["label"]), "href": rendering.href(data["link"], data["label"])}
        return {
            "words": rendering.line(data["label"]),
            "share_url": rendering.hole("share_url"),
            "page_url": rendering.hole("page_url"),
        }

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        return f"{rendering.line(data['label'])}: {rendering.href(data['link'], data['label'])}"


block_type = WhatsAppShare()
