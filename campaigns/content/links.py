"""Where a link may lead: an address, or one of our own things by its id ("page:12"), which rooms above register here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.workspaces.models import Workspace

MAX_URL = 2000
SCHEMES = {"http", "https", "mailto", "tel"}
TARGET = re.compile(r"([a-z_]{1,20}):([1-9][0-9]{0,17})")
FORBIDDEN = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}\u2028\u2029]")


Addresses = Callable[[int | None], str]
PERSONAL = "link:"  # begins the name of the hole that a personal link leaves in a mail


@dataclass(frozen=True)
class LinkTarget:
    """`choices(workspace)` lists (id, name); `url(workspace, id)` is the absolute address, or None for a foreign or gone id.

    `personal(workspace, id)`, where there is one, gives in a mail each reader an address of their own, which is never wrapped
    and never counted: a function from a contact's id to their address, and from None to one that says it is a preview.
    """

    kind: str
    label: Any
    choices: Callable[[Workspace], list[tuple[int, str]]]
    url: Callable[[Workspace, int], str | None]
    personal: Callable[[Workspace, int], Addresses] | None = None


targets: dict[str, LinkTarget] = {}


def register_link_target(
    kind: str,
    choices: Callable[[Workspace], list[tuple[int, str]]],
    url: Callable[[Workspace, int], str | None],
    *,
    label: Any = "",
    personal: Callable[[Workspace, int], Addresses] | None = None,
) -> None:
    targets[kind] = LinkTarget(kind, label or kind, choices, url, personal)


def clean_link(raw: Any, workspace: Workspace) -> str:
    """The link as it is stored: "", an address with http, https, mailto or tel, or "kind:id". Raises ValidationError."""
    if not isinstance(raw, str):
        raise ValidationError(_("Write a link."))
    link = raw.strip()
    if not link:
        return ""
    target = TARGET.fullmatch(link)
    if target and target[1] in targets:
        if resolve(link, workspace) is None:
            raise ValidationError(_("What the link leads to is not there any more."))
        return link
    return _clean_url(link)


def _clean_url(link: str) -> str:
    if len(link) > MAX_URL or FORBIDDEN.search(link):
        raise ValidationError(_("This does not look like a link. A link looks like https://example.org/page."))
    if ":" not in link.split("/")[0] and "." in link.split("/")[0]:
        link = "https://" + link
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme.lower() not in SCHEMES or (parts.scheme.lower() in ("http", "https") and not host):
        raise ValidationError(_("This does not look like a link. A link looks like https://example.org/page."))
    return link


def resolve(link: str, workspace: Workspace) -> str | None:
    """The absolute address of a stored link; None when what it led to is gone."""
    target = TARGET.fullmatch(link)
    if target and target[1] in targets:
        return targets[target[1]].url(workspace, int(target[2]))
    return link or None


def is_personal(link: str) -> bool:
    target = TARGET.fullmatch(link)
    return target is not None and target[1] in targets and targets[target[1]].personal is not None


def personal_addresses(holes: Iterable[str], workspace: Workspace) -> dict[str, Addresses]:
    """For the holes of a compiled mail that personal links left, by hole: whose address it is. Asked once for a mailing."""
    found: dict[str, Addresses] = {}
    for hole in holes:
        link = hole.removeprefix(PERSONAL)
        target = TARGET.fullmatch(link)
        make = targets[target[1]].personal if hole != link and target and target[1] in targets else None
        if target and make:
            found[hole] = make(workspace, int(target[2]))
    return found


def is_tracked(url: str) -> bool:
    """Calls and letters are not redirected, so they cannot be counted."""
    return url.lower().startswith(("http://", "https://"))


def choices(workspace: Workspace) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Every registered target, grouped by kind: (label, [("page:12", name)])."""
    return [
        (target.label, [(f"{target.kind}:{pk}", name) for pk, name in target.choices(workspace)])
        for target in targets.values()
    ]
