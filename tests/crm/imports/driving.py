"""An import driven to its end without a clock: upload, plan, check, run, undo."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from typing import Any

from crm.consent.models import Consent, Suppression
from crm.contacts.models import Contact, ContactTag, Subscription
from crm.imports import planning, steering, storing, working
from crm.imports.detecting import detect
from crm.imports.models import Import
from crm.imports.reading import open_table
from crm.workspaces.models import Workspace

PATIENCE = 60  # seconds
NO_CONSENT = {"basis": "none"}
AGREED = {"basis": "agreed", "channels": ["email"], "how": "טופס בחנות", "wording": "אפשר לשלוח לי דיוור"}


def csv_of(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def work() -> None:
    working.work(until=time.monotonic() + PATIENCE)


def uploaded(
    workspace: Workspace, rows: Sequence[Sequence[Any]], *, by: Any = None, name: str = "people.csv"
) -> Import:
    """The first row holds the titles, which are also the targets of `plan_of`."""
    importing = storing.receive(workspace, name=name, chunks=[csv_of(rows)], by=by)
    layout = detect(storing.open_file(importing))
    layout = layout.overruled({"header_row": 1, "delimiter": ","})
    table = open_table(storing.open_file(importing), layout)
    return steering.describe(importing, shape=layout.as_json(), headers=table.columns)


def plan_of(titles: Sequence[Any], policies: Mapping[str, str] | None = None, **plan: Any) -> dict[str, Any]:
    said = policies or {}
    columns = [{"target": title, "policy": said.get(title, "overwrite")} for title in titles]
    return {"columns": columns, "consent": NO_CONSENT} | plan


def checked(workspace: Workspace, rows: Sequence[Sequence[Any]], *, by: Any = None, **plan: Any) -> Import:
    importing = uploaded(workspace, rows, by=by)
    planning.accept(importing, plan_of(rows[0], **plan), by=by)
    work()
    return fresh(importing)


def started(importing: Import) -> Import:
    steering.start(importing, by=importing.created_by)
    work()
    return fresh(importing)


def imported(workspace: Workspace, rows: Sequence[Sequence[Any]], **plan: Any) -> Import:
    """Checked and run; the dry run must have said what then happened."""
    importing = started(checked(workspace, rows, **plan))
    assert importing.status == Import.Status.DONE, importing.fault
    assert importing.tallies["done"] == importing.tallies["checked"]
    return importing


def undone(importing: Import) -> Import:
    steering.undo(importing, by=None)
    work()
    return fresh(importing)


def fresh(importing: Import) -> Import:
    return Import.objects.select_related("workspace", "created_by").get(pk=importing.pk)


def dump(workspace: Workspace) -> dict[str, list[Any]]:
    """All that an undo must bring back, in order: living people, their lists and tags, what consent says now, blocks."""
    people = Contact.objects.filter(workspace=workspace).alive()
    alive = people.values("pk")
    own = ("pk", "email", "phone", "first_name", "last_name", "source", "values")
    on_lists = Subscription.objects.filter(workspace=workspace, contact__in=alive)
    current = Consent.objects.filter(workspace=workspace, contact__in=alive, is_current=True)
    tags = ContactTag.objects.filter(workspace=workspace, contact__in=alive)
    blocks = Suppression.objects.filter(workspace=workspace)
    return {
        "people": list(people.order_by("pk").values_list(*own)),
        "lists": sorted(on_lists.values_list("contact_id", "list_id", "status")),
        "tags": sorted(tags.values_list("contact_id", "tag_id")),
        "consents": sorted(current.values_list("contact_id", "channel", "state", "pk")),
        "blocks": sorted(map(bytes, blocks.values_list("address_hash", flat=True))),
    }
