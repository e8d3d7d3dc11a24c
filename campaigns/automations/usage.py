"""What automations name, in what is edited and in what runs: custom fields, scores, and whatever else may be deleted under
them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations.models import Automation
from crm.contacts.models import CustomField
from crm.contacts.usage import Named, Subject, Use, conditions_in, register_usage
from crm.rules.values import isolated
from crm.timeline import kinds
from crm.workspaces.models import Workspace
from crm.workspaces.naming import register_namer


def uses(subject: Subject) -> Iterator[Use]:
    for automation in alive(subject.workspace_id):
        named = [said for said in flows_of(automation) if _uses(said, subject)]
        if named:
            url = address(automation, subject.workspace.slug)
            yield Use(gettext_lazy("Automation"), automation.name, url, conditions_in(named, subject))


def _uses(said: dict[str, Any], subject: Subject) -> bool:
    if isinstance(subject, Named):
        return any(node.get(subject.key) == subject.pk for node in nodes(said))
    return _names_field(said, re.compile(rf"\b{subject.storage_key}\b"), subject)


def alive(workspace_id: int) -> list[Automation]:
    rows = Automation.objects.filter(workspace=workspace_id, deleted_at=None).select_related("version")
    return list(rows.order_by("name", "pk"))


def flows_of(automation: Automation) -> list[dict[str, Any]]:
    return [automation.draft, *([automation.version.flow] if automation.version else [])]


def address(automation: Automation, slug: str) -> str:
    try:
        return reverse("automations:automation_edit", kwargs={"workspace": slug, "pk": automation.pk})
    except NoReverseMatch:
        return reverse("workspaces:home", kwargs={"workspace": slug})


def _names_field(said: Any, word: re.Pattern[str], field: CustomField) -> bool:
    """By its key, or in an event about it."""
    for node in nodes(said):
        if any(isinstance(value, str) and word.fullmatch(value) for value in node.values()):
            return True
        if node.get("event") == "status.changed" and field.key == "status":
            return True
        if subject_of(node) == ("field", field.pk):
            return True
    return False


def names(workspace: Workspace, kind: str, values: Collection[int | str]) -> Iterator[str]:
    known = {value.casefold() if isinstance(value, str) else value for value in values}
    for automation in alive(workspace.pk):
        if any(_names(node, kind, known) for said in flows_of(automation) for node in nodes(said)):
            yield _("the automation %(name)s") % {"name": isolated(automation.name)}


def _names(node: dict[str, Any], kind: str, known: Collection[int | str]) -> bool:
    said = node.get(kind)
    value = said.casefold() if isinstance(said, str) else said
    about = subject_of(node)
    is_named = type(value) in (int, str) and value in known
    return is_named or (about is not None and about[0] == kind and about[1] in known)


def subject_of(node: dict[str, Any]) -> tuple[str, Any] | None:
    """(type, number) of what an event in a trigger or a rule is about."""
    event, subject = node.get("event"), node.get("subject")
    if not isinstance(event, str) or type(subject) is not int or not kinds.known(event):
        return None
    return kinds.get(event).subject_type, subject


def nodes(said: Any) -> Iterator[dict[str, Any]]:
    """Every object in JSON."""
    if isinstance(said, dict):
        yield said
    for value in said.values() if isinstance(said, dict) else said if isinstance(said, list) else ():
        yield from nodes(value)


register_usage("automations", uses)
register_namer("automations", names)
