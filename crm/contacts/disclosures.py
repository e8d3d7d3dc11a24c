"""What this room and the timeline below it hold about a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.contacts.disclosing import Section, register_discloser
from crm.contacts.fields import display
from crm.contacts.models import Contact, ContactTag, Subscription
from crm.timeline import kinds
from crm.timeline.models import Event
from crm.timeline.reading import visitors_of
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    people = list(Contact.objects.filter(workspace=workspace, pk__in=ids).order_by("merged_into", "pk"))
    yield _identity(people)
    yield _fields(workspace, people)
    yield _lists(ids)
    yield _tags(ids)
    yield _events(workspace, ids)


def _identity(people: list[Contact]) -> Section:
    keys = ("id", "email", "phone", "first_name", "last_name", "source", "created_at", "updated_at", "merged_into_id")
    titles = (_("Number"), _("E-mail"), _("Mobile"), _("First name"), _("Last name"), _("Source"))
    columns = tuple(zip(keys, (*titles, _("Joined"), _("Changed"), _("Merged into")), strict=True))
    rows = [{key: getattr(contact, key) for key in keys} for contact in people]
    return Section("identity", _("Identity"), columns, rows)


def _fields(workspace: Workspace, people: list[Contact]) -> Section:
    fields = list(workspace.custom_fields.all())
    rows = [
        {
            "contact": one.pk,
            "key": field.storage_key,
            "label": field.label,
            "value": value,
            "text": display(field, value),
        }
        for one in people
        for field in fields
        if (value := one.values.get(field.storage_key)) is not None
    ]
    return Section("fields", _("Fields"), (("label", _("Field")), ("text", _("Value"))), rows)


def _lists(ids: list[int]) -> Section:
    found = Subscription.objects.filter(contact__in=ids).select_related("list").order_by("list__name", "pk")
    rows = [
        {
            "list": row.list.name,
            "status": row.status,
            "status_text": row.get_status_display(),
            "joined_at": row.joined_at,
            "left_at": row.left_at,
        }
        for row in found
    ]
    columns = (("list", _("List")), ("status_text", _("Status")), ("joined_at", _("Joined")), ("left_at", _("Left")))
    return Section("lists", _("Lists"), columns, rows)


def _tags(ids: list[int]) -> Section:
    found = ContactTag.objects.filter(contact__in=ids).select_related("tag").order_by("tag__name", "pk")
    rows = [{"tag": row.tag.name, "since": row.created_at} for row in found]
    return Section("tags", _("Tags"), (("tag", _("Tag")), ("since", _("Since"))), rows)


def _events(workspace: Workspace, ids: list[int]) -> Section:
    """What they did, as a contact and as a visitor. Erasing keeps the counts and takes the person out."""
    condition = Q(contact_id__in=ids) | Q(contact_id=None, visitor_id__in=visitors_of(Contact, ids))
    found = Event.objects.filter(condition, workspace=workspace).order_by("occurred_at", "id")
    rows = [_event(event) for event in found.iterator(chunk_size=2000)]
    columns = (("at", _("When")), ("text", _("Activity")), ("source", _("Source")))
    return Section("events", _("Activity history"), columns, rows, stays=True)


def _event(event: Event) -> dict[str, object]:
    return {
        "at": event.occurred_at,
        "kind": event.kind,
        "text": kinds.sentence(event.kind, subject=event.subject_label, properties=event.properties),
        "subject": event.subject_label,
        "source": event.source,
        "medium": event.medium,
        "campaign": event.campaign,
        "value": event.value,
        "currency": event.currency,
        "properties": event.properties,
        "by_robot": event.verdict == "robot",
    }


register_discloser(
    "contacts",
    tell,
    covers=["crm.Contact.merged_into", "crm.Subscription.contact", "crm.ContactTag.contact", "crm.Event.contact"],
    order=10,
)
