"""Where somebody came from, as the address they opened says it: `?utm_source=…&utm_medium=…&utm_campaign=…&r=CODE`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from campaigns.pages.sharing import clean_code

CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Source:
    """`code` is a share code that may be nobody's; the three words are ready for an event."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    code: str = ""

    @property
    def words(self) -> dict[str, str]:
        return {"source": self.source, "medium": self.medium, "campaign": self.campaign}


def of_query(query: Mapping[str, Any], *, referrer: str = "") -> Source:
    """What the owner wrote into the link wins; then a friend's code; then the site that linked here."""
    code = clean_code(query.get("r"))
    source, medium, campaign = (clean(query.get(f"utm_{name}")) for name in ("source", "medium", "campaign"))
    if source or medium or campaign:
        return Source(source, medium, campaign, code)
    if code:
        return Source("share", "whatsapp", code=code)
    host = clean((urlsplit(referrer).hostname or "") if referrer.startswith(("http://", "https://")) else "")
    return Source(host.removeprefix("www."), "referral") if host else Source()


def of_address(address: str, *, referrer: str = "") -> Source:
    """As `of_query`, from an address or only its query string."""
    return of_query(dict(parse_qsl(address.partition("?")[2])), referrer=referrer)


def clean(value: object) -> str:
    return CONTROL.sub(" ", str(value or "")).strip()[:LONGEST]
