"""The kinds of event this room records.

Everything typed about a person stands in properties named `old`, `new` or `shown`, which are erased with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.contacts.identity import clean_email, clean_phone
from crm.contacts.models import CustomField, List, Tag
from crm.timeline import kinds, people
from crm.timeline.kinds import Kind

TYPED = frozenset({"old", "new", "shown", "filled", "replaced"})


def lists(workspace: Any) -> Iterable[tuple[int, str]]:
    return List.objects.filter(workspace=workspace, deleted_at=None).values_list("id", "name")


def tags(workspace: Any) -> Iterable[tuple[int, str]]:
    return Tag.objects.filter(workspace=workspace).values_list("id", "name")


def custom_fields(workspace: Any) -> Iterable[tuple[int, str]]:
    return CustomField.objects.filter(workspace=workspace, archived_at=None).values_list("id", "label")


def statuses(workspace: Any) -> Iterator[tuple[int, str]]:
    """The options of the starter field "status" by the number in their id, so that a funnel may wait for one of them."""
    field = CustomField.objects.filter(workspace=workspace, key="status").first()
    for option in field.options if field else []:
        yield int(option["id"][1:]), option["label"]


OWN_FIELDS = {
    "email": _("E-mail"),
    "phone": _("Mobile"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "source": _("Source"),
}


def change_in_words(properties: dict[str, Any]) -> dict[str, object]:
    """What a field was changed to. The contact's own fields are named in the reader's language, custom ones by their label."""
    hidden = _("changed, and hidden") if properties.get("hidden") else ""
    words: dict[str, object] = {"shown": hidden or properties.get("shown") or _("emptied")}
    own = OWN_FIELDS.get(properties.get("field", ""))
    return words | {"subject": own} if own else words


def the_list(event: Any) -> list[str]:
    return [f"list:{event.subject_id}"]


def the_tag(event: Any) -> list[str]:
    return [f"tag:{event.subject_label.lower()}"]


def the_field(event: Any) -> list[str]:
    """A status is a field too, and its event says which."""
    return [f"field:{event.properties.get('field', '')}"]


kinds.register(
    Kind("contact.created", label=_("Became a contact"), sentence=_("Became a contact"), icon="user-plus", tone="leaf"),
    Kind("contact.binned", label=_("Was deleted"), sentence=_("Moved to the bin"), icon="trash"),
    Kind("contact.erased", label=_("Was erased"), sentence=_("Erased for good"), icon="trash", of_nobody=True),
    Kind("contact.restored", label=_("Was restored"), sentence=_("Restored from the bin"), icon="arrow-back-up"),
    Kind(
        "contact.merged",
        label=_("Duplicates were merged"),
        sentence=_("Merged with a duplicate"),
        icon="git-merge",
        subject_type="contact",
        personal=TYPED,
    ),
    Kind(
        "contact.unmerged",
        label=_("A merge was undone"),
        sentence=_("A merge was undone"),
        icon="git-branch",
        subject_type="contact",
    ),
    Kind(
        "contact.conflicted",
        label=_("Gave details of another contact"),
        sentence=_("Gave a phone number that belongs to another contact, so it was left out"),
        icon="alert-circle",
        tone="ember",
        subject_type="contact",
        personal=frozenset({"phone"}),
    ),
    Kind(
        "list.joined",
        label=_("Joined a list"),
        sentence=_("Joined the list %(subject)s"),
        icon="list-check",
        tone="leaf",
        subject_type="list",
        subjects=lists,
        touches=the_list,
    ),
    Kind(
        "list.left",
        label=_("Left a list"),
        sentence=_("Left the list %(subject)s"),
        icon="user-minus",
        subject_type="list",
        subjects=lists,
        touches=the_list,
    ),
    Kind(
        "tag.added",
        label=_("Got a tag"),
        sentence=_("Got the tag %(subject)s"),
        icon="tag",
        subject_type="tag",
        subjects=tags,
        touches=the_tag,
    ),
    Kind(
        "tag.removed",
        label=_("Lost a tag"),
        sentence=_("The tag %(subject)s was taken off"),
        icon="tag",
        subject_type="tag",
        subjects=tags,
        touches=the_tag,
    ),
    Kind(
        "field.changed",
        label=_("A field changed"),
        sentence=_("%(subject)s: %(shown)s"),
        icon="edit",
        subject_type="field",
        subjects=custom_fields,
        personal=TYPED,
        words=change_in_words,
        touches=the_field,
    ),
    Kind(
        "status.changed",
        label=_("The status changed"),
        sentence=_("The status changed to %(subject)s"),
        icon="flag",
        tone="sun",
        subject_type="status",
        subjects=statuses,
        personal=TYPED,
        touches=the_field,
    ),
)
people.register_cleaner("email", clean_email)
people.register_cleaner("phone", clean_phone)
