"""Verbs on a mailing that was not started yet, and on copies and the bin."""

from __future__ import annotations

import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.content import documents, merging
from campaigns.mailings import audience as audiences
from campaigns.mailings.mime import CONTROLS
from campaigns.mailings.models import Mailing
from crm.workspaces.models import User, Workspace

LIMITS = {"name": 150, "subject": 200, "preheader": 200, "sender_name": 100}
WORDS = tuple(LIMITS)
MERGED = ("subject", "preheader")


def clean_words(field: str, raw: Any, workspace: Workspace) -> str:
    """One line of a mailing's words, its personal details known. Raises ValidationError."""
    limit = LIMITS[field]
    if not isinstance(raw, str):
        raise ValidationError(_("Write words here."))
    words = raw.strip()
    if CONTROLS.search(words):
        raise ValidationError(_("This must be one line."))
    if len(words) > limit:
        raise ValidationError(_("At most %(limit)s characters.") % {"limit": limit})
    if field in MERGED:
        merging.clean(words, workspace)
    return words


@transaction.atomic
def create(
    workspace: Workspace,
    *,
    purpose: str,
    name: str,
    by: User | None,
    language: str = "",
    audience: dict[str, Any] | None = None,
    blocks: list[dict[str, Any]] | None = None,
    **words: str,
) -> Mailing:
    """A draft. What the mail is comes first and never changes: the law hangs on it. Raises ValidationError by field."""
    if purpose not in Mailing.Purpose.values:
        raise ValidationError({"purpose": [_("Say first what this mail is.")]})
    language = language or workspace.language
    if language not in ("he", "en"):
        raise ValidationError({"language": [_("Choose a language.")]})
    cleaned = _clean_all(workspace, {"name": name, **words})
    if not cleaned["name"]:
        raise ValidationError({"name": [_("Give the mailing a name.")]})
    return Mailing.objects.create(
        workspace=workspace,
        purpose=purpose,
        language=language,
        document=documents.new_document(workspace, "mail", language, starter(language) if blocks is None else blocks),
        audience=audiences.clean(audience or {}, workspace),
        created_by=by,
        **cleaned,
    )


def starter(language: str) -> list[dict[str, Any]]:
    """What a new mailing begins with: a greeting by first name, a text, a button."""
    with translation.override(language):
        greeting = _('Hello {{ first_name | default: "friends" }}')
    heading = documents.new_block("heading", language, text=greeting)
    return [heading, documents.new_block("text", language), documents.new_block("button", language)]


@transaction.atomic
def update(mailing: Mailing, **changes: Any) -> Mailing:
    """Changes words and audience of a draft. Raises ValidationError by field; a started mailing is not changed any more."""
    locked = Mailing.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=mailing.pk)
    if not locked.is_editable:
        raise ValidationError(_("The mailing was already started."), code="status")
    for field, value in _clean_all(locked.workspace, {key: changes[key] for key in WORDS if key in changes}).items():
        setattr(locked, field, value)
    if "audience" in changes:
        locked.audience = audiences.clean(changes["audience"], locked.workspace)
    if not locked.name:
        raise ValidationError({"name": [_("Give the mailing a name.")]})
    locked.save()
    return locked


def _clean_all(workspace: Workspace, words: dict[str, Any]) -> dict[str, str]:
    cleaned, faults = {}, {}
    for field, raw in words.items():
        try:
            cleaned[field] = clean_words(field, raw, workspace)
        except ValidationError as error:
            faults[field] = error.messages
    if faults:
        raise ValidationError(faults)
    return cleaned


@transaction.atomic
def duplicate(mailing: Mailing, *, by: User | None) -> Mailing:
    """A draft with the same words, blocks and audience. What was deleted since is left out of the audience."""
    name = _("%(name)s (copy)") % {"name": mailing.name}
    document = documents.new_document(mailing.workspace, "mail", mailing.language)
    document.blocks = copy.deepcopy(mailing.document.blocks)
    document.save(update_fields=["blocks"])
    return Mailing.objects.create(
        workspace=mailing.workspace,
        purpose=mailing.purpose,
        language=mailing.language,
        name=name[: LIMITS["name"]],
        subject=mailing.subject,
        preheader=mailing.preheader,
        sender_name=mailing.sender_name,
        document=document,
        audience=audiences.still_there(mailing.audience, mailing.workspace),
        created_by=by,
    )


def bin(mailing: Mailing) -> None:
    """Thirty days in the bin. What is being sent is cancelled first, by its own verb."""
    if mailing.status in (Mailing.Status.FREEZING, Mailing.Status.SENDING, Mailing.Status.PAUSED):
        raise ValidationError(_("The mailing is being sent. Cancel it first."), code="status")
    Mailing.objects.filter(pk=mailing.pk).update(deleted_at=timezone.now())


def restore(mailing: Mailing) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(deleted_at=None)
