"""Groups of fields, and the order of fields in them: what the owner arranges, and the card and the forms follow.

Fields without a group stand first. A field's `position` counts through the whole business, so that a list that knows no groups
keeps the owner's order too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from crm.contacts.identity import one_line
from crm.contacts.models import CustomField, FieldGroup
from crm.workspaces.models import Workspace

MOST_GROUPS, NAME_LENGTH = 30, 60
Layout = Sequence[tuple[int | None, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Section:
    """A group, or None for the fields without one, and its fields in their order."""

    group: FieldGroup | None
    fields: list[CustomField] = field(default_factory=list)


def sections(workspace: Workspace, fields: Iterable[CustomField]) -> list[Section]:
    """`fields` by group; groups without any of them are there too, the part without a group only where it holds something
    or nothing else does. One statement."""
    found = {group.pk: Section(group) for group in workspace.field_groups.all()}
    loose = Section(None)
    for each in sorted(fields, key=lambda each: (each.position, each.pk)):
        found.get(each.group_id or 0, loose).fields.append(each)
    return [loose, *found.values()] if loose.fields or not found else list(found.values())


def clean_name(workspace: Workspace, name: object, *, group: FieldGroup | None = None) -> str:
    """Raises ValidationError {"name": [...]}."""
    words = one_line(name) if isinstance(name, str) else ""
    if not words:
        raise ValidationError({"name": [_("Write a name for the group.")]})
    if len(words) > NAME_LENGTH:
        raise ValidationError({"name": [_("At most %(limit)s characters.") % {"limit": NAME_LENGTH}]})
    others = workspace.field_groups.exclude(pk=group.pk) if group else workspace.field_groups.all()
    if others.filter(name__iexact=words).exists():
        raise ValidationError({"name": [_("There is a group of this name already.")]})
    return words


@transaction.atomic
def save_group(workspace: Workspace, *, name: object, group: FieldGroup | None = None) -> FieldGroup:
    """Makes a group, the last one, or renames `group`. Raises ValidationError {"name": [...]}."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two of one name take turns
    words = clean_name(workspace, name, group=group)
    if group is None:
        if workspace.field_groups.count() >= MOST_GROUPS:
            raise ValidationError({"name": [_("A business has at most %(limit)s groups.") % {"limit": MOST_GROUPS}]})
        last = workspace.field_groups.aggregate(last=Max("position"))["last"]
        group = FieldGroup(workspace=workspace, position=0 if last is None else last + 1)
    group.name = words
    group.save()
    return group


def named(workspace: Workspace, name: str) -> FieldGroup | None:
    """The group of that name, made if there is none; None for an empty name. Raises ValidationError {"name": [...]}."""
    words = one_line(name)
    if not words:
        return None
    return workspace.field_groups.filter(name__iexact=words).first() or save_group(workspace, name=words)


def remove(group: FieldGroup) -> None:
    """The group goes; its fields stay, without a group."""
    group.delete()


@transaction.atomic
def arrange(workspace: Workspace, ids: Sequence[int]) -> None:
    """Puts the fields in the order of `ids`; those not named follow as they stood. Raises ValidationError for a foreign id."""
    fields = {field.pk: field for field in workspace.custom_fields.select_for_update()}
    if not set(ids) <= fields.keys():
        raise ValidationError(_("There is no such field."))
    rest = [pk for pk in fields if pk not in set(ids)]
    for place, pk in enumerate(dict.fromkeys([*ids, *rest])):
        fields[pk].position = place
    CustomField.objects.bulk_update(fields.values(), ["position"])


@transaction.atomic
def lay_out(workspace: Workspace, layout: Layout) -> None:
    """Puts groups and fields in this order: [(group id or None, [field ids])]. What is not named keeps its group and follows.

    Raises ValidationError for a foreign id.
    """
    groups = {group.pk: group for group in workspace.field_groups.select_for_update()}
    named_groups = [pk for pk, _fields in layout if pk is not None]
    if not set(named_groups) <= groups.keys():
        raise ValidationError(_("There is no such group."))
    arrange(workspace, [pk for _group, fields in layout for pk in fields])
    for group, fields in layout:
        workspace.custom_fields.filter(pk__in=fields).exclude(group=group).update(group=group)
    rest = [pk for pk in groups if pk not in set(named_groups)]
    for place, pk in enumerate(dict.fromkeys([*named_groups, *rest])):
        groups[pk].position = place
    FieldGroup.objects.bulk_update(groups.values(), ["position"])


def layout_of(workspace: Workspace) -> list[tuple[int | None, list[int]]]:
    """The present order of the fields in use, as `lay_out` takes it; always begins with the part without a group."""
    found = sections(workspace, workspace.custom_fields.active())
    layout = [(part.group.pk if part.group else None, [each.pk for each in part.fields]) for part in found]
    return layout if layout and layout[0][0] is None else [(None, []), *layout]


@transaction.atomic
def move(field: CustomField, step: int) -> None:
    """One place earlier (-1) or later (+1) among the fields in use; at the edge of a group, into the next one."""
    layout = layout_of(field.workspace)
    part = next(place for place, (_group, fields) in enumerate(layout) if field.pk in fields)
    fields = layout[part][1]
    place = fields.index(field.pk)
    if 0 <= place + step < len(fields):
        fields[place], fields[place + step] = fields[place + step], fields[place]
    elif 0 <= part + step < len(layout):
        fields.remove(field.pk)
        neighbours = layout[part + step][1]
        neighbours.insert(len(neighbours) if step < 0 else 0, field.pk)
    lay_out(field.workspace, layout)


@transaction.atomic
def move_group(group: FieldGroup, step: int) -> None:
    """One place earlier (-1) or later (+1) among the groups."""
    layout = layout_of(group.workspace)
    place = next(place for place, (pk, _fields) in enumerate(layout) if pk == group.pk)
    if 1 <= place + step < len(layout):
        layout[place], layout[place + step] = layout[place + step], layout[place]
    lay_out(group.workspace, layout)
