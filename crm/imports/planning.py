"""What becomes of each column, and the verb that accepts it.

A plan is JSON: {"columns": [{"target": "email", "policy": "overwrite"}, ...one for each column],
"match": ["email", "phone"] | ["email"] | ["phone"] | ["f12"], "lists": [3], "tags": ["vip"], "faulty": "refuse" | "leave_out",
"source": "", "consent": {"basis": "none" | "agreed" | "column", "channels": ["email", "sms", "whatsapp"], "how": "",
"wording": ""}}.

Targets are TARGETS, a field ("f12"), or {"label": "...", "type": "text", "options": ["...", ...]} of a field that accepting
makes. Policies: "overwrite" (what the file says replaces), "fill" (only what is empty), "append" (multiple choice and text
areas: adds). An empty cell says nothing and erases nothing. E-mail and phone may be given by several columns: the first filled
one counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.consent.models import Channel
from crm.contacts.defining import define
from crm.contacts.identity import one_line
from crm.contacts.models import CustomField, FieldType
from crm.contacts.subscribing import clean_tag
from crm.imports.locking import locked
from crm.imports.models import Import
from crm.workspaces.models import User, Workspace

NAMES = ("first_name", "last_name", "full_name")
TARGETS = (
    "ignore", "email", "phone", *NAMES, "source", "created_at", "tags", "lists", "consent", "left", "consent_at",
)  # fmt: skip
SEVERAL = frozenset({"ignore", "email", "phone", "tags", "lists"})  # may be the target of more than one column
POLICIES = ("overwrite", "fill", "append")
APPENDED = (FieldType.CHOICES, FieldType.LONG_TEXT)
MATCHES = (["email", "phone"], ["email"], ["phone"])
FIELD_KEY = re.compile(r"f[1-9]\d{0,17}")
BASES = ("none", "agreed", "column")
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
PROOF_LENGTH = 2000
Plan = dict[str, Any]


@transaction.atomic
def accept(importing: Import, said: Mapping[str, Any], *, by: User | None) -> Import:
    """Makes the fields that are missing, keeps the plan, and asks for the check: `checking`. A second plan replaces the first.

    Raises ValidationError with a dict: "columns.2.target", "match", "lists", "tags", "consent.wording"..., or "status".
    """
    importing = locked(importing)
    if not importing.can_be_planned:
        raise ValidationError({"status": [_("This import was already started.")]})
    plan = cleaned(importing.workspace, said, width=len(importing.headers))
    importing.plan = _with_types(importing.workspace, _with_new_fields(importing.workspace, plan))
    importing.status, importing.asked_at = Import.Status.CHECKING, timezone.now()
    importing.rows_read = importing.rows_checked = 0
    importing.share_read, importing.read_at, importing.tallies, importing.fault = 0, None, {}, ""
    importing.save()
    importing.rows.all().delete()
    return importing


def cleaned(workspace: Workspace, said: Mapping[str, Any], *, width: int) -> Plan:
    """The plan in full, every word of it known. Raises ValidationError with a dict of places."""
    if not isinstance(said, Mapping):
        raise ValidationError({"columns": [_("Say what becomes of each column.")]})
    faults = _Faults()
    fields = {field.storage_key: field for field in workspace.custom_fields.active()}
    plan: Plan = {
        "columns": _columns(said.get("columns"), fields, width, faults),
        "lists": _lists(workspace, said.get("lists") or [], faults),
        "tags": _tags(said.get("tags") or [], faults),
        "faulty": faults.choice("faulty", said.get("faulty", "refuse"), ("refuse", "leave_out")),
        "source": one_line(said.get("source") or "")[:100],
    }
    targets = [column["target"] for column in plan["columns"]]
    plan["match"] = _match(said.get("match") or MATCHES[0], targets, fields, faults)
    plan["consent"] = _consent(said.get("consent") or {}, targets, faults)
    if not {"email", "phone"} & {target for target in targets if isinstance(target, str)}:
        faults.add("columns", _("Say which column holds the e-mail address or the phone number."))
    faults.raise_any()
    return plan


class _Faults(dict[str, list[str]]):
    def add(self, place: str, words: str) -> None:
        self.setdefault(place, []).append(words)

    def choice(self, place: str, said: Any, known: Sequence[str]) -> Any:
        if not isinstance(said, str) or said not in known:
            self.add(place, _("Choose from the list."))
            return known[0]
        return said

    def raise_any(self) -> None:
        if self:
            raise ValidationError(dict(self))


def _columns(said: Any, fields: Mapping[str, CustomField], width: int, faults: _Faults) -> list[dict[str, Any]]:
    listed = said if isinstance(said, Sequence) and not isinstance(said, str) else []
    columns = [_column(one, place, fields, faults) for place, one in enumerate(listed[:width])]
    columns += [{"target": "ignore", "policy": "overwrite"}] * (width - len(columns))
    seen: set[str] = set()
    for place, column in enumerate(columns):
        target = column["target"]
        if isinstance(target, str) and target in seen and target not in SEVERAL:
            faults.add(f"columns.{place}.target", _("Another column goes there already."))
        seen.add(str(target))
    if "full_name" in seen and seen & {"first_name", "last_name"}:
        faults.add("columns", _("Choose the full name, or the first and last name, not both."))
    return columns


def _column(said: Any, place: int, fields: Mapping[str, CustomField], faults: _Faults) -> dict[str, Any]:
    given = said if isinstance(said, Mapping) else {}
    where = f"columns.{place}"
    policy = faults.choice(f"{where}.policy", given.get("policy", "overwrite"), POLICIES)
    target = given.get("target", "ignore")
    if isinstance(target, Mapping):
        kind = faults.choice(f"{where}.target", target.get("type", FieldType.TEXT), FieldType.values)
        label = one_line(target.get("label") or "")[:100]
        if not label:
            faults.add(f"{where}.target", _("Write a title."))
        options = [one_line(option)[:100] for option in target.get("options") or [] if one_line(option)]
        target = {"label": label, "type": kind, "options": options[:200]}
    elif not isinstance(target, str) or (target not in TARGETS and target not in fields):
        faults.add(f"{where}.target", _("There is no such field."))
        target = "ignore"
    if policy == "append" and not _can_append(target, fields):
        policy = "overwrite"
    return {"target": target, "policy": policy}


def _can_append(target: Any, fields: Mapping[str, CustomField]) -> bool:
    if isinstance(target, Mapping):
        return target["type"] in APPENDED
    return target in fields and fields[target].type in APPENDED


def _lists(workspace: Workspace, said: Any, faults: _Faults) -> list[int]:
    ids = {one for one in said if isinstance(one, int)} if isinstance(said, Sequence) else set()
    known = set(workspace.lists.filter(pk__in=ids, deleted_at=None).values_list("pk", flat=True))
    if len(known) != len(said):
        faults.add("lists", _("There is no such list."))
    return sorted(known)


def _tags(said: Any, faults: _Faults) -> list[str]:
    try:
        return sorted({clean_tag(name) for name in said}) if isinstance(said, Sequence) else []
    except ValidationError as error:
        faults.add("tags", error.messages[0])
        return []


def _match(said: Any, targets: Sequence[Any], fields: Mapping[str, CustomField], faults: _Faults) -> list[str]:
    match = list(said) if isinstance(said, Sequence) and not isinstance(said, str) else []
    is_field = len(match) == 1 and isinstance(match[0], str) and match[0] in fields
    if match not in MATCHES and not is_field:
        faults.add("match", _("Choose from the list."))
    elif not set(match) & {target for target in targets if isinstance(target, str)}:
        faults.add("match", _("No column holds what people are recognised by."))
    return match


def _consent(said: Any, targets: Sequence[Any], faults: _Faults) -> dict[str, Any]:
    given = said if isinstance(said, Mapping) else {}
    basis = faults.choice("consent.basis", given.get("basis", "none"), BASES)
    channels = [str(channel) for channel in CHANNELS if channel in (given.get("channels") or [])]
    how, wording = (str(given.get(name) or "").strip()[:PROOF_LENGTH] for name in ("how", "wording"))
    if basis != "none":
        if not channels:
            faults.add("consent.channels", _("Choose what they agreed to."))
        if not (how or wording):
            faults.add("consent.wording", _("Write how they agreed. You may be asked to prove it."))
    if basis == "column" and "consent" not in targets:
        faults.add("consent.basis", _("Say which column tells who agreed."))
    return {"basis": basis, "channels": channels, "how": how, "wording": wording}


def _with_new_fields(workspace: Workspace, plan: Plan) -> Plan:
    """The same plan, after the fields it speaks of were made."""
    for place, column in enumerate(plan["columns"]):
        said = column["target"]
        if isinstance(said, Mapping):
            try:
                options = [{"id": "", "label": label} for label in said["options"]]
                column["target"] = define(workspace, said=said, options=options).storage_key
            except ValidationError as error:
                raise ValidationError({f"columns.{place}.target": error.messages}) from None
    return plan


def _with_types(workspace: Workspace, plan: Plan) -> Plan:
    """And with the types of its fields, so that the import notices when one is changed under it."""
    used = {column["target"] for column in plan["columns"]} | set(plan["match"])
    fields = workspace.custom_fields.active()
    return plan | {"types": {field.storage_key: field.type for field in fields if field.storage_key in used}}
