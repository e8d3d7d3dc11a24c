"""The short message a verb leaves for its user, with a way back where there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def toast(request: HttpRequest, text: str, *, undo_url: str | None = None) -> None:
    """`undo_url` takes a POST that undoes what was just done; the frame draws it as a button."""
    messages.success(request, text, extra_tags=undo_url or "")
