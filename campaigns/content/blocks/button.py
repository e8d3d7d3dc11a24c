from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.attributes import Choice, Line, LinkTo
from campaigns.content.blocks.base import BlockType
from campaigns.content.rendering import Rendering, label_of
from crm.workspaces.models import Workspace

STYLES = (("primary", gettext_lazy("Filled")), ("outline", gettext_lazy("Outlined")))
WIDTHS = (("full", gettext_lazy("Full width")), ("words", gettext_lazy("As wide as its words")))


class Button(BlockType):
    name = "button"
    label = gettext_lazy("Button")
    icon = "hand-click"
    explanation = gettext_lazy("One clear thing to do")
    content = (
        Line(key="text", label=gettext_lazy("Words on the button"), limit=60),
        LinkTo(key="link", label=gettext_lazy("Where a click leads")),
    )
    design = (
        Choice(key="style", label=gettext_lazy("Style"), default="primary", options=STYLES),
        Choice(key="width", label=gettext_lazy("Width"), default="full", options=WIDTHS),
    )

    def starter(self) -> dict[str, Any]:
        return {"text": _("To the details")}

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        found = [] if data["text"] else [_("The button has no words.")]
        return found + ([] if data["link"] else [_("The button leads nowhere.")])

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        return {
            "words": rendering.line(data["text"]),
            "href": rendering.href(data["link"], label_of(data["text"])),
            "color": rendering.brand,
            "on_color": rendering.on_brand,
            "link_color": rendering.link_color,
        }

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        return f"{rendering.line(data['text'])}: {rendering.href(data['link'], label_of(data['text']))}"


block_type = Button()
