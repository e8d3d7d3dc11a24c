"""What waits for the owner outside of people's walks: errands that were given up, told on the home screen."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.automations.models import Automation, Errand
from campaigns.automations.usage import address
from crm.workspaces import home
from crm.workspaces.http import MemberRequest

MOST = 2


def given_up(request: MemberRequest) -> Iterator[home.Matter]:
    parked = Errand.objects.filter(workspace=request.workspace, state=Errand.State.PARKED)
    rows = parked.filter(enrolment__automation__deleted_at=None).values_list("enrolment__automation")
    counted = {pk: (number, answer) for pk, number, answer in rows.annotate(Count("pk"), Max("answer"))}
    worst = sorted(counted, key=lambda pk: (-counted[pk][0], pk))[:MOST]
    automations = Automation.objects.in_bulk(worst)
    for pk in worst:
        number, answer = counted[pk]
        words = ngettext(
            "One mail or call of “%(name)s” did not get through",
            "%(number)s mails or calls of “%(name)s” did not get through",
            number,
        )
        yield home.Matter(
            icon="plug",
            what=words % {"number": number, "name": automations[pk].name},
            evidence=answer,
            action=_("To the automation"),
            url=address(automations[pk], request.workspace.slug),
            tone="ember",
            order=16,
        )


home.register_matter("errands of automations", given_up)
