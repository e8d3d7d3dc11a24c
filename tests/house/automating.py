"""The automations of a world: a draft with everything in it, one that runs with people inside, and one in the bin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from campaigns.automations import flow, putting_back, switching
from campaigns.automations.models import Automation, Enrolment
from tests.campaigns.mailings.factories import MailingFactory

if TYPE_CHECKING:
    from tests.house.worlds import World

step = flow.new_step


def fill(world: World) -> None:
    now = timezone.now()
    draft, paths, mail = _draft(world)
    gone = step("stop")
    putting_back.keep(draft, gone, "start")
    running = _running(world)
    switching.enrol_by_hand(running, [world.contact.pk, world.friend.pk], occasion="hand:1", now=now)
    stuck = Enrolment.objects.filter(automation=running, contact=world.friend)
    stuck.update(state=Enrolment.State.STUCK, due_at=None, trouble=f"תקלה {world.mark}")
    Automation.objects.filter(pk=running.pk).update(looped_at=now)
    binned = switching.create(world.workspace, name=f"אוטומציה ישנה {world.mark}", by=None)
    switching.bin(binned, now=now)
    world.put(
        automation=draft,
        automation_step=draft.draft["steps"][0]["id"],
        automation_mail_step=mail["id"],
        automation_path=paths["paths"][0]["id"],
        taken_step=gone["id"],
        running_automation=running,
        walk=Enrolment.objects.get(automation=running, contact=world.contact),
        stuck_walk=stuck.get(),
        binned_automation=binned,
    )


def _draft(world: World) -> tuple[Automation, Any, Any]:
    mark, listed = world.mark, world.list.pk
    mail = step("mail", mailing=MailingFactory(workspace=world.workspace, name=f"דיוור בתהליך {mark}").pk)
    rule = {"all": [{"list": listed}]}
    paths = step(
        "branch",
        paths=[
            {"name": f"נתיב {mark}", "rule": {"all": [{"segment": world.segment.pk}]}, "steps": [mail]},
            {"name": f"אחר {mark}", "rule": rule, "steps": [step("tag", tag=world.tag.name)]},
            {"rule": {}},
        ],
    )
    steps = [
        step("join", list=listed),
        paths,
        step(
            "split", paths=[{"percent": 40, "steps": [step("clear", field=world.field.storage_key)]}, {"percent": 60}]
        ),
        step("set", field=world.field.storage_key, value=f"ערך {mark}"),
        step("hope", event="list.left", subject=listed, amount=2, unit="days", paths=[{}, {}]),
    ]
    triggers = [
        {"on": "event", "event": "list.joined", "subject": listed},
        {"on": "date", "field": world.fields["date"].storage_key, "yearly": True},
    ]
    said = flow.empty() | {"triggers": triggers, "rule": rule, "goal": rule, "steps": steps}
    return switching.create(world.workspace, name=f"אוטומציה {mark}", draft=said, by=None), paths, mail


def _running(world: World) -> Automation:
    trigger = {"on": "event", "event": "list.joined", "subject": world.list.pk}
    said = flow.empty() | {"triggers": [trigger], "steps": [step("wait", amount=5), step("tag", tag=world.tag.name)]}
    automation = switching.create(world.workspace, name=f"אוטומציה פועלת {world.mark}", draft=said, by=None)
    return switching.switch_on(automation, now=timezone.now())


def more(world: World, count: int) -> None:
    """One more in the list, with somebody inside, and a walk more of the contact."""
    twin = _running(world)
    Automation.objects.filter(pk=twin.pk).update(name=f"עוד {count} {world.mark}", looped_at=timezone.now())
    switching.enrol_by_hand(twin, [world.contact.pk], occasion="hand:1", now=timezone.now())
    Enrolment.objects.filter(automation=twin).update(state=Enrolment.State.STUCK, due_at=None)
