from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content.attributes import Choice, Flag
from campaigns.content.blocks.base import BlockType
from campaigns.content.rendering import Rendering

HEIGHTS = (("small", gettext_lazy("Small")), ("medium", gettext_lazy("Medium")), ("large", gettext_lazy("Large")))
PIXELS = {"small": 12, "medium": 28, "large": 56}


class Spacer(BlockType):
    name = "spacer"
    label = gettext_lazy("Space")
    icon = "space"
    explanation = gettext_lazy("Air between two things, with or without a line")
    content = (
        Choice(key="height", label=gettext_lazy("Height"), default="medium", options=HEIGHTS),
        Flag(key="line", label=gettext_lazy("With a line")),
    )

    def summary(self, data: dict[str, Any]) -> str:
        return _("With a line") if data.get("line") else str(dict(HEIGHTS).get(str(data.get("height")), ""))

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        return {"pixels": PIXELS[data["height"]], "half": PIXELS[data["height"]] // 2}

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        return "---" if data["line"] else ""


block_type = Spacer()
