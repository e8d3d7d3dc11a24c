"""An act in plain words: its title, the button that begins it, what became of the people."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from crm.bulk.models import BulkAct
from crm.bulk.selecting import Whom
from crm.contacts.fields import display
from crm.contacts.models import CustomField
from crm.rules import reading
from crm.rules.remembering import remembering

Kind = BulkAct.Kind
TITLES = {
    Kind.TAG: gettext_lazy("Adding the tag %(label)s"),
    Kind.UNTAG: gettext_lazy("Taking off the tag %(label)s"),
    Kind.JOIN: gettext_lazy("Adding to the list %(label)s"),
    Kind.LEAVE: gettext_lazy("Taking off the list %(label)s"),
    Kind.SET: gettext_lazy("Filling in %(label)s"),
    Kind.CLEAR: gettext_lazy("Emptying %(label)s"),
    Kind.DELETE: gettext_lazy("Moving to the bin"),
    Kind.RESTORE: gettext_lazy("Restoring from the bin"),
}
BUTTONS = {
    Kind.TAG: ngettext_lazy("Add a tag to %(shown)s contact", "Add a tag to %(shown)s contacts", "count"),
    Kind.UNTAG: ngettext_lazy("Take a tag off %(shown)s contact", "Take a tag off %(shown)s contacts", "count"),
    Kind.JOIN: ngettext_lazy("Add %(shown)s contact to a list", "Add %(shown)s contacts to a list", "count"),
    Kind.LEAVE: ngettext_lazy("Take %(shown)s contact off a list", "Take %(shown)s contacts off a list", "count"),
    Kind.SET: ngettext_lazy("Fill in a field of %(shown)s contact", "Fill in a field of %(shown)s contacts", "count"),
    Kind.CLEAR: ngettext_lazy("Empty a field of %(shown)s contact", "Empty a field of %(shown)s contacts", "count"),
    Kind.DELETE: ngettext_lazy("Delete %(shown)s contact", "Delete %(shown)s contacts", "count"),
    Kind.RESTORE: ngettext_lazy("Restore %(shown)s contact", "Restore %(shown)s contacts", "count"),
}
ICONS = {
    Kind.TAG: "tag",
    Kind.UNTAG: "tag",
    Kind.JOIN: "list-check",
    Kind.LEAVE: "user-minus",
    Kind.SET: "edit",
    Kind.CLEAR: "edit",
    Kind.DELETE: "trash",
    Kind.RESTORE: "arrow-back-up",
}


def shown(count: int) -> str:
    return number_format(count, force_grouping=True)


def title_of(act: BulkAct) -> str:
    return str(TITLES[Kind(act.kind)]) % {"label": act.params.get("label", "")}


def heading_of(act: BulkAct) -> SafeString:
    """The title with the owner's own word isolated."""
    label = format_html("<bdi>{}</bdi>", act.params.get("label", ""))
    return format_html(str(TITLES[Kind(act.kind)]).replace("%(label)s", "{label}") + "{end}", label=label, end="")


def button_of(kind: str, count: int) -> str:
    return str(BUTTONS[Kind(kind)] % {"count": count, "shown": shown(count)})


def result_of(act: BulkAct) -> str:
    """For a toast: what was done, how many were so already, who was left out."""
    parts = [_changed(act)]
    if act.same:
        same = ngettext("%(shown)s was so already.", "%(shown)s were so already.", act.same)
        parts.append(same % {"shown": shown(act.same)})
    if act.refused:
        parts.append(refused_words(act.refused))
    return " ".join(parts)


def _changed(act: BulkAct) -> str:
    if not act.changed:
        return _("%(title)s: nothing had to change.") % {"title": title_of(act)}
    words = ngettext("%(title)s: %(shown)s contact changed.", "%(title)s: %(shown)s contacts changed.", act.changed)
    return words % {"title": title_of(act), "shown": shown(act.changed)}


def refused_words(count: int) -> str:
    words = ngettext(
        "%(shown)s was left out because they were taken off this list before.",
        "%(shown)s were left out because they were taken off this list before.",
        count,
    )
    return words % {"shown": shown(count)}


def undone_of(act: BulkAct) -> str:
    undone = ngettext("Undone for %(shown)s contact.", "Undone for %(shown)s contacts.", act.undone)
    parts = [undone % {"shown": shown(act.undone)}]
    if act.kept:
        kept = ngettext(
            "%(shown)s was changed since, and stays as it is.",
            "%(shown)s were changed since, and stay as they are.",
            act.kept,
        )
        parts.append(kept % {"shown": shown(act.kept)})
    return " ".join(parts)


def whom_of(act: BulkAct) -> SafeString | str:
    """The people in words: chosen one by one, or the search in its plain reading."""
    if "state" not in act.whom:
        count = int(act.whom.get("ids", act.total))
        return ngettext("%(shown)s contact, chosen by hand", "%(shown)s contacts, chosen by hand", count) % {
            "shown": shown(count)
        }
    return reading_of(Whom(act.workspace, state=str(act.whom["state"])))


def reading_of(whom: Whom) -> SafeString | str:
    try:
        search = whom.search
    except Http404:
        return _("A search for a list or a tag that is gone by now")
    if search.only == "bin":
        return _("People in the bin")
    with remembering():
        return reading.marked(reading.read(search.rule() if search.is_narrow else {}, search.workspace))


def value_of(act: BulkAct) -> str:
    """The value a field was filled with, in words."""
    if act.kind != Kind.SET:
        return ""
    field: Any = CustomField.objects.filter(workspace_id=act.workspace_id, pk=act.params["field"]).first()
    return display(field, act.params.get("value")) if field else ""
