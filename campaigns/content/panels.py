"""The panel of a block in the editor: a form per tab, and what it sends back as data of the block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from campaigns.content import naming
from campaigns.content.attributes import Attribute
from campaigns.content.questions import custom_fields, questions_on_offer
from crm.consent.models import Channel
from crm.contacts.models import FieldType, List
from crm.workspaces.http import whole
from crm.workspaces.models import Workspace

CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)


class PanelForm(forms.Form):
    """The plain settings of one tab. `changes` after `is_valid` is what to write into the block's data."""

    def __init__(
        self,
        attributes: Iterable[Attribute],
        workspace: Workspace,
        *,
        stored: Mapping[str, Any],
        sent: QueryDict | None = None,
    ) -> None:
        initial = {attribute.key: stored.get(attribute.key, attribute.empty()) for attribute in attributes}
        for attribute in attributes:
            if attribute.tags:
                initial[attribute.key] = naming.to_people(initial[attribute.key], workspace)
        super().__init__(sent, initial=initial, auto_id="panel-%s")
        self.attributes = list(attributes)
        self.workspace = workspace
        self.changes: dict[str, Any] = {}
        for attribute in self.attributes:
            if attribute.plain_form:
                self.fields[attribute.key] = attribute.form_field(workspace)

    def clean(self) -> dict[str, Any]:
        for attribute in self.attributes:
            if attribute.key in self.fields and attribute.key in self.cleaned_data:
                try:
                    self.changes[attribute.key] = attribute.clean(self._said(attribute), self.workspace)
                except ValidationError as error:
                    self.add_error(attribute.key, ValidationError(list(error.messages)))
        return self.cleaned_data

    def _said(self, attribute: Attribute) -> Any:
        said = self.cleaned_data[attribute.key]
        return naming.from_people(said, self.workspace) if attribute.tags else said


def read_image(sent: QueryDict) -> dict[str, Any]:
    """The picture that was chosen: nothing where the panel did not say."""
    if "file" not in sent:
        return {}
    return {"file": whole(sent.get("file"))}


# -- the form block -------------------------------------------------------------------------------------------------------


def read_questions(sent: QueryDict) -> dict[str, Any]:
    """Questions, consents, lists and tags as the panel of a form sent them; `do` adds, removes or moves a question."""
    rows = []
    for number in range(len(sent.getlist("question"))):
        rows.append(
            {
                "field": sent.getlist("question")[number],
                "required": f"required-{number}" in sent,
                **{key: sent.get(f"{key}-{number}", "") for key in ("label", "low", "high")},
            }
        )
    ticked = [channel.value for channel in CHANNELS if f"consent-{channel.value}" in sent]
    return {
        "questions": _done(rows, sent.get("do", ""), sent.get("new_question", "")),
        "consents": [{"channel": each, "text": sent.get(f"consent-{each}-text", "")} for each in ticked],
        "lists": [pk for pk in map(whole, sent.getlist("lists")) if pk is not None],
        "tags": [name.strip() for name in sent.get("tags", "").split(",") if name.strip()],
    }


def _done(rows: list[dict[str, Any]], do: str, new: str) -> list[dict[str, Any]]:
    act, _colon, place = do.partition(":")
    at = {str(number): number for number in range(len(rows))}.get(place, -1)
    if act == "add" and new:
        rows.append({"field": new, "required": False, "label": "", "low": "", "high": ""})
    elif act == "remove" and at >= 0:
        rows.pop(at)
    elif act == "up" and at > 0:
        rows.insert(at - 1, rows.pop(at))
    elif act == "down" and 0 <= at < len(rows) - 1:
        rows.insert(at + 1, rows.pop(at))
    return rows


def questions_context(data: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """What the panel of a form block shows."""
    offered = dict(questions_on_offer(workspace))
    ratings = {key for key, f in custom_fields(data["questions"], workspace).items() if f.type == FieldType.RATING}
    asked = {row["field"] for row in data["questions"]}
    agreed = {row["channel"]: row["text"] for row in data["consents"]}
    return {
        "questions": [
            {**row, "name": offered.get(row["field"], row["field"]), "is_rating": row["field"] in ratings}
            for row in data["questions"]
        ],
        "offered": [(field, name) for field, name in offered.items() if field not in asked],
        "channels": [
            {
                "value": each.value,
                "label": each.label,
                "text": agreed.get(each.value, ""),
                "is_asked": each.value in agreed,
            }
            for each in CHANNELS
        ],
        "lists": [
            (each, each.pk in data["lists"]) for each in List.objects.filter(workspace=workspace, deleted_at=None)
        ],
        "tags": ", ".join(data["tags"]),
    }
