"""What other systems export: titles by which each is recognised, and what to do with the columns that need knowing.

`columns` are patterns over plain titles (see words.plain); "" leaves a column out on purpose: it speaks of the other system.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.imports.words import plain


@dataclass(frozen=True, slots=True)
class Preset:
    """Recognised where every one of `marks` matches a title. `note` says what the owner should know of such a file."""

    key: str
    name: str
    marks: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    note: str | Promise = ""

    def fits(self, titles: Sequence[str]) -> bool:
        return all(any(re.fullmatch(mark, title) for title in titles) for mark in self.marks)

    def target(self, title: str) -> str | None:
        """None where the preset has nothing to say."""
        return next((target for pattern, target in self.columns.items() if re.fullmatch(pattern, title)), None)


MAILCHIMP = {
    "email address": "email",
    "first name": "first_name",
    "last name": "last_name",
    "phone( number)?|sms phone( number)?": "phone",
    "tags": "tags",
    "confirm time": "consent_at",
    "optin time": "created_at",
    "status|email marketing status": "consent",
    "member rating|optin ip|confirm ip|latitude|longitude|gmtoff|dstoff|timezone|cc|region|last changed|leid|euid": "",
    "unsub time": "left",
    "unsub .*|clean .*": "",
}
GOOGLE = {
    "first name|given name": "first_name",
    "last name|family name": "last_name",
    "name": "",
    r"e mail \d value": "email",
    r"phone \d value": "phone",
    "labels|group membership": "tags",
    "birthday": "birth_date",
    ".* (label|type)|photo|phonetic .*|name (prefix|suffix)|middle name|additional name|file as|.*yomi.*": "",
    r"(relation|event|website|custom field|im|address|organization) \d .*|sensitivity|priority|language|billing .*": "",
}
HUBSPOT = {
    "email": "email",
    "first name": "first_name",
    "last name": "last_name",
    "mobile phone number": "phone",
    "phone number": "phone",
    "create date": "created_at",
    "original (traffic )?source": "source",
    "marketing contact status": "consent",
    r"record id.*|contact owner|last (activity|modified|contacted) .*|associated .*|number of .*|.* hubspot .*|became .*": "",
    "unsubscribed from all email": "left",
    "opted out of email.*": "",
}
SMOOVE = {
    "email": "email",
    "cellphone|cell phone": "phone",
    "phone": "phone",
    "firstname|first name": "first_name",
    "lastname|last name": "last_name",
    "dateofbirth|date of birth": "birth_date",
    "canreceiveemails|can receive emails": "consent",
    "timestampsignup|timestamp signup": "created_at",
    "joinsource|join source": "source",
    "id|canreceivesmsmessages|can receive sms messages|ipsignup|ip signup|lastchanged|last changed|deleted": "",
    "c dayssincesignup|externalid|listassociationtime|campaignsource": "",
}
PRESETS = [
    Preset(
        "mailchimp_left",
        "Mailchimp",
        ("email address", "leid", "euid", "unsub time"),
        MAILCHIMP,
        _("These are the people who asked to be removed there. They come in as removed, and nothing is sent to them."),
    ),
    Preset(
        "mailchimp_cleaned",
        "Mailchimp",
        ("email address", "leid", "euid", "clean time"),
        MAILCHIMP,
        _("These are the addresses that mail came back from. Answer below that they did not agree."),
    ),
    Preset("mailchimp", "Mailchimp", ("email address", "leid", "euid"), MAILCHIMP),
    Preset("google", "Google Contacts", (r"e mail 1 (label|type|value)|phone 1 (label|type|value)",), GOOGLE),
    Preset("hubspot", "HubSpot", (r"record id.*", "email", "first name|last name"), HUBSPOT),
    Preset("smoove", "smoove", (r"canreceiveemails|can receive emails",), SMOOVE),
]


def recognised(columns: Sequence[str]) -> Preset | None:
    titles = [plain(title) for title in columns]
    return next((preset for preset in PRESETS if preset.fits(titles)), None)
