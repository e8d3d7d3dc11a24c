"""The stamp in a form: proves that we made this form, for this version and this block.

A stranger's page is the same for everybody, so its stamp can carry neither a person nor a time; it stays good as long as the
page lives, because a cached page may be sent much later. Two short facts, in the clear, under a MAC with its own purpose.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from crm.workspaces.signing import BadToken, sign, unsign

PURPOSE = "page form"
BODY = struct.Struct(">Q")


class Stamp(NamedTuple):
    version_id: int
    block: str


def make(version_id: int, block: str) -> str:
    return sign(BODY.pack(version_id) + block.encode(), purpose=PURPOSE)


def read(token: str) -> Stamp:
    """Raises BadToken for anything `make` did not make."""
    body = unsign(token, purpose=PURPOSE)
    if len(body) <= BODY.size:
        raise BadToken
    return Stamp(BODY.unpack(body[: BODY.size])[0], body[BODY.size :].decode())
