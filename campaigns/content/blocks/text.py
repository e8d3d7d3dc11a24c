from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.attributes import Choice, Rich
from campaigns.content.blocks.base import BlockType
from campaigns.content.blocks.shared import ALIGN
from campaigns.content.rendering import Rendering
from crm.workspaces.models import Workspace

SIZES = (("normal", gettext_lazy("Regular")), ("large", gettext_lazy("Large")), ("small", gettext_lazy("Small")))
PIXELS = {"normal": 17, "large": 20, "small": 14}


class Text(BlockType):
    name = "text"
    label = gettext_lazy("Text")
    icon = "align-left"
    explanation = gettext_lazy("A few sentences, with links and lists")
    content = (
        Rich(
            key="text",
            label=gettext_lazy("Text"),
            help=gettext_lazy("An empty line starts a paragraph. A line that begins with - is a point of a list."),
        ),
    )
    design = (Choice(key="size", label=gettext_lazy("Size"), default="normal", options=SIZES), ALIGN)

    def starter(self) -> dict[str, Any]:
        return {"text": _("What is worth knowing here, in two or three sentences.")}

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        return [] if data["text"] else [_("The text is empty.")]

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        return {
            "words": rendering.rich(data["text"]),
            "pixels": PIXELS[data["size"]],
            "align": rendering.align(data["align"]),
        }

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        return rendering.rich(data["text"])


block_type = Text()
