"""Steps by which one automation sets off or ends another. They stand here and not among the other steps, for they call the
engine, which stands on those.

How many automations led to one another goes along with the person, so a circle of them ends (enrolling.py).
"""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.automations import enrolling, leaving, triggering
from campaigns.automations.enrolling import Came
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.automations.steps.base import Batch, Outcome, Said, Step, register, same_for
from crm.rules.values import isolated
from crm.workspaces.models import Workspace

DONE, SAME, REFUSED = Passage.Outcome.DONE, Passage.Outcome.SAME, Passage.Outcome.REFUSED


class Other(Step):
    """{"automation": 7}"""

    def clean(self, said: Said, workspace: Workspace) -> Said:
        pk = said.get("automation")
        if pk is not None and (type(pk) is not int or other(pk, workspace) is None):
            raise ValidationError({"automation": [_("Choose an automation.")]})
        return {"automation": pk}

    def lacks(self, step: Said, workspace: Workspace) -> str:
        return "" if other(step["automation"], workspace) else _("Choose an automation.")

    def named(self, step: Said, workspace: Workspace) -> dict[str, str]:
        automation = other(step["automation"], workspace)
        return {"name": isolated(automation.name if automation else "…")}


class StartStep(Other):
    """Lets people into another automation, by its own condition of who may enter. Its answer is written in the trace."""

    name: ClassVar = "start"
    label: ClassVar = gettext_lazy("Start another automation")
    icon: ClassVar = "player-play"
    tone: ClassVar = "iris"

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Start the automation %(name)s") % self.named(step, workspace)

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        automation = other(step["automation"], batch.workspace)
        if automation is None or not automation.is_on or automation.version is None:
            return same_for(batch.people, Outcome(REFUSED, detail={"reason": "not_on"}))
        came = [
            Came(one.contact_id, f"step:{one.pk}:{step['id']}", event_at=batch.now, depth=one.depth + 1)
            for one in batch.people
        ]
        welcome = triggering.allowed(automation, automation.version, came, now=batch.now)
        ids = enrolling.enrol(automation, automation.version, welcome, now=batch.now)
        entered = set(Enrolment.objects.filter(pk__in=ids).values_list("contact_id", flat=True))
        return {
            one.pk: Outcome(DONE) if one.contact_id in entered else Outcome(SAME, detail={"reason": "not_let_in"})
            for one in batch.people
        }

    def detail_words(self, step: Said, passage: Passage, workspace: Workspace) -> str:
        said = {
            "not_on": _("The other automation was not running"),
            "not_let_in": _("Was not let in: inside already, been there before, or not who may enter"),
        }
        return said.get(passage.detail.get("reason", ""), "") or super().detail_words(step, passage, workspace)


class LeaveOtherStep(Other):
    """Takes people out of another automation, wherever they stand there."""

    name: ClassVar = "leave_automation"
    label: ClassVar = gettext_lazy("Take out of another automation")
    icon: ClassVar = "logout"
    tone: ClassVar = "ember"

    def words(self, step: Said, workspace: Workspace) -> str:
        return _("Take out of the automation %(name)s") % self.named(step, workspace)

    def run(self, step: Said, batch: Batch) -> dict[int, Outcome]:
        automation = other(step["automation"], batch.workspace)
        if automation is None:
            return same_for(batch.people, Outcome(SAME))
        if automation == batch.automation:  # out of this very one: this walk ends
            return same_for(batch.people, Outcome(stops=True))
        inside = leaving.inside(automation).filter(contact__in=batch.contact_ids)
        were = set(inside.values_list("contact_id", flat=True))
        leaving.leave(automation, sorted(were), reason=Enrolment.Reason.OTHER, now=batch.now)
        return {one.pk: Outcome(DONE if one.contact_id in were else SAME) for one in batch.people}


def other(pk: int | None, workspace: Workspace) -> Automation | None:
    rows = Automation.objects.filter(workspace=workspace, pk=pk or 0, deleted_at=None)
    return rows.select_related("workspace", "version").first()


register(StartStep(), LeaveOtherStep())
