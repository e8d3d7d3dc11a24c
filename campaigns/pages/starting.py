"""A new page: blank, a page that collects leads, or one that people pass on to a friend; each in its own language."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.content.documents import new_block, new_document, new_id
from campaigns.content.focus import KNOWN, UNKNOWN
from campaigns.content.models import Document
from campaigns.pages.models import LandingPage
from crm.workspaces.models import Workspace

Blocks = list[dict[str, Any]]
BLANK, LEADS, FRIEND = "blank", "leads", "friend"
HEBREW = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
LATIN = dict(zip(HEBREW, "a b g d h o z h t i k k l m m n n s a f p tz tz k r sh t".split(), strict=True))
FIRST = LATIN | {"ו": "v", "י": "y"}  # at the start of a word


@transaction.atomic
def start(workspace: Workspace, *, name: str, language: str, template: str = BLANK, slug: str = "") -> LandingPage:
    """A draft with its thank-you page. The address is made from the name unless given; a taken one raises IntegrityError."""
    with translation.override(language):
        blocks, thanks = BUILDERS[template](language)
    return LandingPage.objects.create(
        workspace=workspace,
        name=name,
        slug=slug or free_slug(workspace, name),
        language=language,
        document=new_document(workspace, Document.Medium.PAGE, language, blocks),
        thanks=new_document(workspace, Document.Medium.THANKS, language, thanks),
    )


def duplicate(page: LandingPage) -> LandingPage:
    """A draft with the same content under a new name and address."""
    with translation.override(page.language), transaction.atomic():
        return LandingPage.objects.create(
            workspace=page.workspace,
            name=(_("Copy of %(name)s") % {"name": page.name})[:100],
            slug=free_slug(page.workspace, page.slug),
            language=page.language,
            description=page.description,
            document=new_document(page.workspace, Document.Medium.PAGE, page.language, page.document.blocks),
            thanks=new_document(page.workspace, Document.Medium.THANKS, page.language, page.thanks.blocks),
        )


def free_slug(workspace: Workspace, name: str) -> str:
    """An address nobody uses, close to the name: Hebrew letter by letter in Latin ones. Binned pages keep theirs."""
    words = [
        FIRST.get(word[0], word[0]) + "".join(LATIN.get(letter, letter) for letter in word[1:]) for word in name.split()
    ]
    latin = " ".join(words).lower()
    base = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:40].strip("-") or "page"
    taken = set(LandingPage.objects.filter(workspace=workspace, slug__startswith=base).values_list("slug", flat=True))
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, 200))
    return next((slug for slug in numbered if slug not in taken), f"{base}-{secrets.token_hex(4)}")


def _blank(language: str) -> tuple[Blocks, Blocks]:
    return [], _thanks(language)


def _leads(language: str) -> tuple[Blocks, Blocks]:
    page = [
        new_block("heading", language, text=_("One thought that makes people want to know more")),
        new_block("text", language, text=_("What they get, in two sentences. Leave a name and a way to reach you.")),
        new_block("form", language, button=_("Yes, get back to me")),
    ]
    return page, _thanks(language)


def _friend(language: str) -> tuple[Blocks, Blocks]:
    """The pair: who we know is greeted and asked to share; who we do not know yet is welcomed and offered the form."""
    pair = new_id()
    known = {"rule": KNOWN, "pair": pair}
    unknown = {"rule": UNKNOWN, "pair": pair}
    page = [
        new_block("heading", language, text=_('Hi {{ first_name | default: "friend" }},')) | known,
        new_block("text", language, size="large", text=_("Know somebody who would be glad to know us? One WhatsApp message is enough.")) | known,  # noqa: E501
        new_block("whatsapp_share", language) | known,
        new_block("heading", language, text=_("Nice to meet you!")) | unknown,
        new_block("text", language, text=_("Somebody who cares about you thought you would like to know us. Leave a name and an e-mail, and we will tell you more.")) | unknown,  # noqa: E501
        new_block("form", language, button=_("I want to hear more")) | unknown,
    ]  # fmt: skip
    thanks = [
        *_thanks(language),
        new_block("text", language, text=_("Someone you know would like it too? Pass it on.")),
        new_block("whatsapp_share", language),
    ]
    return page, thanks


def _thanks(language: str) -> Blocks:
    return [
        new_block("heading", language, text=_("Thank you, we got it")),
        new_block("text", language, text=_("We will be in touch soon.")),
    ]


BUILDERS: dict[str, Callable[[str], tuple[Blocks, Blocks]]] = {BLANK: _blank, LEADS: _leads, FRIEND: _friend}
