"""Signed tokens with versioned keys, separate from SECRET_KEY so that rotating it breaks no link already mailed.

TOKEN_KEYS is `2:<base64>,1:<base64>`: the first signs, all verify. `purpose` keeps a token of one kind from passing as
another. A token is `<version><body>` in URL-safe base64 with the MAC cut to 16 bytes: guessing one is 2^128 work.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MAC_BYTES = 16


class BadToken(ValueError):
    """The token was not made by us, or not for this purpose."""


@lru_cache(maxsize=4)
def _keys(setting: str) -> dict[int, bytes]:
    keys: dict[int, bytes] = {}
    for part in setting.split(","):
        version, _, encoded = part.strip().partition(":")
        try:
            keys[int(version)] = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise ImproperlyConfigured("TOKEN_KEYS must look like 2:<base64>,1:<base64>.") from error
        if len(keys[int(version)]) < 16 or not 0 < int(version) < 256:
            raise ImproperlyConfigured("Every key in TOKEN_KEYS needs 16 bytes or more and a version from 1 to 255.")
    return keys


def _derived(version: int, purpose: str) -> bytes:
    return _derive(_keys(settings.TOKEN_KEYS)[version], purpose)


@lru_cache(maxsize=256)
def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"mashpech " + purpose.encode(), hashlib.sha256)


def purpose_key(purpose: str) -> bytes:
    """The 32-byte key of a purpose under the OLDEST version: for values stored for ever, such as suppression."""
    return _derived(min(_keys(settings.TOKEN_KEYS)), purpose)


def call_secret(workspace_id: int) -> str:
    """With which a business's other systems check that a call came from here."""
    return f"mwh_{hmac.digest(purpose_key('automation-call'), b'%d' % workspace_id, hashlib.sha256).hex()}"


def sign(body: bytes, *, purpose: str) -> str:
    """URL-safe token that carries `body` in the clear and proves we made it for `purpose`."""
    version = next(iter(_keys(settings.TOKEN_KEYS)))
    mac = hmac.digest(_derived(version, purpose), body, hashlib.sha256)[:MAC_BYTES]
    return base64.urlsafe_b64encode(bytes([version]) + body + mac).rstrip(b"=").decode()


def unsign(token: str, *, purpose: str) -> bytes:
    """The body of a token made by `sign`; raises BadToken for anything else."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadToken from error
    if len(raw) <= MAC_BYTES or raw[0] not in _keys(settings.TOKEN_KEYS):
        raise BadToken
    body, mac = raw[1:-MAC_BYTES], raw[-MAC_BYTES:]
    expected = hmac.digest(_derived(raw[0], purpose), body, hashlib.sha256)[:MAC_BYTES]
    if not hmac.compare_digest(mac, expected) or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadToken  # the second half refuses a second spelling of the same bytes
    return body
