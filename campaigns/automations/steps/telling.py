"""For the people of the business: a task for one of them, or a mail to one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.automations import causes, errands
from campaigns.automations.models import Errand
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register
from crm.contacts.identity import one_line
from crm.notes import planning
from crm.notes.models import TITLE_LENGTH
from crm.rules.values import isolated
from crm.workspaces.models import Membership, Workspace

MAX_DAYS = 366


def clean_member(said: Said, workspace: Workspace) -> int | None:
    pk = said.get("member")
    if pk is not None and (type(pk) is not int or member(pk, workspace) is None):
        raise ValidationError({"member": [_("This person does not work in the business.")]})
    return pk


def member(pk: int | None, workspace: Workspace) -> Membership | None:
    return Membership.objects.filter(workspace=workspace, pk=pk or 0).select_related("user").first()


def clean_line(said: Said, name: str) -> str:
    raw = said.get(name, "")
    line = one_line(raw) if isinstance(raw, str) else None
    if line is None or len(line) > TITLE_LENGTH:
        raise ValidationError({name: [_("At most %(limit)s characters.") % {"limit": TITLE_LENGTH}]})
    return line


class TaskStep(Step):
    """{"title": "Call them", "member": 4, "days": 2}: due so many days after; without a member anybody may do it."""

    name: ClassVar = "task"
    label: ClassVar = gettext_lazy("Add a task")
    icon: ClassVar = "clipboard-check"
    tone: ClassVar = "sun"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        days = said.get("days", 0)
        if type(days) is not int or not 0 <= days <= MAX_DAYS:
            raise ValidationError({"days": [_("Write a whole number of days, up to a year.")]})
        return {"title": clean_line(said, "title"), "member": clean_member(said, workspace), "days": days}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        if step["member"] and member(step["member"], workspace) is None:
            return _("This person does not work in the business.")
        return "" if step["title"] else _("Write what to do.")

    def words(self, step: Said, workspace: Workspace) -> str:
        who = member(step["member"], workspace)
        values = {"title": isolated(step["title"] or "…"), "name": isolated(str(who.user) if who else "")}
        return _("A task for %(name)s: %(title)s") % values if who else _("A task: %(title)s") % values

    def due_words(self, step: Said) -> str:
        days = step["days"]
        return ngettext("within %(number)d day", "within %(number)d days", days) % {"number": days}

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        due_on = batch.now.astimezone(batch.workspace.zone).date() + timedelta(days=step["days"])
        said = {"title": step["title"], "due_on": due_on, "assignee": member(step["member"], batch.workspace)}
        people = [(one.contact_id, causes.actor_of(batch.automation.pk, one.depth)) for one in batch.people]
        tasks = planning.add_many(batch.workspace, people, said=said, now=batch.now)
        return {one.pk: Outcome(detail={"task": task.pk}) for one, task in zip(batch.people, tasks, strict=True)}


class NotifyStep(Step):
    """{"member": 4, "words": "A low rating"}: a mail to a member, with the contact's name and the way to their card."""

    name: ClassVar = "notify"
    label: ClassVar = gettext_lazy("Tell a member of the business")
    icon: ClassVar = "bell"
    tone: ClassVar = "sun"

    def clean(self, said: Said, workspace: Workspace) -> Said:
        return {"member": clean_member(said, workspace), "words": clean_line(said, "words")}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        if member(step["member"], workspace) is None:
            return _("Choose whom to tell.")
        return "" if step["words"] else _("Write what to tell.")

    def words(self, step: Said, workspace: Workspace) -> str:
        who = member(step["member"], workspace)
        values = {"name": isolated(str(who.user) if who else "…"), "words": isolated(step["words"] or "…")}
        return _("Tell %(name)s: %(words)s") % values

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        payload: dict[str, Any] = {"member": step["member"], "words": step["words"]}
        payloads = {one.pk: payload for one in batch.people}
        errands.write(batch.workspace.pk, step["id"], Errand.Kind.NOTIFY, payloads, now=batch.now)
        return {}


register(TaskStep(), NotifyStep())
