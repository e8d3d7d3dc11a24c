"""What a form asks: its questions, consents, and the lists and tags that its senders join. Kinds of value of the form block.

questions  [{"field": "first_name" | "last_name" | "email" | "phone" | "f12", "label", "required", "low", "high"}]
consents   [{"channel": "email", "text": the exact words agreed to}]
lists      [3]        tags ["vip"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.content import merging, richtext
from campaigns.content.attributes import Attribute
from crm.consent.models import Channel
from crm.contacts.models import CustomField, List
from crm.workspaces.models import Workspace

MAX_QUESTIONS = 30
MAX_TAGS = 20
QUESTION_KEYS = {"field", "label", "required", "low", "high"}


@dataclass(frozen=True, kw_only=True)
class Rows(Attribute):
    """A list of objects, each cleaned by `row`, at most once for each value of `once`."""

    plain_form: bool = False
    limit: int = MAX_QUESTIONS

    def empty(self) -> Any:
        return []

    def form_field(self, workspace: Workspace) -> forms.Field:
        raise NotImplementedError  # the form block has a panel of its own

    def clean(self, raw: Any, workspace: Workspace) -> list[Any]:
        if not isinstance(raw, list):
            raise ValidationError(_("This must be a list."))
        if len(raw) > self.limit:
            raise ValidationError(_("At most %(limit)s are possible here.") % {"limit": self.limit})
        faults: dict[str, list[str]] = {}
        cleaned: list[Any] = []
        for number, item in enumerate(raw):
            try:
                cleaned.append(self.row(item, workspace))
            except ValidationError as error:
                faults[str(number)] = list(error.messages)
        if faults:
            raise ValidationError(faults)
        return self.whole(cleaned, workspace)

    def row(self, item: Any, workspace: Workspace) -> Any:
        raise NotImplementedError

    def whole(self, rows: list[Any], workspace: Workspace) -> list[Any]:
        return rows


def _refuse_doubles(rows: list[Any], of: Callable[[Any], Any], message: str) -> None:
    seen: set[Any] = set()
    for number, row in enumerate(rows):
        if of(row) in seen:
            raise ValidationError({str(number): [message]})
        seen.add(of(row))


class Questions(Rows):
    def row(self, item: Any, workspace: Workspace) -> dict[str, Any]:
        if not isinstance(item, dict) or set(item) - QUESTION_KEYS or not isinstance(item.get("field"), str):
            raise ValidationError(_("A question names its field."))
        field = item["field"]
        if field not in merging.IDENTITY and not merging.FIELD.fullmatch(field):
            raise ValidationError(_("There is no such field."))
        if not isinstance(item.get("required", False), bool):
            raise ValidationError(_("Choose yes or no."))
        words = {key: richtext.tidy(item.get(key, ""), limit=200, lines=False) for key in ("label", "low", "high")}
        return {"field": field, "required": item.get("required", False), **words}

    def whole(self, rows: list[Any], workspace: Workspace) -> list[Any]:
        _refuse_doubles(rows, lambda row: row["field"], _("The form asks this already."))
        known = custom_fields(rows, workspace)
        for number, row in enumerate(rows):
            if row["field"] not in merging.IDENTITY and row["field"] not in known:
                raise ValidationError({f"{number}.field": [_("There is no such field.")]})
        return rows


class Consents(Rows):
    def row(self, item: Any, workspace: Workspace) -> dict[str, str]:
        if not isinstance(item, dict) or set(item) - {"channel", "text"} or item.get("channel") not in Channel.values:
            raise ValidationError(_("There is no such channel."))
        return {"channel": item["channel"], "text": richtext.tidy(item.get("text", ""), limit=500, lines=False)}

    def whole(self, rows: list[Any], workspace: Workspace) -> list[Any]:
        _refuse_doubles(rows, lambda row: row["channel"], _("The form asks this already."))
        return rows


class ListIds(Rows):
    def row(self, item: Any, workspace: Workspace) -> int:
        if not isinstance(item, int) or isinstance(item, bool) or not 0 < item < 2**63:
            raise ValidationError(_("There is no such list."))
        return item

    def whole(self, rows: list[Any], workspace: Workspace) -> list[Any]:
        lists = List.objects.filter(workspace=workspace, deleted_at=None, pk__in=rows)
        known = set(lists.values_list("pk", flat=True))
        for number, pk in enumerate(rows):
            if pk not in known:
                raise ValidationError({str(number): [_("There is no such list.")]})
        return sorted(known)


class TagNames(Rows):
    def row(self, item: Any, workspace: Workspace) -> str:
        name = richtext.tidy(item, limit=60, lines=False)
        if not name:
            raise ValidationError(_("A tag has a name."))
        return name

    def whole(self, rows: list[Any], workspace: Workspace) -> list[Any]:
        return list(dict.fromkeys(rows))


def custom_fields(questions: list[dict[str, Any]], workspace: Workspace) -> dict[str, CustomField]:
    """The living custom fields that the questions name, by key ("f12"): one query, none where there are none."""
    ids = [int(match[1]) for row in questions if (match := merging.FIELD.fullmatch(row["field"]))]
    if not ids:
        return {}
    found = CustomField.objects.filter(workspace=workspace, archived_at=None, pk__in=ids)
    return {field.storage_key: field for field in found}


def questions_on_offer(workspace: Workspace) -> list[tuple[str, str]]:
    """What a form may ask: (field, its name)."""
    return _offered(CustomField.objects.filter(workspace=workspace, archived_at=None))


def details_on_offer(workspace: Workspace) -> list[tuple[str, str]]:
    """What a text may say of its reader: the same but for what is sensitive."""
    return _offered(CustomField.objects.filter(workspace=workspace, archived_at=None, is_sensitive=False))


def _offered(own: Iterable[CustomField]) -> list[tuple[str, str]]:
    return [(key, str(label)) for key, label in merging.IDENTITY.items()] + [(f.storage_key, f.label) for f in own]
