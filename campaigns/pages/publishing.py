"""From draft to air: a version is compiled once, never changes, and is kept.

What a stranger sees is decided here, by the rules' interpreter over a row of nothing, so that serving asks nobody.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.content import documents
from campaigns.content.compiling import PageContext, compile_web
from campaigns.content.models import Document
from campaigns.pages import serving
from campaigns.pages.models import LandingPage, PageVersion
from crm.rules import interpreter
from crm.workspaces.models import User, Workspace


def problems(page: LandingPage) -> list[str]:
    """What must be mended before publishing, in the user's words; empty when nothing. A page without a form needs no thanks."""
    found = documents.problems(page.document.blocks, page.workspace, page.document.medium)
    if has_form(page.document.blocks):
        thanks = documents.problems(page.thanks.blocks, page.workspace, page.thanks.medium)
        found += [_("Thank-you page: %(problem)s") % {"problem": words} for words in thanks]
    return found


def has_form(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "form" for block in blocks)


def publish(page: LandingPage, by: User | None) -> PageVersion:
    """Puts the draft on the air as a new version. Raises ValidationError with the list of problems."""
    if found := problems(page):
        raise ValidationError(found)
    with transaction.atomic():
        locked = LandingPage.objects.select_for_update(of=("self",)).get(pk=page.pk)
        last = locked.versions.aggregate(number=Max("number"))["number"] or 0
        version = PageVersion.objects.create(
            workspace=page.workspace,
            page=page,
            number=last + 1,
            blocks=page.document.blocks,
            thanks_blocks=page.thanks.blocks,
            compiled=_compile(page),
            published_by=by,
        )
        locked.version = version
        locked.save(update_fields=["version", "updated_at"])
    page.version, page.updated_at = version, locked.updated_at
    serving.forget(page)
    return version


def unpublish(page: LandingPage) -> None:
    """Off the air; versions, leads and the address stay."""
    page.version = None
    page.save(update_fields=["version", "updated_at"])
    serving.forget(page)


def put_back(page: LandingPage, version: PageVersion) -> None:
    """On the air again as it was: what undoes `unpublish`."""
    page.version = version
    page.save(update_fields=["version", "updated_at"])
    serving.forget(page)


def throw_away(page: LandingPage) -> None:
    """Into the bin for 30 days: off the air, out of the list."""
    page.deleted_at = timezone.now()
    page.save(update_fields=["deleted_at", "updated_at"])
    serving.forget(page)


def restore(page: LandingPage) -> None:
    page.deleted_at = None
    page.save(update_fields=["deleted_at", "updated_at"])
    serving.forget(page)


def has_changes(page: LandingPage) -> bool:
    """Whether the draft differs from what is on the air."""
    version = page.version
    if version is None:
        return False
    return [version.blocks, version.thanks_blocks] != [page.document.blocks, page.thanks.blocks]


def _compile(page: LandingPage) -> dict[str, Any]:
    """{"page": {"pieces": …, "stranger": rule keys that hold for a stranger}, "thanks": the same}."""
    return {
        "page": _compile_part(page.document, page.workspace, page.language),
        "thanks": _compile_part(page.thanks, page.workspace, page.language),
    }


def _compile_part(document: Document, workspace: Workspace, language: str) -> dict[str, Any]:
    context = PageContext(language=language, medium=document.medium)
    compiled = compile_web(document.blocks, workspace=workspace, page_context=context)
    return {
        "pieces": compiled.to_json(),
        "stranger": sorted(interpreter.for_values(workspace, compiled.rules, None)),
    }
