"""Where people came from, in words. Events keep the source as it was recorded; only what a member reads is worded here."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KNOWN: dict[str, Promise] = {
    "facebook": _("Facebook"),
    "instagram": _("Instagram"),
    "google": _("Google"),
    "tiktok": _("TikTok"),
    "youtube": _("YouTube"),
    "linkedin": _("LinkedIn"),
    "whatsapp": _("WhatsApp"),
    "share": _("a friend's share"),
    "mail": _("a mailing"),
    "page": _("a landing page"),
    "import": _("an import"),
}


def words_of(source: str) -> str:
    """A source we know in the active language; an owner's own word stands as it was written."""
    return str(KNOWN.get(source.lower(), source))
