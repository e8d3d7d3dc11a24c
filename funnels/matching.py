"""What counts as a stage: a kind of event, what it is about, and which people. Checked here, turned into SQL here.

A stage's `matches` is a list of alternatives, each {"kind": "form.submitted", "subject": 7, "rule": {...}}; `subject` and
`rule` may be absent. A rule speaks of the person, so people nobody knows yet match only where a stranger would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.rules import grammar, interpreter
from crm.timeline import kinds
from crm.workspaces.models import Workspace
from funnels.models import Stage

MOST_ALTERNATIVES = 10
MOST_STAGES = 12


def clean_matches(matches: Any, *, workspace: Workspace, path: str = "matches") -> list[dict[str, Any]]:
    """The alternatives, checked; raises ValidationError whose message names the faulty place."""
    if not isinstance(matches, list) or len(matches) > MOST_ALTERNATIVES:
        raise ValidationError(_("%(path)s: expected a list of at most ten alternatives.") % {"path": path})
    return [_clean(match, workspace, f"{path}.{number}") for number, match in enumerate(matches)]


def _clean(match: Any, workspace: Workspace, path: str) -> dict[str, Any]:
    if not isinstance(match, dict) or not set(match) <= {"kind", "subject", "rule"}:
        raise ValidationError(_("%(path)s: expected kind, subject and rule.") % {"path": path})
    name = match.get("kind")
    if not isinstance(name, str) or len(name) > 60 or not kinds.known(name):
        raise ValidationError(_("%(path)s: this kind of activity is not known.") % {"path": path})
    cleaned: dict[str, Any] = {"kind": name}
    if match.get("subject") is not None:
        cleaned["subject"] = _clean_subject(kinds.get(name), match["subject"], workspace, path)
    if match.get("rule"):
        cleaned["rule"] = grammar.clean(match["rule"], workspace)
    return cleaned


def _clean_subject(kind: kinds.Kind, subject: Any, workspace: Workspace, path: str) -> int:
    allowed = {pk for pk, _label in kind.subjects(workspace)} if kind.subjects else set()
    if isinstance(subject, bool) or not isinstance(subject, int) or subject not in allowed:
        raise ValidationError(_("%(path)s: what the activity is about was not found.") % {"path": path})
    return subject


def mask_sql(stages: Sequence[Stage], workspace: Workspace) -> tuple[str, list[Any]]:
    """A bit per stage, over aliases `e` (event) and `c` (the contact of its person, or NULL)."""
    parts, params = [], []
    for number, stage in enumerate(stages):
        condition, values = stage_sql(stage, workspace)
        parts.append(f"CASE WHEN {condition} THEN {1 << number} ELSE 0 END")
        params += values
    return " + ".join(parts) or "0", params


def stage_sql(stage: Stage, workspace: Workspace) -> tuple[str, list[Any]]:
    parts, params = [], []
    for match in stage.matches:
        condition, values = "e.kind = %s", [match["kind"]]
        if "subject" in match:
            condition, values = condition + " AND e.subject_id = %s", [*values, match["subject"]]
        if "rule" in match:
            rule, more = interpreter.where(match["rule"], workspace)
            condition, values = f"{condition} AND ({rule}) IS TRUE", [*values, *more]
        parts.append(f"({condition})")
        params += values
    return f"({' OR '.join(parts) or 'false'})", params


def kinds_of(stages: Sequence[Stage]) -> list[str]:
    return sorted({match["kind"] for stage in stages for match in stage.matches})


def in_words(match: dict[str, Any], workspace: Workspace) -> str:
    """ "Form sent: Give a friend a clean car", in the active language."""
    kind = kinds.get(match["kind"]) if kinds.known(match["kind"]) else None
    words = str(kind.label) if kind else match["kind"]
    if "subject" in match and kind and kind.subjects:
        words += f": {dict(kind.subjects(workspace)).get(match['subject'], _('(removed)'))}"
    return words
