"""A business with one automation, made and read inside of a product that runs: `bin/manage shell -c "town.found(200)"`.

What the steps do adds up, so that whatever is done twice shows: a number grows by one, a list is joined, a mail is sent.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from campaigns.automations import flow, switching
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.content.documents import new_block, new_document
from campaigns.mailings.models import Delivery, Mailing
from crm.contacts import defining
from crm.contacts.models import Contact, CustomField
from crm.models import Event, List, Workspace
from crm.workspaces import founding

SLUG = "town"
step = flow.new_step


def found(people: int) -> None:
    """`p0@town.example.test` and so on, and an automation that each order lets them into."""
    workspace = founding.found(None, name="Town", slug=SLUG, language="en")
    sender = {"sender_name": "Town", "sender_email": "hello@example.test", "postal_address": "Here 1"}
    Workspace.objects.filter(pk=workspace.pk).update(**sender)
    workspace.refresh_from_db()
    Contact.objects.bulk_create(
        Contact(workspace=workspace, email=address(number), first_name=("Dana", "Yoav")[number % 2])
        for number in range(people)
    )
    draft = flow.empty() | {
        "triggers": [{"on": "event", "event": "order.placed"}],
        "again": flow.ALWAYS,
        "steps": journey(workspace),
    }
    automation = switching.create(workspace, name="Town", draft=draft, by=None)
    switching.switch_on(automation, now=timezone.now() - timedelta(seconds=1))


def address(number: int) -> str:
    return f"p{number}@town.example.test"


def journey(workspace: Workspace) -> list[dict[str, Any]]:
    number = defining.define(workspace, said={"label": "Times", "type": "number"})
    club = List.objects.create(workspace=workspace, name="Club")
    is_dana = {"field": "first_name", "op": "equals", "value": "Dana"}
    paths = [
        {"rule": is_dana, "steps": [step("join", list=club.pk)]},
        {"rule": {}, "steps": [step("tag", tag="Other")]},
    ]
    return [
        step("add", field=number.storage_key, value=1),
        step("mail", mailing=mail(workspace).pk, rest=False),
        step("branch", paths=paths),
        step("wait", amount=1, unit="minutes"),
        step("add", field=number.storage_key, value=1),
    ]


def mail(workspace: Workspace) -> Mailing:
    document = new_document(workspace, "mail", "en", [new_block("text", "en", text="Hi {{ first_name }}")])
    return Mailing.objects.create(
        workspace=workspace, name="Hi", purpose="service", subject="Hi", document=document, audience={}
    )


def tell() -> None:
    """Prints as JSON what the database holds of it all."""
    [automation] = Automation.objects.all()
    times = CustomField.objects.get(label="Times").storage_key
    told = {
        "orders": counted(Event.objects.filter(kind="order.placed"), "contact__email"),
        "walks": counted(Enrolment.objects.filter(automation=automation), "contact__email"),
        "ends": counted(Enrolment.objects.all(), "state"),
        "passages": counted(Passage.objects.all(), "step"),
        "again": [count for count in counted(Passage.objects.all(), "enrolment", "step").values() if count > 1],
        "times": counted(Contact.objects.all(), f"values__{times}"),
        "joined": counted(Event.objects.filter(kind="list.joined"), "contact__email"),
        "tagged": counted(Event.objects.filter(kind="tag.added"), "contact__email"),
        "mails": list(Delivery.objects.values_list("address", "state")),
    }
    print(json.dumps(told))  # noqa: T201


def counted(rows: Any, *names: str) -> dict[str, int]:
    return Counter(" ".join(map(str, row)) for row in rows.values_list(*names))
