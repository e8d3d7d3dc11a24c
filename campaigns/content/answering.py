"""A form as its reader meets it: which inputs it has, how it is drawn, how what was sent is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.content import merging, questions
from crm.contacts import fields as custom_fields
from crm.contacts import identity
from crm.contacts.models import CustomField, FieldType
from crm.workspaces.models import Workspace

TRAP = "website"  # an input that people do not see; what fills it is a robot
KINDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "area",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.YES_NO: "radio",
    FieldType.CHOICE: "select",
    FieldType.CHOICES: "checks",
    FieldType.RATING: "rating",
    FieldType.URL: "url",
}
IDENTITY_KINDS = {"first_name": "text", "last_name": "text", "email": "email", "phone": "tel"}
COMPLETE = {"first_name": "given-name", "last_name": "family-name", "email": "email", "phone": "tel"}


@dataclass
class Input:
    """One question on the screen. `value` is what was typed, a list for checks; `options` are (value, words)."""

    name: str
    kind: str
    label: str
    required: bool
    value: Any = ""
    errors: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    autocomplete: str = ""
    help: str = ""
    low: str = ""
    high: str = ""
    limit: int = 255

    @property
    def highest(self) -> str:
        return self.options[-1][0] if self.options else ""


@dataclass
class Answers:
    """What a form brought. `identity` has email, phone, first_name, last_name; `values` is keyed "f12"; `consents` are the rows
    that were ticked, {"channel", "text"}; `typed` is what to show again; `errors` is keyed by input name."""

    identity: dict[str, str | None] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    consents: list[dict[str, str]] = field(default_factory=list)
    typed: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    is_trapped: bool = False


def inputs(
    block: Mapping[str, Any],
    workspace: Workspace,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> list[Input]:
    """The inputs of a form block, in order; questions whose field is gone are left out. One query at most."""
    rows = block["data"]["questions"]
    own = questions.custom_fields(rows, workspace)
    found = [_input(row, own) for row in rows if row["field"] in merging.IDENTITY or row["field"] in own]
    for each in found:
        each.value = (values or {}).get(each.name, [] if each.kind == "checks" else "")
        each.errors = list((errors or {}).get(each.name, []))
    return found


def _input(row: Mapping[str, Any], own: Mapping[str, CustomField]) -> Input:
    name, required = row["field"], row["required"]
    if name in IDENTITY_KINDS:
        label = row["label"] or str(merging.IDENTITY[name])
        return Input(name, IDENTITY_KINDS[name], label, required, autocomplete=COMPLETE[name], limit=254)
    custom = own[name]
    kind, label = KINDS[FieldType(custom.type)], row["label"] or custom.label
    made = Input(name, kind, label, required or custom.required, help=custom.help_text)
    made.options = _options(custom)
    made.low, made.high = row["low"] or custom.low_label, row["high"] or custom.high_label
    made.limit = {"area": 5000, "url": 2000}.get(made.kind, 255)
    return made


def _options(custom: CustomField) -> list[tuple[str, str]]:
    if custom.type == FieldType.YES_NO:
        return [("true", _("Yes")), ("false", _("No"))]
    if custom.type == FieldType.RATING:
        return [(str(step), str(step)) for step in range(1, custom.rating_max + 1)]
    return [(str(option["id"]), str(option["label"])) for option in custom.options]


def render_form(
    block: Mapping[str, Any],
    *,
    workspace: Workspace,
    language: str,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    action: str = "",
    hidden: Mapping[str, str] | None = None,
) -> SafeString:
    """The form with labels over its fields and faults beside them. Without `action` it posts to the page's own address, so the
    sharer's code in the query stays. `hidden` are further inputs, such as the stamp. Errors under "" stand above the form."""
    with translation.override(language):
        context = {
            "block": block["id"],
            "data": block["data"],
            "inputs": inputs(block, workspace, values=values, errors=errors),
            "consents": [
                {**row, "name": consent_name(row), "is_ticked": bool((values or {}).get(consent_name(row)))}
                for row in block["data"]["consents"]
            ],
            "errors": (errors or {}).get("", []),
            "action": action,
            "hidden": {"block": block["id"], **(hidden or {})},
            "trap": TRAP,
        }
        return SafeString(render_to_string("campaigns/content/blocks/_form.html", context))


def consent_name(row: Mapping[str, str]) -> str:
    return f"consent_{row['channel']}"


def read(block: Mapping[str, Any], workspace: Workspace, sent: QueryDict) -> Answers:
    """What a reader sent, cleaned; only what the form asked for is read."""
    answers = Answers(is_trapped=bool(sent.get(TRAP)))
    own = questions.custom_fields(block["data"]["questions"], workspace)
    for each in inputs(block, workspace):
        raw: Any = sent.getlist(each.name)[:100] if each.kind == "checks" else sent.get(each.name, "")[: each.limit * 2]
        answers.typed[each.name] = raw
        try:
            value = (
                CLEANERS[each.name](raw) if each.name in CLEANERS else custom_fields.clean_value(own[each.name], raw)
            )
        except ValidationError as error:
            answers.errors[each.name] = list(error.messages)
            continue
        if each.required and value in (None, "", []):
            answers.errors[each.name] = [_("This is needed.")]
        (answers.identity if each.name in CLEANERS else answers.values)[each.name] = value
    _read_consents(block, sent, answers)
    if not answers.errors and not (answers.identity.get("email") or answers.identity.get("phone")):
        answers.errors[""] = [_("Write an e-mail address or a phone number, so that there is a way to answer.")]
    return answers


def _read_consents(block: Mapping[str, Any], sent: QueryDict, answers: Answers) -> None:
    for row in block["data"]["consents"]:
        if sent.get(consent_name(row)):
            answers.consents.append(dict(row))
            answers.typed[consent_name(row)] = "1"


CLEANERS: dict[str, Callable[[Any], str | None]] = {
    "first_name": identity.clean_name,
    "last_name": identity.clean_name,
    "email": identity.clean_email,
    "phone": identity.clean_phone,
}
