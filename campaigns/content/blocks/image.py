from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content import panels
from campaigns.content.attributes import Choice, Image, Line, LinkTo
from campaigns.content.blocks.base import BlockType
from campaigns.content.rendering import Rendering
from crm.workspaces.models import Workspace

WIDTHS = (
    ("full", gettext_lazy("Full width")),
    ("medium", gettext_lazy("Two thirds")),
    ("small", gettext_lazy("One third")),
)
SHARE = {"full": 1.0, "medium": 0.66, "small": 0.33}
MAIL_WIDTH = 600


class Picture(BlockType):
    name = "image"
    label = gettext_lazy("Image")
    icon = "photo"
    explanation = gettext_lazy("One picture, with words for who cannot see it")
    panel = "campaigns/content/_panel_image.html"
    content = (
        Image(key="file", label=gettext_lazy("Picture"), plain_form=False),
        Line(
            key="alt",
            label=gettext_lazy("What is in the picture"),
            help=gettext_lazy("Read aloud to who cannot see it, and shown until the picture loads."),
            tags=False,
        ),
        LinkTo(key="link", label=gettext_lazy("Where a click leads")),
    )
    design = (Choice(key="width", label=gettext_lazy("Width"), default="full", options=WIDTHS),)

    def summary(self, data: dict[str, Any]) -> str:
        return str(data.get("alt", ""))[:60]

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        if data["file"] is None:
            return [_("No picture was chosen.")]
        return [] if data["alt"] else [_("Say in words what is in the picture.")]

    def read_panel(self, sent: QueryDict) -> dict[str, Any]:
        return panels.read_image(sent)

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        picture = rendering.picture(data["file"])
        room = int(MAIL_WIDTH * SHARE[data["width"]])
        shown = min(room, picture["width"]) if picture else room
        href = rendering.href(data["link"], data["alt"] or _("Picture")) if data["link"] and picture else ""
        alt = rendering.words(data["alt"])
        return {"picture": picture, "alt": alt, "mail_width": shown, "is_full": shown == MAIL_WIDTH, "href": href}

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        if not data["link"] or not rendering.picture(data["file"]):
            return ""
        return f"{data['alt']}: {rendering.href(data['link'], data['alt'] or _('Picture'))}"


block_type = Picture()
