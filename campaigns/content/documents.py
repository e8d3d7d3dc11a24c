"""The verbs on a draft. Each takes the revision its user saw: a stale one is refused, and nothing is overwritten.

Every verb cleans the whole document, keeps the blocks from before for undo, and leaves `document` as it now is.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.content import blocks as block_types
from campaigns.content import focus
from campaigns.content.cleaning import Block, Blocks, clean_blocks, clean_type, problems
from campaigns.content.models import Document, DocumentRevision
from crm.workspaces.models import Workspace

__all__ = [
    "NoSuchBlock",
    "StaleRevision",
    "add_block",
    "clean_blocks",
    "delete_block",
    "duplicate_block",
    "edit_block",
    "find",
    "focus_block",
    "make_pair",
    "move_block",
    "new_block",
    "new_document",
    "new_id",
    "problems",
    "reorder",
    "save",
    "step_block",
    "undo",
]
KEPT_REVISIONS = 50
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class StaleRevision(Exception):
    """Somebody saved since; `document` is as it is now. An edge answers 409 and shows both."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"document {document.pk} is at revision {document.revision}")
        self.document = document


class NoSuchBlock(LookupError):
    """The document has no block of this id (any more)."""


def new_document(workspace: Workspace, medium: str, language: str, blocks: Blocks | None = None) -> Document:
    cleaned = clean_blocks(blocks or [], workspace, medium)
    return Document.objects.create(workspace=workspace, medium=medium, language=language, blocks=cleaned)


def new_block(block_type: str, language: str, **data: Any) -> Block:
    """A block with its starter words in `language`; `data` says otherwise where given. Not yet cleaned."""
    with translation.override(language):
        return {"id": new_id(), "type": block_type, "data": block_types.get(block_type).starter() | data}


def new_id() -> str:
    return "".join(secrets.choice(LETTERS) for _letter in range(8))


def save(document: Document, blocks: Any, *, revision: int) -> Document:
    """Raises StaleRevision, and ValidationError as `clean_blocks`."""
    cleaned = clean_blocks(blocks, document.workspace, document.medium, kept=document.blocks)
    with transaction.atomic():
        locked = _lock(document, revision)
        if cleaned != locked.blocks:
            locked.revisions.create(revision=locked.revision, blocks=locked.blocks)
            _trim(locked)
            locked.blocks, locked.revision = cleaned, locked.revision + 1
            locked.save(update_fields=["blocks", "revision", "updated_at"])
    return _follow(document, locked)


def undo(document: Document, revision: int) -> Document:
    """Back to the blocks before the last change; again, to those before. With nothing to undo, nothing happens."""
    with transaction.atomic():
        locked = _lock(document, revision)
        last = locked.revisions.order_by("-revision").first()
        if last is not None:
            locked.blocks, locked.revision = last.blocks, locked.revision + 1
            last.delete()
            locked.save(update_fields=["blocks", "revision", "updated_at"])
    return _follow(document, locked)


def _lock(document: Document, revision: int) -> Document:
    locked = Document.objects.select_for_update(of=["self"]).select_related("workspace").get(pk=document.pk)
    if locked.revision != revision:
        raise StaleRevision(locked)
    return locked


def _trim(document: Document) -> None:
    kept = document.revisions.order_by("-revision").values_list("pk", flat=True)[:KEPT_REVISIONS]
    DocumentRevision.objects.filter(document=document).exclude(pk__in=list(kept)).delete()


def _follow(document: Document, saved: Document) -> Document:
    document.blocks, document.revision, document.updated_at = saved.blocks, saved.revision, saved.updated_at
    return document


# -- blocks -------------------------------------------------------------------------------------------------------------


def find(blocks: Blocks, block_id: str) -> int:
    """The place of a block. Raises NoSuchBlock."""
    for place, block in enumerate(blocks):
        if block["id"] == block_id:
            return place
    raise NoSuchBlock(block_id)


def _change(document: Document, revision: int, change: Callable[[Blocks], Any]) -> Any:
    """Applies `change` to a copy of the blocks that this revision had, and saves."""
    if document.revision != revision:
        document.refresh_from_db()
        if document.revision != revision:
            raise StaleRevision(document)
    blocks = copy.deepcopy(document.blocks)
    answer = change(blocks)
    save(document, blocks, revision=revision)
    return answer


def add_block(document: Document, block_type: str, *, revision: int, after: str | None = None) -> Block:
    """A new block at the end, or after another; beside one side of a pair it joins that side. Returns it."""
    block = new_block(clean_type(block_type, document.medium), document.language)

    def change(blocks: Blocks) -> None:
        place = find(blocks, after) if after else len(blocks) - 1
        if after and "pair" in blocks[place]:
            block.update(rule=blocks[place]["rule"], pair=blocks[place]["pair"])
        blocks.insert(place + 1, block)

    _change(document, revision, change)
    return block


def edit_block(document: Document, block_id: str, *, revision: int, data: dict[str, Any]) -> None:
    """`data` replaces the keys it has."""

    def change(blocks: Blocks) -> None:
        blocks[find(blocks, block_id)]["data"] |= data

    _change(document, revision, change)


def move_block(document: Document, block_id: str, *, revision: int, to: int) -> None:
    """To place `to` (from 0) of the list without the block."""

    def change(blocks: Blocks) -> None:
        block = blocks.pop(find(blocks, block_id))
        blocks.insert(max(0, min(to, len(blocks))), block)
        _settle_pairs(blocks)

    _change(document, revision, change)


def step_block(document: Document, block_id: str, *, revision: int, by: int) -> None:
    """One step up (-1) or down (1). A block outside a pair steps over the whole box."""
    blocks = document.blocks
    place = find(blocks, block_id)
    to = place + by
    if 0 <= to < len(blocks) and (pair := blocks[to].get("pair")) and pair != blocks[place].get("pair"):
        while 0 <= to < len(blocks) and blocks[to].get("pair") == pair:
            to += by
        to -= by
    move_block(document, block_id, revision=revision, to=max(0, to))


def reorder(document: Document, ids: list[str], *, revision: int) -> None:
    """All blocks in the order of `ids`. Raises NoSuchBlock when they are not exactly the document's."""

    def change(blocks: Blocks) -> None:
        known = {block["id"]: block for block in blocks}
        if sorted(ids) != sorted(known):
            raise NoSuchBlock
        blocks[:] = [known[each] for each in ids]
        _settle_pairs(blocks)

    _change(document, revision, change)


def _settle_pairs(blocks: Blocks) -> None:
    """Who was put inside the box of a pair joins the side of the one above; then, who was carried out of it leaves it."""
    for above, block, below in zip(blocks, blocks[1:], blocks[2:], strict=False):
        inside = above.get("pair") if above.get("pair") == below.get("pair") else None
        if inside and block.get("pair") != inside:
            has_side = focus.audience_of(block.get("rule")) in focus.OTHER_SIDE
            block |= {"pair": inside, "rule": block["rule"] if has_side else above["rule"]}
    pairs = [None, *(block.get("pair") for block in blocks), None]
    for place, block in enumerate(blocks, start=1):
        if "pair" in block and block["pair"] not in (pairs[place - 1], pairs[place + 1]):
            del block["pair"]


def duplicate_block(document: Document, block_id: str, *, revision: int) -> Block:
    copies: Blocks = []

    def change(blocks: Blocks) -> None:
        place = find(blocks, block_id)
        copies.append(copy.deepcopy(blocks[place]) | {"id": new_id()})
        blocks.insert(place + 1, copies[0])

    _change(document, revision, change)
    return copies[0]


def delete_block(document: Document, block_id: str, *, revision: int) -> None:
    _change(document, revision, lambda blocks: blocks.pop(find(blocks, block_id)))


def focus_block(document: Document, block_id: str, *, revision: int, rule: dict[str, Any] | None) -> None:
    """Who sees the block; None is everyone. Beside a pair that has this side, it joins the pair."""

    def change(blocks: Blocks) -> None:
        block = blocks[find(blocks, block_id)]
        block.pop("rule", None)
        block.pop("pair", None)
        if rule:
            block["rule"] = rule
            if pair := _pair_beside(blocks, block):
                block["pair"] = pair

    _change(document, revision, change)


def _pair_beside(blocks: Blocks, block: Block) -> str | None:
    audience, place = focus.audience_of(block["rule"]), find(blocks, block["id"])
    neighbours = [each for each in blocks[max(0, place - 1) : place + 2] if "pair" in each]
    for neighbour in neighbours:
        there = focus.audience_of(neighbour["rule"])
        if audience in (there, focus.OTHER_SIDE.get(there)):
            return str(neighbour["pair"])
    return None


def make_pair(document: Document, block_id: str, *, revision: int) -> Block:
    """The other side of a block: one for those we know, one for those we do not know yet. Returns the new block."""
    made: Blocks = []

    def change(blocks: Blocks) -> None:
        place = find(blocks, block_id)
        block = blocks[place]
        side = focus.audience_of(block.get("rule"))
        side = side if side in focus.OTHER_SIDE else "known"
        pair = block.get("pair") or new_id()
        block |= {"rule": focus.AUDIENCES[side], "pair": pair}
        other = _other_side(block, document) | {"rule": focus.AUDIENCES[focus.OTHER_SIDE[side]], "pair": pair}
        blocks.insert(place if focus.is_side_of_strangers(block["rule"]) else place + 1, other)
        made.append(other)

    _change(document, revision, change)
    return made[0]


def _other_side(block: Block, document: Document) -> Block:
    if block["type"] == "whatsapp_share" and document.medium == "page":
        return new_block("form", document.language)
    if block["type"] == "text":
        with translation.override(document.language):
            words = _("Nice to meet you! Here is what you should know.")
        if not focus.is_side_of_strangers(block["rule"]):
            return new_block("text", document.language, text=words)
    return copy.deepcopy({"id": new_id(), "type": block["type"], "data": block["data"]})
