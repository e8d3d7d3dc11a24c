"""Which letters a text file is written in: by its marks, by what can be read strictly, then by how Hebrew lies in its bytes.

General detectors take Hebrew of windows-1255 for Russian; here the question is narrower, so a simple count answers it better.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

PIECE = 1024 * 1024
MARKS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
# Runs of bytes that are Hebrew letters in each encoding. In Western text the same bytes stand alone among ASCII letters.
HEBREW = {"cp1255": re.compile(rb"[\xe0-\xfa]{2,}"), "cp862": re.compile(rb"[\x80-\x9a]{2,}")}
RUSSIAN = b"\xfb\xfc\xff"  # small letters of windows-1251 that every Russian text is full of; in windows-1255 they are nothing


def detect_encoding(source: BinaryIO) -> str:
    """A codec of Python, one of layouts.ENCODINGS. Leaves the source anywhere."""
    source.seek(0)
    head = source.read(64 * 1024)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    return _without_mark(head) or ("utf-8-sig" if _is_utf8(source) else _of_eight_bits(source))


def _without_mark(head: bytes) -> str:
    """UTF-16 that does not say so: every other byte of ASCII is zero, and of Hebrew is 5."""
    even, odd = head[0::2], head[1::2]
    for name, half, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        high = half.count(0) + half.count(5)
        if half and high > 0.9 * len(half) and other.count(0) + other.count(5) < 0.3 * len(other):
            return name
    return ""


def _is_utf8(source: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    source.seek(0)
    try:
        while piece := source.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _of_eight_bits(source: BinaryIO) -> str:
    """By the first megabyte that holds anything beyond ASCII."""
    source.seek(0)
    sample = b""
    while piece := source.read(PIECE):
        sample = piece
        if not piece.isascii():
            break
    weights = {name: sum(map(len, runs.findall(sample))) for name, runs in HEBREW.items()}
    beyond = len(sample.translate(None, bytes(range(128))))
    if sum(map(sample.count, (RUSSIAN[0:1], RUSSIAN[1:2], RUSSIAN[2:3]))) > beyond / 50:
        return "cp1251"
    best = max(weights, key=lambda name: weights[name])
    return best if weights[best] * 2 > beyond else "cp1252"
