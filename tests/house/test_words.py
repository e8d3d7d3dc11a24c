"""Every word that a member reads is marked for translation, and translated.

The crawl speaks a language in which every marked message stands between ⟦ and ⟧. What is then readable outside of them is a
number, a name, or what somebody typed; anything else was not marked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import polib
import pytest
from django.test.html import Element
from django.utils import translation
from django.utils.translation import trans_real

from campaigns.pages.models import ShareLink
from config.launcher import messages
from tests.house import marked, rows
from tests.house.conftest import Pair
from tests.house.screens import Screen, attributes, none_of

OPEN, CLOSE = "⟦", "⟧"
READ_ALOUD = ("placeholder", "title", "aria-label", "alt", "aria-description", "data-confirm", "hx-confirm")
UNSEEN = {"script", "style", "template", "svg", "code", "kbd", "noscript"}
# Words that are the same in every language; פרסומת is the law's own.
NAMES = (
    r"Mashpech|English|עברית|פרסומת|WhatsApp|SMS|REST|API|HTML|JSON|Bearer|"
    r"ILS|Asia/\w+|Swagger|OpenAPI|URL|CSV|Enter|Esc|Ctrl|Alt|Tab|SMTP"
)
PLAIN = [
    re.compile(r"\b[A-Z][A-Za-z]+/[A-Za-z/_+-]+"),  # time zones
    re.compile(r"\w+…|https?://\S*|\blocalhost:\S+|/[\w/?=&.:-]+|[\w.+•-]+@[\w.-]+"),  # cut words, addresses
    re.compile(r"#[0-9A-Fa-f]{6}\b|\bmk_\S+|[0-9+,.:%×·•–—/-]+"),  # colours, keys, numbers, dates, phones
    re.compile(rf"\b(?:{NAMES})\b"),
]
# What is shown as it is: a page or mail in its frame, the headers of a mail.
VERBATIM = ("/preview/", "/html/", "?part=headers", "/texts/second_")  # content in a language of its own


class Pseudo(trans_real.DjangoTranslation):
    """A language that brackets every message."""

    def gettext(self, message: str) -> str:
        return self._bracket(message)

    def ngettext(self, singular: str, plural: str, number: Any) -> str:
        return self._bracket(singular if number == 1 else plural)

    def _bracket(self, message: str) -> str:
        said = message.partition("\x04")[2] or message  # pgettext joins its context to the message
        return f"{OPEN}{said}{CLOSE}" if said.strip() else said


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with translation.override("he"), monkeypatch.context() as patch:
        patch.setitem(trans_real._translations, "he", Pseudo("he"))
        translation.activate("he")
        yield


def typed(pair: Pair) -> list[str]:
    """What people of our business wrote, longest first: text of its rows that no code could be mistaken for."""
    found: set[str] = set()
    for row in rows.mentioning(pair.ours.workspace, "."):
        found |= set(re.findall(r"[\u0590-\u05ff][\u0590-\u05ff\w \"'?!,.:;()%-]*", row))
    words = {word for text in found for word in re.findall(r"[\u0590-\u05ff]+", text)}
    return sorted(words, key=len, reverse=True)


def said_on(screen: Screen) -> Iterator[tuple[str, bool]]:
    """(text, whether it stands between brackets), in reading order; attributes that are read aloud count too."""
    depth = 0
    for text in _texts(screen.root):
        for piece in re.split(f"([{OPEN}{CLOSE}])", text):
            if piece in (OPEN, CLOSE):
                depth += 1 if piece == OPEN else -1
            elif piece.strip():
                yield piece.strip(), depth > 0
    for _element, said, _above in screen.elements:
        for name in READ_ALOUD:
            outside = re.sub(f"{OPEN}.*{CLOSE}", " ", said.get(name, ""), flags=re.DOTALL)
            if outside.strip():
                yield outside.strip(), False


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Element) and node.name not in UNSEEN and "data-verbatim" not in attributes(node):
        for child in node.children:
            yield from _texts(child)


def unmarked(screen: Screen, own: set[str]) -> set[str]:
    """What can be read outside the brackets and is a word."""
    found = set()
    for text, is_marked in said_on(screen):
        if is_marked:
            continue
        rest = text
        for pattern in PLAIN:
            rest = pattern.sub(" ", rest)
        words = [word for word in re.findall(r"[^\W\d_]+", rest) if word not in own]
        if any(len(word) > 1 for word in words):
            found.add(text[:120])
    return found


@pytest.mark.usefixtures("pseudo")
def test_no_screen_has_unmarked_words(pair: Pair, signed_in: Any) -> None:
    own = set(typed(pair)) | {word for user in pair.ours.users.values() for word in str(user).split()}
    codes = ShareLink.objects.filter(workspace=pair.ours.workspace).values_list("code", flat=True)
    own |= {word for code in codes for word in re.findall(r"[^\W\d_]+", code)}
    faults: dict[str, str] = {}
    for screen in pair.crawl(signed_in()).screens:
        if not any(part in screen.url for part in VERBATIM):
            for text in unmarked(screen, own):
                faults.setdefault(text, screen.url)
    none_of(f"{url}: {text!r}" for text, url in faults.items())


def test_the_catalogue_is_complete() -> None:
    none_of(messages.problems())


def test_every_marked_string_is_in_the_catalogue_with_its_plural() -> None:
    """Also tells two rooms that use one singular with two plurals: the catalogue can hold but one."""
    known = {entry.msgid: entry.msgid_plural for entry in polib.pofile(str(messages.CATALOGUE))}
    faults = set()
    for place, one, many in marked.strings():
        if one not in known:
            faults.add(f"{place}: not in the catalogue: {one!r}")
        elif many and known[one] != many:
            faults.add(f"{place}: the plural of {one!r} is {many!r}, and in the catalogue {known[one]!r}")
    none_of(sorted(faults))


@pytest.mark.services
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext, a development tool")
def test_the_code_has_no_string_that_the_catalogue_lacks(tmp_path: Any) -> None:
    copy = tmp_path / "tree"
    ignored = shutil.ignore_patterns(".git", ".venv", ".mashpech", "staticfiles", "media", "node_modules", "tests")
    shutil.copytree(messages.ROOT, copy, ignore=ignored)
    before = {(entry.msgid, entry.msgid_plural) for entry in polib.pofile(str(messages.CATALOGUE))}
    command = [
        sys.executable,
        "manage.py",
        "makemessages",
        "-l",
        "he",
        "--no-obsolete",
        "--no-wrap",
        "--no-location",
        "-i",
        "static/*",
    ]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env={**os.environ, "DEBUG": "1"})
    found = polib.pofile(str(copy / messages.CATALOGUE.relative_to(messages.ROOT)))
    wanted = {(entry.msgid, entry.msgid_plural) for entry in found if not entry.obsolete}
    none_of(sorted(map(str, wanted - before)))
