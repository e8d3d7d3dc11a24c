"""Typed blocks: one file per type. `register`, `get` and `all_types` are the registry."""

from __future__ import annotations

from campaigns.content.blocks import button, form, heading, image, spacer, text, whatsapp_share
from campaigns.content.blocks.base import BlockType, all_types, get, register

for _module in (heading, text, image, button, form, whatsapp_share, spacer):
    register(_module.block_type)

__all__ = ["BlockType", "all_types", "get", "register"]
