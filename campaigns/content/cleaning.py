"""What a document may hold: its blocks are cleaned here, wherever they come from."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.content import blocks as block_types
from campaigns.content import focus
from campaigns.content.blocks.base import under
from crm.rules import grammar
from crm.rules.faults import RuleError
from crm.workspaces.models import Workspace

Block = dict[str, Any]
Blocks = list[Block]
MAX_BLOCKS = 100
MAX_BYTES = 400_000
BLOCK_ID = re.compile(r"[a-z0-9]{8}")
KEYS = {"id", "type", "data", "rule", "pair"}


def clean_blocks(blocks: Any, workspace: Workspace, medium: str, *, kept: Blocks | None = None) -> Blocks:
    """The blocks as they may be stored. Raises ValidationError {"1.data.text": [...]}; paths count blocks from 0.

    `kept` are blocks that were stored before: they pass unchanged, so that a list deleted since does not lock the document.
    """
    if not isinstance(blocks, list):
        raise ValidationError({"": [_("The content must be a list of blocks.")]})
    if len(blocks) > MAX_BLOCKS or _size(blocks) > MAX_BYTES:
        raise ValidationError(
            {"": [_("This is too long for one document. At most %(limit)s blocks.") % {"limit": MAX_BLOCKS}]}
        )
    faults: dict[str, list[str]] = {}
    cleaned: Blocks = []
    for number, block in enumerate(blocks):
        try:
            cleaned.append(block if block in (kept or ()) else clean_block(block, workspace, medium))
        except ValidationError as error:
            faults |= under(str(number), error)
    faults |= _doubled_ids(cleaned) if not faults else {}
    if faults:
        raise ValidationError(faults)
    return _tidy_pairs(cleaned)


def _size(blocks: list[Any]) -> int:
    try:
        return len(json.dumps(blocks, default=str))
    except (RecursionError, ValueError):  # nested without end, or in itself
        return MAX_BYTES + 1


def clean_block(block: Any, workspace: Workspace, medium: str) -> Block:
    """One block. Raises ValidationError with paths relative to it."""
    if not isinstance(block, dict) or set(map(str, block)) - KEYS:
        raise ValidationError({"": [_("A block has an id, a type, data, and perhaps a rule and a pair.")]})
    for key in ("id", "pair"):
        value = block.get(key)
        if (key in block or key == "id") and not (isinstance(value, str) and BLOCK_ID.fullmatch(value)):
            raise ValidationError({key: [_("An id is eight letters and digits.")]})
    cleaned = {"id": block["id"], "type": clean_type(block.get("type"), medium)}
    try:
        cleaned["data"] = block_types.get(cleaned["type"]).clean(block.get("data", {}), workspace)
    except ValidationError as error:
        raise ValidationError(under("data", error)) from error
    rule = clean_rule(block.get("rule"), workspace)
    return cleaned | ({"rule": rule} if rule else {}) | ({"pair": block["pair"]} if rule and "pair" in block else {})


def clean_type(name: Any, medium: str) -> str:
    try:
        block_type = block_types.get(name) if isinstance(name, str) else None
    except KeyError:
        block_type = None
    if block_type is None:
        raise ValidationError({"type": [_("There is no such kind of block.")]})
    if medium not in block_type.media:
        raise ValidationError({"type": [_("This kind of block cannot stand here.")]})
    return block_type.name


def clean_rule(rule: Any, workspace: Workspace) -> dict[str, Any]:
    try:
        return grammar.clean(rule, workspace)
    except RuleError as error:
        raise ValidationError({f"rule.{error.path}".rstrip("."): error.messages}) from error


def _doubled_ids(blocks: Blocks) -> dict[str, list[str]]:
    ids = [block["id"] for block in blocks]
    return {
        f"{number}.id": [_("Two blocks have the same id.")] for number, each in enumerate(ids) if each in ids[:number]
    }


def _tidy_pairs(blocks: Blocks) -> Blocks:
    """A pair has two sides; where one is gone, the other stands alone."""
    sides: dict[str, set[bool]] = {}
    for block in blocks:
        if "pair" in block:
            sides.setdefault(block["pair"], set()).add(focus.is_side_of_strangers(block["rule"]))
    for block in blocks:
        if len(sides.get(block.get("pair", ""), ())) == 1:
            del block["pair"]
    return blocks


def problems(blocks: Blocks, workspace: Workspace, medium: str) -> list[str]:
    """What must be mended before publishing or sending, in the user's words; empty when nothing."""
    if not blocks:
        return [_("There are no blocks yet.")]
    found: list[str] = []
    for block in blocks:
        block_type = block_types.get(block["type"])
        for words in block_type.problems(block["data"], workspace, medium):
            found.append(f"{block_type.label}: {words}")
    try:
        clean_blocks(copy.deepcopy(blocks), workspace, medium)
    except ValidationError as error:
        found += [words for words in error.messages if words not in found]
    return found
