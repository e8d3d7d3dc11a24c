"""Calls to other systems: an https POST of JSON, signed, to a public address and nowhere else.

    Idempotency-Key: 71-k3j9x2ab                     the same for every try
    Mashpech-Signature: t=1793550000,v1=<hex>        HMAC-SHA256 of "<t>.<body>" with the business's signing secret

The name is looked up once, and the very address that was judged is the one that is called. Redirects are not followed; an
answer is read up to ANSWER_BYTES and within SECONDS in all.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.automations.errand_answers import Failed, GaveUp
from campaigns.automations.models import Errand
from crm.workspaces.signing import call_secret

SECONDS = 10.0
ANSWER_BYTES = 2000
BODY_BYTES = 64 * 1024
URL_LENGTH = 1000
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind IPv6, whichever it is


def clean_url(raw: object) -> str:
    """An https address without a name and password in it. Raises ValidationError."""
    url = raw.strip() if isinstance(raw, str) else ""
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme == "https" and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or len(url) > URL_LENGTH or not url.isascii() or any(letter <= " " for letter in url):
        raise ValidationError(_("Write an address that begins with https://"))
    return url


def signature(secret: str, body: bytes, at: int) -> str:
    mac = hmac.digest(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={mac.hex()}"


def do(errand: Errand) -> str:
    """Raises Failed or GaveUp."""
    body = json.dumps(errand.payload["body"], ensure_ascii=False).encode()
    if len(body) > BODY_BYTES:
        raise GaveUp(_("What is to be sent is too large."))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Mashpech",
        "Idempotency-Key": errand.key,
        "Mashpech-Signature": signature(call_secret(errand.workspace_id), body, int(time.time())),
    }
    try:
        status, words = post(errand.payload["url"], body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{type(error).__name__}: {error}") from error
    if not 200 <= status < 300:
        raise Failed(f"{status} {words}".strip())
    return str(status)


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """(status, the beginning of the answer). Raises OSError, HTTPException, or GaveUp for an address that is not public."""
    parts = urlsplit(url)
    line = Line(parts.hostname or "", parts.port or 443, timeout=SECONDS, context=tls())
    line.address = public_address(line.host, line.port)
    watch = threading.Timer(SECONDS, line.cut)  # for somebody who answers a byte at a time
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("POST", target, body, headers)
        answer = line.getresponse()
        words = answer.read(ANSWER_BYTES).decode("utf-8", "replace")[:150].replace("\0", "")
        if line.is_cut:  # what was read up to there may look like a whole answer
            raise TimeoutError(f"no answer within {SECONDS:g} seconds")
        return answer.status, words
    finally:
        watch.cancel()
        line.close()


class Line(http.client.HTTPSConnection):
    """A connection to the address that was judged, under TLS with the name that was asked for."""

    address = ""
    is_cut = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), timeout=SECONDS)  # set at once, for `cut`
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)  # type: ignore[attr-defined]

    def cut(self) -> None:
        self.is_cut = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def public_address(host: str, port: int) -> str:
    """Where the host is. Raises GaveUp if any of its addresses is inside somebody's house, OSError if it has none."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(is_public(address) for address in found):
        raise GaveUp(_("The address leads into a private network."))
    return found[0]


def is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
        if address in NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
