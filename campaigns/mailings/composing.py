"""From a compiled mailing to one recipient's bytes. The compiled pieces, the skeleton and the links' tokens are made once.

For a batch of people: one query for their details and one for all focused blocks, whatever their number.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from campaigns.content import merging
from campaigns.content.compiling import CompiledMail
from campaigns.content.links import personal_addresses
from campaigns.content.pieces import assemble, hole_names, merge_keys
from campaigns.mailings import mime, tokens
from campaigns.mailings.ledger import Row
from campaigns.mailings.models import Link, Mailing
from crm.consent import tokens as consent_tokens
from crm.rules import interpreter
from crm.workspaces.signing import purpose_key

log = logging.getLogger(__name__)
NAME_KEYS = ("first_name", "last_name")
# The law's own words, by the mailing's language: they must not hang on a catalogue.
PREFIXES = {"he": "פרסומת: ", "en": "Advertisement: "}
PIXEL = '<img src="{url}" width="1" height="1" alt="" style="display:block;border:0;">'
ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Person:
    """What a mail needs to know of its reader: merged words by key, and which focused blocks they see."""

    values: Mapping[str, str]
    visible: set[str]


STRANGER = Person({}, set())


class People:
    """The details of the readers of a mailing, a batch at a time."""

    def __init__(self, mailing: Mailing, compiled: CompiledMail) -> None:
        self.workspace, self.rules = mailing.workspace, compiled.rules
        pieces = [*compiled.html, *compiled.text, *compiled.subject]
        self.keys = list(dict.fromkeys([*NAME_KEYS, *merge_keys(pieces)]))
        self.fields = merging.fields_of(self.workspace, self.keys)

    def of(self, contact_ids: Sequence[int]) -> dict[int, Person]:
        """Details by contact id. Somebody whose details cannot be read is left out, and takes nobody along."""
        try:
            return self._of(contact_ids)
        except Exception:
            if len(contact_ids) <= 1:
                log.exception("The details of contact %s cannot be read", contact_ids)
                return {}
            middle = len(contact_ids) // 2
            return self.of(contact_ids[:middle]) | self.of(contact_ids[middle:])

    def _of(self, contact_ids: Sequence[int]) -> dict[int, Person]:
        values = merging.values_for(self.workspace, contact_ids, self.keys, fields=self.fields)
        visible = interpreter.for_batch(self.workspace, self.rules, contact_ids)
        return {pk: Person(words, visible.get(pk, set())) for pk, words in values.items()}


class Composer:
    """Makes mails of one mailing. `compose` may raise anything for a row it cannot serve; the caller skips that row."""

    def __init__(self, mailing: Mailing, compiled: CompiledMail, *, link_tokens: Sequence[str] = ()) -> None:
        self.mailing, self.workspace, self.compiled = mailing, mailing.workspace, compiled
        self.people = People(mailing, compiled)
        self.sender = self.workspace.sender_email
        self._domain = self.sender.rpartition("@")[2] or "localhost"
        self._links = [f"{settings.PUBLIC_URL}/l/{token}." for token in link_tokens]
        holes = hole_names([*compiled.html, *compiled.text])
        self._personal = personal_addresses(holes, self.workspace)
        self._key = purpose_key("message-id")
        is_advertisement = mailing.purpose == Mailing.Purpose.ADVERTISEMENT
        self._prefix = PREFIXES.get(mailing.language, PREFIXES["he"]) if is_advertisement else ""
        self._skeleton = self._make_skeleton()

    def _make_skeleton(self) -> mime.Skeleton:
        name = self.mailing.sender_name or self.workspace.sender_name
        fixed = (
            [(b"From", mime.mailbox(name, self.sender))] if self.sender else []
        )  # a draft is drawn before it has one
        if self.workspace.reply_to:
            fixed.append((b"Reply-To", mime.mailbox("", self.workspace.reply_to)))
        fixed.append((b"List-Unsubscribe-Post", ONE_CLICK))
        html, text = (_literal(pieces) for pieces in (self.compiled.html, self.compiled.text))
        boundary = f"=_{hmac.digest(self._key, b'boundary %d' % self.mailing.pk, hashlib.sha256).hex()[:30]}"
        return mime.Skeleton(boundary=boundary, fixed=fixed, text=text, html=html)

    def compose(self, row: Row, person: Person, *, now: datetime) -> bytes:
        """The mail of a delivery, as a mail server gets it."""
        contact_id = row.contact_id or 0
        token = tokens.RecipientToken(self.workspace.pk, self.mailing.pk, row.id, contact_id)
        recipient = tokens.make_recipient(token)
        way_out = consent_tokens.make(self.workspace.pk, contact_id, row.address, mailing_id=self.mailing.pk)
        holes = {
            "unsubscribe": f"{settings.PUBLIC_URL}/u/{way_out}/",
            "open_pixel": PIXEL.format(url=f"{settings.PUBLIC_URL}/o/{recipient}.gif"),
            **self.personal_holes(row.contact_id),
        }
        links = [link + recipient for link in self._links]
        return self.fill(row, person, holes=holes, links=links, now=now)

    def personal_holes(self, contact_id: int | None) -> dict[str, str]:
        """The reader's own addresses, which nobody wraps or counts; of None those that say they are a preview."""
        return {hole: address(contact_id) for hole, address in self._personal.items()}

    def fill(
        self,
        row: Row,
        person: Person,
        *,
        holes: Mapping[str, str],
        links: list[str] | Callable[[int], str],
        now: datetime,
        mark: str = "",
    ) -> bytes:
        """As `compose`, with links of the caller's choice; `mark` stands before the subject of a test mail."""
        parts = (self.compiled.html, self.compiled.text)
        html, text = (
            assemble(part, values=person.values, visible=person.visible, links=links, holes=holes) for part in parts
        )
        name = " ".join(filter(None, (person.values.get(key, "") for key in NAME_KEYS)))
        headers = [
            (b"Date", mime.date_header(now)),
            (b"Message-ID", self.message_id(row.id)),
            (b"To", mime.mailbox(name, row.address)),
            (b"Subject", mime.header_text(mark + self.subject(person))),
        ]
        if holes.get("unsubscribe", "").startswith("http"):
            headers.append((b"List-Unsubscribe", b"<%b>" % holes["unsubscribe"].encode("ascii")))
        return self._skeleton.fill(headers, text=text, html=html)

    def subject(self, person: Person) -> str:
        """With its personal details, and the word the law asks for before it, once."""
        pieces = self.compiled.subject
        words = assemble(pieces, values=person.values, visible=person.visible, links=str, holes={})
        line = mime.one_line(words)
        marked = line.startswith(tuple(prefix.strip(": ") for prefix in PREFIXES.values()))
        return line if marked else self._prefix + line

    def message_id(self, delivery_id: int) -> bytes:
        """The same for every try of a delivery, so that a mail that comes twice shows once."""
        digest = hmac.digest(self._key, b"%d" % delivery_id, hashlib.sha256)
        return b"<%b@%b>" % (digest.hex()[:40].encode(), self._domain.encode("idna"))


def composer_for(mailing: Mailing) -> Composer:
    """The composer of a mailing that was started: from what was frozen then."""
    frozen: dict[str, Any] = mailing.compiled
    return Composer(mailing, CompiledMail.from_json(frozen["mail"]), link_tokens=frozen["links"])


def link_tokens(mailing: Mailing, links: Iterable[Link]) -> list[str]:
    """The signed first halves, by position."""
    return [
        tokens.make_link(tokens.LinkToken(mailing.workspace_id, mailing.pk, link.position, link.url)) for link in links
    ]


def _literal(pieces: Iterable[list[Any]]) -> str:
    """The literal text of a part: a sample of its letters, to choose how it travels."""
    return "".join(piece[1] if piece[0] == "t" else _literal(piece[2]) if piece[0] == "i" else "" for piece in pieces)
