"""Whom a mailing is for. An audience is a rule of the one rule language, so it means what segments mean.

`audience` of a mailing: {"everyone": bool, "lists": [id], "segments": [id], "not_lists": [id], "not_segments": [id]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.mailings.models import Mailing
from crm.consent.mailable import granted_sql, suppressed_sql
from crm.consent.models import Channel
from crm.rules import interpreter
from crm.segments.models import Segment
from crm.workspaces.models import Workspace

KEYS = {"lists": "list", "segments": "segment", "not_lists": "list", "not_segments": "segment"}
MAX_PARTS = 100


def clean(raw: Any, workspace: Workspace) -> dict[str, Any]:
    """The audience with ids of this workspace only, each once. Raises ValidationError for anything else."""
    if not isinstance(raw, Mapping) or set(raw) - {*KEYS, "everyone"}:
        raise ValidationError(_("Choose lists and segments."), code="audience")
    cleaned: dict[str, Any] = {key: _ids(raw.get(key) or []) for key in KEYS}
    known = _known(workspace)
    for key, kind in KEYS.items():
        if set(cleaned[key]) - known[kind]:
            raise ValidationError(_("One of the lists or segments is not there any more."), code="audience")
    return cleaned | {"everyone": raw.get("everyone") is True}


def _known(workspace: Workspace) -> dict[str, set[int]]:
    return {
        "list": set(workspace.lists.filter(deleted_at=None).values_list("pk", flat=True)),
        "segment": set(workspace.segments.filter(deleted_at=None).values_list("pk", flat=True)),
    }


def still_there(audience: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """The audience without lists and segments that were deleted since."""
    known = _known(workspace)
    kept = {key: [pk for pk in audience.get(key) or [] if pk in known[kind]] for key, kind in KEYS.items()}
    return kept | {"everyone": audience.get("everyone") is True}


def _ids(raw: Any) -> list[int]:
    if not isinstance(raw, list) or len(raw) > MAX_PARTS or not all(type(item) is int for item in raw):
        raise ValidationError(_("Choose lists and segments."), code="audience")
    return sorted(set(raw))


def is_empty(audience: Mapping[str, Any]) -> bool:
    return not (audience.get("everyone") or audience.get("lists") or audience.get("segments"))


def rule_of(audience: Mapping[str, Any]) -> dict[str, Any]:
    """The audience as a rule: in any of the one, and in none of the other."""
    if is_empty(audience):
        return {"any": []}
    inside = [] if audience.get("everyone") else _criteria(audience, "lists", "segments")
    outside = _criteria(audience, "not_lists", "not_segments")
    return {"all": [*([{"any": inside}] if inside else []), *([{"none": outside}] if outside else [])]}


def _criteria(audience: Mapping[str, Any], *keys: str) -> list[dict[str, Any]]:
    return [{KEYS[key]: pk} for key in keys for pk in audience.get(key) or []]


def where(mailing: Mailing) -> tuple[str, list[Any]]:
    """Boolean SQL over alias `c` of crm_contact: living people of the workspace who are in the audience."""
    sql, parameters = interpreter.where(rule_of(mailing.audience), mailing.workspace)
    alive = "c.workspace_id = %s AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"
    return f"{alive} AND ({sql})", [mailing.workspace_id, *parameters]


def reason(mailing: Mailing) -> tuple[str, list[Any]]:
    """SQL over `c` that names why somebody is skipped, empty when nothing speaks against them."""
    suppressed, pads = suppressed_sql(mailing.workspace, Channel.EMAIL)
    parts = ["WHEN c.email IS NULL THEN 'no_address'"]
    parameters: list[Any] = []
    if mailing.purpose != Mailing.Purpose.SERVICE:
        granted, parameters = granted_sql(Channel.EMAIL)
        parts.append(f"WHEN NOT {granted} THEN 'no_consent'")
    parts.append(f"WHEN {suppressed} THEN 'suppressed'")
    return f"CASE {' '.join(parts)} ELSE '' END", [*parameters, *pads]


def choices(workspace: Workspace) -> dict[str, Any]:
    """The lists and segments a mailing may name."""
    segments = Segment.objects.filter(workspace=workspace, deleted_at=None).order_by("name")
    return {"lists": workspace.lists.filter(deleted_at=None).order_by("name"), "segments": segments}
