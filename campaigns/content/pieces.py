"""A compiled text: literal pieces, holes and conditional pieces. A recipient's mail is a join of pieces.

    ["t", literal]   ["m", merge key, "html" | "text" | "line"]   ["i", rule key, [pieces]]   ["l", link position]   ["h", hole]

`Weaver` makes them: it hands out marks to stand in a template's output and later splits the finished text at the marks. So no
template engine, MJML or CSS inliner ever sees what a user wrote.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from campaigns.content import merging

Piece = list[Any]
Pieces = list[Piece]
Links = Callable[[int], str] | list[str]


def assemble(
    pieces: Pieces, *, values: Mapping[str, str], visible: set[str], links: Links, holes: Mapping[str, str]
) -> str:
    """The text for one person. `values` are unescaped, by merge key; a missing one shows its fallback. `links` and `holes` are
    put in as they are. A hole nobody filled is empty."""
    out: list[str] = []
    _join(out, pieces, values, visible, links if callable(links) else links.__getitem__, holes)
    return "".join(out)


def _join(
    out: list[str],
    pieces: Pieces,
    values: Mapping[str, str],
    visible: set[str],
    link: Callable[[int], str],
    holes: Mapping[str, str],
) -> None:
    for piece in pieces:
        kind = piece[0]
        if kind == "t":
            out.append(piece[1])
        elif kind == "l":
            out.append(link(piece[1]))
        elif kind == "m":
            value = values.get(piece[1])
            out.append(merging.escape(merging.tag_of(piece[1]).missing if value is None else value, piece[2]))
        elif kind == "h":
            out.append(holes.get(piece[1], ""))
        elif piece[1] in visible:
            _join(out, piece[2], values, visible, link, holes)


class Weaver:
    """Marks that stand for pieces until the text around them is finished."""

    def __init__(self) -> None:
        self.salt = "wv" + secrets.token_hex(8)  # so that no user can write a mark
        self.kept: list[Piece] = []
        self.marks = re.compile(rf"{self.salt}n([0-9]+)n")

    def put(self, *piece: Any) -> SafeString:
        self.kept.append(list(piece))
        return mark_safe(f"{self.salt}n{len(self.kept) - 1}n")  # noqa: S308  letters and digits only

    def literal(self, text: str) -> SafeString:
        """A mark for finished HTML (or text) that holds marks itself: the tools between must not touch it."""
        return self.put("t", text)

    def hole(self, name: str) -> SafeString:
        return self.put("h", name)

    def opening(self, rule: str) -> SafeString:
        return self.put("(", rule)

    def closing(self) -> SafeString:
        return self.put(")")

    def split(self, text: str) -> Pieces:
        """The pieces of a finished text. Neighbouring literals are one; an `opening` runs to its `closing`."""
        top: Pieces = []
        stack = [top]
        for piece in self._flat(text):
            if piece[0] == "(":
                inner: Pieces = []
                stack[-1].append(["i", piece[1], inner])
                stack.append(inner)
            elif piece[0] == ")":
                stack.pop()
            else:
                _append(stack[-1], piece)
        return top

    def _flat(self, text: str) -> Iterable[Piece]:
        for index, part in enumerate(self.marks.split(text)):
            if index % 2 == 0:
                yield ["t", part]
            elif self.kept[int(part)][0] == "t":
                yield from self._flat(self.kept[int(part)][1])
            else:
                yield list(self.kept[int(part)])


def _append(pieces: Pieces, piece: Piece) -> None:
    if piece[0] == "t" and not piece[1]:
        return
    if piece[0] == "t" and pieces and pieces[-1][0] == "t":
        pieces[-1][1] += piece[1]
    else:
        pieces.append(piece)


def merge_keys(pieces: Pieces) -> list[str]:
    """Every merge key in the pieces, once, in order."""
    found: dict[str, None] = {}
    for piece in pieces:
        if piece[0] == "m":
            found[piece[1]] = None
        elif piece[0] == "i":
            found |= dict.fromkeys(merge_keys(piece[2]))
    return list(found)


def hole_names(pieces: Pieces) -> list[str]:
    """Every hole in the pieces, once, in order."""
    found: dict[str, None] = {}
    for piece in pieces:
        if piece[0] == "h":
            found[piece[1]] = None
        elif piece[0] == "i":
            found |= dict.fromkeys(hole_names(piece[2]))
    return list(found)
