"""Focused content: who sees a block. The canonical pair asks whether the reader is known, so that nobody with a phone alone is
told "we have not met"; beside it stands the classic rule that the e-mail contains an @."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

Rule = dict[str, Any]
KNOWN: Rule = {"known": True}
UNKNOWN: Rule = {"none": [{"known": True}]}
AT: Rule = {"field": "email", "op": "contains", "value": "@"}
NO_AT: Rule = {"none": [{"field": "email", "op": "contains", "value": "@"}]}

AUDIENCES: dict[str, Rule | None] = {"everyone": None, "known": KNOWN, "unknown": UNKNOWN, "at": AT, "no_at": NO_AT}
OTHER_SIDE = {"known": "unknown", "unknown": "known", "at": "no_at", "no_at": "at"}
WORDS = {
    "everyone": (_("Everyone"), ""),
    "known": (_("Those we know"), _("They came by a personal link, or are bound to a contact")),
    "unknown": (_("Those we do not know yet"), _("Friends who got the link on WhatsApp, and everybody else")),
    "at": (_("Their e-mail contains an at sign (@)"), _("The classic condition: only contacts whose e-mail we have")),
    "no_at": (
        _("Their e-mail does not contain an at sign (@)"),
        _("Everybody else, contacts with a phone only among them"),
    ),
    "other": (_("By other conditions"), _("Segment, field, tag or activity")),
}
SHORT = {
    "known": _("Known"),
    "unknown": _("Not yet"),
    "at": _("With @"),
    "no_at": _("Without @"),
    "other": _("Conditions"),
}


def audience_of(rule: Rule | None) -> str:
    """The name of an audience: a key of AUDIENCES, or "other"."""
    if not rule:
        return "everyone"
    bare = _bare(rule)
    return next((name for name, known in AUDIENCES.items() if known and _bare(known) == bare), "other")


def is_side_of_strangers(rule: Rule | None) -> bool:
    return audience_of(rule) in ("unknown", "no_at")


def _bare(rule: Rule) -> Rule:
    """{"all": [x]} and {"any": [x]} say x."""
    for group in ("all", "any"):
        if list(rule) == [group] and isinstance(rule[group], list) and len(rule[group]) == 1:
            return _bare(rule[group][0])
    return rule


def spelled(rule: Rule) -> str:
    """One spelling for equal rules, so that a document asks each only once."""
    return json.dumps(rule, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
