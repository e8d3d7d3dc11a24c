"""The seal of an anonymous answer while it waits to be counted.

A survey has a key of its own, drawn when it opens, kept wrapped by a key outside the database (TOKEN_KEYS), and destroyed
when it closes. From it come two keys: one makes the token, which says "this person has answered" to nobody but us; the other
seals (who, what) with AES-256-GCM, bound to its token, padded so that all answers of a survey have one length.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.workspaces.signing import purpose_key
from surveys.models import Survey

PURPOSE = "survey key"
NONCE = 12
END = b"\x80"  # ISO 7816: the first byte of the padding


@dataclass(frozen=True, slots=True)
class Answer:
    """`who` is a contact's id, or None for somebody who stays unknown; `said` is {question id: value as stored}."""

    who: int | None
    said: dict[int, Any]


def new_key() -> bytes:
    return secrets.token_bytes(32)


def wrap(key: bytes, survey_id: int) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(purpose_key(PURPOSE)).encrypt(nonce, key, _name(survey_id))


def unwrap(survey: Survey) -> bytes:
    """Raises ValueError where the key is gone, cryptography's InvalidTag where it was wrapped under other TOKEN_KEYS."""
    if survey.key is None:
        raise ValueError("this survey has no key any more")
    wrapped = bytes(survey.key)
    return AESGCM(purpose_key(PURPOSE)).decrypt(wrapped[:NONCE], wrapped[NONCE:], _name(survey.pk))


def token(key: bytes, person: str) -> bytes:
    """32 bytes; `person` is "contact 12" or "browser <secret>"."""
    return hmac.digest(_part(key, b"token"), person.encode(), hashlib.sha256)


def nobody() -> bytes:
    """The token of an answer whose person was erased: like any other, and found by nobody."""
    return secrets.token_bytes(32)


def seal(key: bytes, answer: Answer, *, token: bytes, size: int) -> bytes:
    """Raises ValueError where the answer is longer than `size` bytes: it must have been cleaned before."""
    plain = json.dumps([answer.who, list(answer.said.items())], ensure_ascii=False, separators=(",", ":")).encode()
    if len(plain) >= size:
        raise ValueError("the answer does not fit its envelope")
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_part(key, b"seal")).encrypt(nonce, (plain + END).ljust(size, b"\0"), token)


def unseal(key: bytes, sealed: bytes, *, token: bytes) -> Answer:
    padded = AESGCM(_part(key, b"seal")).decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), bytes(token))
    who, said = json.loads(padded.rstrip(b"\0").removesuffix(END))
    return Answer(who, {int(question): value for question, value in said})


def carry(key: bytes, said: dict[int, Any], *, link: str, size: int) -> str:
    """The answers of earlier parts, sealed for one link, to travel with the form of the next: nothing of them is kept here."""
    sealed = seal(key, Answer(None, said), token=_link(link), size=size)
    return base64.urlsafe_b64encode(sealed).decode()


def carried(key: bytes, sealed: str, *, link: str) -> dict[int, Any]:
    """Raises ValueError for anything that `carry` did not make for this survey and this link."""
    try:
        return unseal(key, base64.urlsafe_b64decode(sealed.encode()), token=_link(link)).said
    except (InvalidTag, binascii.Error, UnicodeError) as error:
        raise ValueError("not carried by us") from error


def _link(link: str) -> bytes:
    return hashlib.sha256(b"carried " + link.encode()).digest()[:31]  # one byte short of any answer's token


def _part(key: bytes, name: bytes) -> bytes:
    return hmac.digest(key, name, hashlib.sha256)


def _name(survey_id: int) -> bytes:
    return f"survey {survey_id}".encode()
