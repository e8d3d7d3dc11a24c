"""Naughty words in every text of a contact, list, tag, segment, custom field and option, seen on every floor of the house.

What is drawn with a naughty word must be built exactly as with a plain one: the same elements with the same attributes, nothing
that executes. Users' words keep their direction to themselves: no mark of direction leaves its element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.content.models import Document
from crm.contacts.identity import one_line
from crm.contacts.models import Contact, CustomField, List, Tag
from crm.segments.models import Segment
from tests.campaigns.factories import block
from tests.house import naughty
from tests.house.conftest import Pair
from tests.house.screens import none_of
from tests.house.worlds import World

FIRST = "א"  # a letter, for a round picture shows the first letter of a name, or a person where there is none
PLAIN = f"{FIRST}מילה"
LIMIT = 40
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BALANCED = re.compile("[\u2066-\u2068][^\u2066-\u2069\u202a-\u202e]*\u2069")  # our own isolates around one word
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
LIVE = re.compile(r"^on|^srcdoc$")


class Structure(HTMLParser):
    """The elements of a page in order, each with the names of its attributes; and texts that carry marks of direction."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.marks: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _value in attrs)))
        for _name, value in attrs:
            self._look(value or "")

    def handle_data(self, data: str) -> None:
        self._look(data)

    def _look(self, text: str) -> None:
        if BIDI.search(BALANCED.sub("", text)):
            self.marks.append(text[:80])


WORDS = {name: FIRST + one_line(word)[:LIMIT].strip() for name, word in naughty.WORDS.items()}
_plainly: dict[str, Structure] = {}


def differences(plain: Structure, other: Structure) -> Iterator[str]:
    if plain.found != other.found:
        place = next(
            (n for n, pair in enumerate(zip(plain.found, other.found, strict=False)) if pair[0] != pair[1]), -1
        )
        yield f"built otherwise at {place}: {plain.found[place : place + 2]} became {other.found[place : place + 2]}"
    yield from (f"a mark of direction leaks: {text!r}" for text in other.marks)
    yield from (f"acts: {tag} {names}" for tag, names in other.found if any(map(LIVE.match, names)) and tag != "form")


def write(world: World, word: str) -> None:
    """The word in every text that a member or an integrator may write about people, as the verbs would keep it."""
    values = world.contact.values | {
        world.fields["text"].storage_key: word,
        world.fields["long_text"].storage_key: word,
        world.fields["url"].storage_key: "https://example.test/?q=x",
    }
    about = {"first_name": word, "last_name": word, "source": word, "values": values}
    Contact.objects.filter(pk=world.contact.pk).update(**about)
    List.objects.filter(pk=world.list.pk).update(name=word, description=word)
    Tag.objects.filter(pk=world.tag.pk).update(name=word)
    Segment.objects.filter(pk=world.segment.pk).update(name=word, rule=rule(world, word))
    options = [option | {"label": f"{word} {option['id']}"} for option in world.fields["choice"].options]
    for kind in ("text", "choice", "choices", "rating"):
        about = {"label": f"{word} {kind}", "help_text": word, "low_label": word, "high_label": word}
        CustomField.objects.filter(pk=world.fields[kind].pk).update(**about)
    CustomField.objects.filter(pk__in=[world.fields[kind].pk for kind in ("choice", "choices")]).update(options=options)
    said = f"{{{{ first_name }}}} {{{{ last_name }}}} {{{{ {world.field.storage_key} }}}}"
    for document in (world.mailing.document_id, world.document.pk):
        kinds = [
            block("heading", text=said),
            block("text", text=said),
            block("button", text=said, link="https://x.test/"),
        ]
        Document.objects.filter(pk=document).update(blocks=kinds)


def rule(world: World, word: str) -> Any:
    return {"all": [{"field": world.field.storage_key, "op": "is", "value": word}]}


def screens(world: World) -> list[str]:
    slug, contact = world.slug, world.contact.pk
    people = ["contacts:contact_list", "contacts:list_list", "contacts:tag_list", "contacts:field_list"]
    people += ["segments:segment_list", "segments:segment_create", "mailings:mailing_list", "workspaces:home"]
    found = [reverse(name, args=[slug]) for name in people]
    one = {
        "contacts:contact_card": contact,
        "contacts:contact_edit": contact,
        "contacts:list_page": world.list.pk,
        "contacts:list_edit": world.list.pk,
        "contacts:tag_edit": world.tag.pk,
        "segments:segment_edit": world.segment.pk,
        "segments:segment_people": world.segment.pk,
        "mailings:mailing_audience": world.mailing.pk,
        "mailings:mailing_check": world.mailing.pk,
    }
    found += [reverse(name, args=[slug, pk]) for name, pk in one.items()]
    found += [
        reverse("contacts:field_edit", args=[slug, world.fields[kind].pk]) for kind in ("text", "choice", "rating")
    ]
    found.append(reverse("mailings:mailing_preview", args=[slug, world.mailing.pk]) + f"?as={contact}")
    found.append(reverse("content:preview", args=[slug, world.document.pk]) + f"?as={contact}")
    return found


def drawn(client: Client, urls: list[str]) -> dict[str, Structure]:
    found = {}
    for url in urls:
        response = client.get(url)
        assert response.status_code == 200, url
        found[url] = Structure(response.content.decode())
    return found


@pytest.fixture
def plain(pair: Pair, signed_in: Any) -> dict[str, Structure]:
    if not _plainly:
        write(pair.ours, PLAIN)
        _plainly.update(drawn(signed_in(), screens(pair.ours)))
    return _plainly


@pytest.mark.parametrize("kind", WORDS)
def test_screens_mails_and_pages_are_built_as_with_a_plain_word(
    kind: str, pair: Pair, signed_in: Any, plain: dict[str, Structure]
) -> None:
    write(pair.ours, WORDS[kind])
    naughtily = drawn(signed_in(), screens(pair.ours))
    none_of(f"{url}: {fault}" for url, seen in plain.items() for fault in differences(seen, naughtily[url]))


@pytest.mark.parametrize("kind", naughty.WORDS)
def test_what_rest_takes_comes_back_as_it_is_kept(kind: str, pair: Pair, key_of: Any) -> None:
    """Kept: composed, one line, without control letters and what nobody sees; a text area keeps its lines."""
    key, word, fields = key_of(pair.ours), naughty.WORDS[kind], pair.ours.fields
    cut = word[:60]
    kept = one_line(cut)
    said = {
        "email": "naughty@ours.test",
        "first_name": cut,
        "last_name": cut,
        "source": cut,
        "values": {fields["text"].storage_key: cut},
    }
    response = key.post("contacts/batch/", {"contacts": [said | ({"tags": [cut]} if kept else {})]})
    (row,) = response.json()["results"]
    if row["status"] == "refused":  # only a name of a tag that is nothing, or blank, may be the reason
        assert "\0" in word or not kept, row
        return
    told = key.get(f"contacts/{row['id']}/").json()
    assert [told[name] for name in ("first_name", "last_name", "source")] == [kept] * 3
    assert told["values"].get(fields["text"].storage_key, "") == kept
    assert [name.casefold() for name in told["tags"]] == ([kept.casefold()] if kept else [])
    assert json.dumps(told, ensure_ascii=False).encode()
    assert not BIDI.search(told["first_name"])
    named = key.post("lists/", {"name": cut})
    assert named.status_code == (201 if kept and "\0" not in word else 400), named.content
    if named.status_code == 201:
        assert key.get(f"lists/{named.json()['id']}/").json()["name"] == named.json()["name"]


@pytest.mark.parametrize("kind", WORDS)
def test_operators_see_words_as_words(kind: str, pair: Pair, admin_client: Client) -> None:
    urls = [reverse(f"admin:crm_{name}_changelist") for name in ("contact", "list", "tag", "segment", "customfield")]
    urls.append(reverse("admin:crm_contact_change", args=[pair.ours.contact.pk]))
    write(pair.ours, PLAIN)
    before = drawn(admin_client, urls)
    write(pair.ours, WORDS[kind])
    none_of(
        f"{url}: {fault}" for url, seen in drawn(admin_client, urls).items() for fault in differences(before[url], seen)
    )
