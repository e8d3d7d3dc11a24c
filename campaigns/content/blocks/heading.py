from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.attributes import Choice, Line
from campaigns.content.blocks.base import BlockType
from campaigns.content.blocks.shared import ALIGN
from campaigns.content.rendering import Rendering
from crm.workspaces.models import Workspace

SIZES = (("1", gettext_lazy("Large")), ("2", gettext_lazy("Medium")), ("3", gettext_lazy("Small")))
PIXELS = {"1": 28, "2": 22, "3": 18}


class Heading(BlockType):
    name = "heading"
    label = gettext_lazy("Heading")
    icon = "heading"
    explanation = gettext_lazy("The first thing people read")
    content = (Line(key="text", label=gettext_lazy("Heading"), limit=200),)
    design = (Choice(key="size", label=gettext_lazy("Size"), default="1", options=SIZES), ALIGN)

    def starter(self) -> dict[str, Any]:
        return {"text": _("A heading that says it all")}

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        return [] if data["text"] else [_("The heading is empty.")]

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        return {
            "words": rendering.line(data["text"]),
            "pixels": PIXELS[data["size"]],
            "align": rendering.align(data["align"]),
        }

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        return rendering.line(data["text"])


block_type = Heading()
