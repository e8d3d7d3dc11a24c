"""The stamp in a survey's form: proves that we made it, for this part of this survey and for this link.

It carries no person and no time: on an anonymous survey nothing of either may stand beside an answer."""

from __future__ import annotations

import hashlib
import struct

from crm.workspaces.signing import BadToken, sign, unsign

PURPOSE = "survey form"
BODY = struct.Struct(">IH8s")


def make(survey_id: int, part: int, link: str) -> str:
    return sign(BODY.pack(survey_id, part, _short(link)), purpose=PURPOSE)


def read(stamp: str, *, survey_id: int, link: str) -> int:
    """The number of the part. Raises BadToken for anything not made for this survey and this link."""
    body = unsign(stamp, purpose=PURPOSE)
    if len(body) != BODY.size:
        raise BadToken
    found, part, short = BODY.unpack(body)
    if found != survey_id or short != _short(link):
        raise BadToken
    return int(part)


def _short(link: str) -> bytes:
    """The link of one person, as the form of no other."""
    return hashlib.sha256(link.encode()).digest()[:8]
