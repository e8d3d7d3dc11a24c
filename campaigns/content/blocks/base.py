"""The type of a block: its data, where it may stand, how it is drawn. Types register here; surveys will add theirs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.content import richtext
from campaigns.content.attributes import Attribute
from campaigns.content.rendering import Rendering, safe
from crm.workspaces.models import Workspace

PAGES = frozenset({"page", "thanks"})
EVERYWHERE = frozenset({"page", "thanks", "mail"})


class BlockType:
    """`content` and `design` are the two tabs of the panel; together their keys are the block's data."""

    name: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str]
    explanation: ClassVar[Any] = ""
    media: ClassVar[frozenset[str]] = EVERYWHERE
    content: ClassVar[tuple[Attribute, ...]] = ()
    design: ClassVar[tuple[Attribute, ...]] = ()
    panel: ClassVar[str] = "campaigns/content/_panel_fields.html"

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return self.content + self.design

    def clean(self, data: Any, workspace: Workspace) -> dict[str, Any]:
        """The data with every key, missing ones by default. Raises ValidationError {path: messages}, paths relative to data."""
        if not isinstance(data, dict):
            raise ValidationError({"": [_("The content of a block must be an object.")]})
        faults: dict[str, list[str]] = {}
        cleaned: dict[str, Any] = {}
        for attribute in self.attributes:
            try:
                cleaned[attribute.key] = (
                    attribute.clean(data[attribute.key], workspace) if attribute.key in data else attribute.empty()
                )
            except ValidationError as error:
                faults |= under(attribute.key, error)
        for key in set(map(str, data)) - {attribute.key for attribute in self.attributes}:
            faults[key[:40]] = [_("This kind of block has no such setting.")]
        if faults:
            raise ValidationError(faults)
        return cleaned

    def starter(self) -> dict[str, Any]:
        """The data of a new block, in the active language."""
        return {}

    def summary(self, data: dict[str, Any]) -> str:
        """One line for the list of blocks."""
        return richtext.summary(str(data.get("text", "")))

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        """What must be mended before publishing."""
        return []

    def context(self, data: dict[str, Any], rendering: Rendering) -> dict[str, Any]:
        """What the templates of the type get, beside `data` and `rendering`."""
        return {}

    def panel_context(self, data: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
        """What the type's own panel template asks for."""
        return {}

    def read_panel(self, sent: QueryDict) -> dict[str, Any]:
        """Settings that are no plain form field, as its own panel sent them: not yet clean."""
        return {}

    def web(self, data: dict[str, Any], rendering: Rendering) -> SafeString:
        return self._draw("blocks", "html", data, rendering)

    def mail(self, data: dict[str, Any], rendering: Rendering) -> SafeString:
        """MJML that may stand in an mj-column."""
        return self._draw("mail", "mjml", data, rendering)

    def text(self, data: dict[str, Any], rendering: Rendering) -> str:
        """Lines of the text part; "" leaves the block out. Uses the same links in the same order as `mail`."""
        return ""

    def _draw(self, folder: str, suffix: str, data: dict[str, Any], rendering: Rendering) -> SafeString:
        context = {"data": data, "rendering": rendering, "block": rendering.block, **self.context(data, rendering)}
        return safe(render_to_string(f"campaigns/content/{folder}/{self.name}.{suffix}", context).strip())


def under(path: str, error: ValidationError) -> dict[str, list[str]]:
    """The faults of `error` with their paths under `path`."""
    if hasattr(error, "error_dict"):
        return {f"{path}.{inner}".rstrip("."): words for inner, words in error.message_dict.items()}
    return {path: list(error.messages)}


_types: dict[str, BlockType] = {}


def register(block_type: BlockType) -> BlockType:
    _types[block_type.name] = block_type
    return block_type


def get(name: str) -> BlockType:
    """Raises KeyError for an unknown type."""
    return _types[name]


def all_types(medium: str) -> list[BlockType]:
    """The types that may stand in the medium, in the order of registration."""
    return [block_type for block_type in _types.values() if medium in block_type.media]
