"""Changes of the contact: tags, lists, fields. Each is the very act that members do over many, so it means the same."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import causes
from campaigns.automations.models import Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register
from crm.bulk import working
from crm.bulk.models import BulkAct
from crm.contacts.fields import clean_value, display
from crm.contacts.models import CustomField
from crm.contacts.subscribing import clean_tag, tag_named
from crm.rules.values import isolated
from crm.workspaces.models import Workspace

DONE, SAME, REFUSED = Passage.Outcome.DONE, Passage.Outcome.SAME, Passage.Outcome.REFUSED


class Act(Step):
    """A step that is one act over many (crm.bulk), done for each depth of causation, which its events carry."""

    group: ClassVar = "contact"
    kind: ClassVar[str]

    def params(self, step: Said, workspace: Workspace) -> dict[str, Any]:
        raise NotImplementedError

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        params = self.params(step, batch.workspace)
        told: dict[int, Outcome] = {}
        for depth in sorted({one.depth for one in batch.people}):
            people = [one for one in batch.people if one.depth == depth]
            actor = causes.actor_of(batch.automation.pk, depth)
            act = BulkAct(workspace=batch.workspace, kind=self.kind, params=params, actor=actor)
            done = working.kinds.get(self.kind).apply(act, sorted({one.contact_id for one in people}), batch.now)
            for one in people:
                kind = DONE if one.contact_id in done.changed else REFUSED if one.contact_id in done.refused else SAME
                told[one.pk] = Outcome(kind)
        return told


class TagStep(Act):
    name: ClassVar = "tag"
    label: ClassVar = gettext_lazy("Add a tag")
    icon: ClassVar = "tag"
    tone: ClassVar = "leaf"
    kind: ClassVar = BulkAct.Kind.TAG

    def clean(self, said: Said, workspace: Workspace) -> Said:
        raw = said.get("tag", "")
        return {"tag": clean_tag(raw) if raw else ""}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if step["tag"] else _("Write the name of the tag.")

    def params(self, step: Said, workspace: Workspace) -> dict[str, Any]:
        return {"tag": tag_named(workspace, step["tag"]).pk}

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Add the tag %(name)s") % {"name": isolated(step["tag"] or "…")}


class UntagStep(TagStep):
    name: ClassVar = "untag"
    label: ClassVar = gettext_lazy("Take a tag off")
    icon: ClassVar = "circle-minus"
    tone: ClassVar = "sea"
    kind: ClassVar = BulkAct.Kind.UNTAG

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Take off the tag %(name)s") % {"name": isolated(step["tag"] or "…")}


class JoinStep(Act):
    """Who left the list by themselves is not put back."""

    name: ClassVar = "join"
    label: ClassVar = gettext_lazy("Add to a list")
    icon: ClassVar = "list-check"
    tone: ClassVar = "leaf"
    kind: ClassVar = BulkAct.Kind.JOIN

    def clean(self, said: Said, workspace: Workspace) -> Said:
        raw = said.get("list")
        if raw is not None and raw not in _lists(workspace):
            raise ValidationError({"list": [_("Choose a list.")]})
        return {"list": raw}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if step["list"] in _lists(workspace) else _("Choose a list.")

    def params(self, step: Said, workspace: Workspace) -> dict[str, Any]:
        return {"list": step["list"]}

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Add to the list %(name)s") % {"name": isolated(_lists(workspace).get(step["list"], "…"))}


class LeaveStep(JoinStep):
    name: ClassVar = "leave"
    label: ClassVar = gettext_lazy("Take off a list")
    icon: ClassVar = "list"
    tone: ClassVar = "sea"
    kind: ClassVar = BulkAct.Kind.LEAVE

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Take off the list %(name)s") % {"name": isolated(_lists(workspace).get(step["list"], "…"))}


class SetStep(Act):
    """Fills in one field with one value; a status is a field too."""

    name: ClassVar = "set"
    label: ClassVar = gettext_lazy("Fill in a field")
    icon: ClassVar = "pencil"
    kind: ClassVar = BulkAct.Kind.SET

    def clean(self, said: Said, workspace: Workspace) -> Said:
        field = field_of(said.get("field"), workspace)
        if field is None:
            if said.get("field") is not None:
                raise ValidationError({"field": [_("Choose a field.")]})
            return {"field": None, "value": None}
        raw = said.get("value")
        return {"field": field.storage_key, "value": None if raw in (None, "", []) else _value(field, raw)}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        field = field_of(step["field"], workspace)
        if field is None:
            return _("Choose a field.")
        return "" if step["value"] is not None else _("Say what to write into the field.")

    def params(self, step: Said, workspace: Workspace) -> dict[str, Any]:
        return {"field": int(step["field"][1:]), "value": step["value"]}

    def words(self, step: Said, workspace: Workspace) -> str:
        field = field_of(step["field"], workspace)
        if field is None:
            return str(self.label)
        shown = display(field, step["value"]) if step["value"] is not None else "…"
        return _("%(field)s: %(value)s") % {"field": isolated(field.label), "value": isolated(shown)}


class ClearStep(Act):
    name: ClassVar = "clear"
    label: ClassVar = gettext_lazy("Empty a field")
    icon: ClassVar = "circle-x"
    kind: ClassVar = BulkAct.Kind.CLEAR

    def clean(self, said: Said, workspace: Workspace) -> Said:
        if said.get("field") is not None and field_of(said["field"], workspace) is None:
            raise ValidationError({"field": [_("Choose a field.")]})
        return {"field": said.get("field")}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if field_of(step["field"], workspace) else _("Choose a field.")

    def params(self, step: Said, workspace: Workspace) -> dict[str, Any]:
        return {"field": int(step["field"][1:]), "value": None}

    def words(self, step: Said, workspace: Workspace) -> str:
        field = field_of(step["field"], workspace)
        return _("Empty the field %(name)s") % {"name": isolated(field.label if field else "…")}


def _lists(workspace: Workspace) -> dict[int, str]:
    return dict(workspace.lists.filter(deleted_at=None).values_list("pk", "name"))


def field_of(key: Any, workspace: Workspace) -> CustomField | None:
    """The field by its key "f12", where it is in use."""
    if not isinstance(key, str) or not key[1:].isdigit() or not key.startswith("f") or len(key) > 12:
        return None
    return CustomField.objects.active().filter(workspace=workspace, pk=int(key[1:])).first()


def _value(field: CustomField, raw: Any) -> Any:
    try:
        return clean_value(field, raw)
    except ValidationError as error:
        raise ValidationError({"value": error.messages}) from None


register(TagStep(), UntagStep(), JoinStep(), LeaveStep(), SetStep(), ClearStep())
