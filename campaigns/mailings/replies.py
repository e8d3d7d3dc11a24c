"""What a mail server's refusal means. Only a dead address is ever the contact's; doubt goes in their favour.

A 5xx is a word of the server, not of the address: most "permanent" refusals in the wild are about reputation, policy or load.
So a class is given by the enhanced status code (RFC 3463) first, by the words second, and `OTHER` when neither says enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.mailings.models import Delivery

ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
Failure = Delivery.Failure

DEAD_CODES = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}
CODES: dict[tuple[int, int], Delivery.Failure] = dict.fromkeys(DEAD_CODES, Failure.DEAD) | {
    (2, 2): Failure.FULL,
    (2, 3): Failure.TOO_BIG,
    (3, 4): Failure.TOO_BIG,
    (7, 8): Failure.AUTH,
    (7, 9): Failure.AUTH,
    (7, 28): Failure.RATE,
}
WORDS: list[tuple[Delivery.Failure, str]] = [
    (
        Failure.AUTH,
        r"\bauthenticat(?!ion checks)|auth(orization)? required|relay(ing)? (access )?(denied|not)|permitted to relay",
    ),
    (Failure.RATE, r"rate.?limit|too many|throttl|exceeded the (rate|maximum number)|slow down"),
    (Failure.SPAM, r"spam|junk|bulk mail|reputation|black.?list|block.?list|\brbl\b|dnsbl|spamhaus|virus|malware"),
    (
        Failure.POLICY,
        r"policy|dmarc|\bspf\b|dkim|blocked|banned|not accepted|access denied|reject(ed)? (due|because|by)|reverse dns",
    ),
    (Failure.FULL, r"(mail)?box(.{0,12})? (is )?full|over.?quota|quota (is )?exceeded|out of (disk )?space"),
    (
        Failure.DEAD,
        r"user unknown|unknown (user|recipient|mailbox)|no such (user|recipient|mailbox|person|address|account)|"
        r"(user|recipient|mailbox|address|account)(.{0,40})? (not found|does(n't| not) exist|is (disabled|inactive|unknown))|"
        r"invalid (recipient|mailbox|user)|no mailbox here",
    ),
]
PATTERNS = [(name, re.compile(words, re.IGNORECASE)) for name, words in WORDS]


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer; `code` 0 when there was none, and then `text` says what happened instead."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_passing(self) -> bool:
        """Worth another try later."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip() if self.code else self.text


def classify(reply: Reply) -> str:
    """One of Delivery.Failure for a 5xx."""
    by_words = next((name for name, pattern in PATTERNS if pattern.search(reply.text)), "")
    enhanced = ENHANCED.search(reply.text)
    if reply.code in (530, 534, 535, 538):
        return Failure.AUTH
    if enhanced and enhanced[1] == "5":
        code = (int(enhanced[2]), int(enhanced[3]))
        # servers put 5.1.1 on mail they block: the words may acquit the address, never convict it
        if code in CODES and not (code in DEAD_CODES and by_words not in ("", Failure.DEAD)):
            return CODES[code]
        if code[0] == 7:
            return by_words if by_words not in ("", Failure.DEAD) else Failure.POLICY
        if code[0] == 4:
            return Failure.OTHER
    return by_words or Failure.OTHER
