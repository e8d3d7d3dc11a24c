"""Every route that a template names is there: `{% url … as … %}` of one that is not says nothing, and draws no button."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from tests.house.screens import none_of

NAMED = re.compile(r"""\{% url ['"]([\w:.-]+)['"]""")
LATER = {"account_change_password"}  # drawn on the day there is such a screen


def names(resolver: Any, space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif pattern.name:
            yield space + pattern.name


def test_every_route_that_a_template_names_is_there() -> None:
    known, asked = set(names(get_resolver())), 0
    faults = []
    for template in sorted(Path(settings.BASE_DIR, "templates").rglob("*.html")):
        found = set(NAMED.findall(template.read_text()))
        asked += len(found)
        faults += [f"{template.name}: {name}" for name in sorted(found - known - LATER)]
    assert asked > 100
    none_of(faults)
