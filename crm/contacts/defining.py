"""Making and changing custom fields. An option in use may be renamed, never dropped under its answers.

A type changes only by `converting.convert`, which takes every answer along; order and groups are in `grouping`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.contacts import grouping, masking
from crm.contacts.fields import clean_value
from crm.contacts.identity import one_line
from crm.contacts.models import Contact, CustomField, FieldGroup, FieldType
from crm.workspaces.models import Workspace

MOST_FIELDS, MOST_OPTIONS, OPTION_LENGTH = 200, 200, 100
RATINGS = range(2, 11)
WITH_OPTIONS = (FieldType.CHOICE, FieldType.CHOICES)
TRAITS = ("required", "is_sensitive", "is_filterable")
WORDS = {"label": 100, "help_text": 200, "low_label": 60, "high_label": 60}
Option = Mapping[str, Any]


@transaction.atomic
def define(
    workspace: Workspace, *, field: CustomField | None = None, said: Mapping[str, Any], options: Sequence[Option] = ()
) -> CustomField:
    """Makes a field, or changes `field`. `said`: label, type (of a new one), help_text, rating_max, low_label, high_label,
    group (a FieldGroup, or its name, which is made if new; None or "" for none), required, is_sensitive, is_filterable, and
    default (as typed; None or "" for none). What is left out stays.

    `options` are {"id": "o1" or "", "label"} in their order; a new one gets an id that no other ever had. Raises
    ValidationError with a dict of the names above.
    """
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    subject = field or _new(workspace, said)
    errors = _write_words(subject, said)
    if subject.type in WITH_OPTIONS and (options or field is None):
        try:
            subject.options = _options(subject, options)
        except ValidationError as error:
            errors["options"] = error.messages
    if subject.type == FieldType.RATING:
        errors |= _write_rating(subject, said)
    errors |= _write_traits(subject, said)
    errors |= _write_default(subject, said, has_faults="options" in errors or "rating_max" in errors)
    if workspace.custom_fields.exclude(pk=subject.pk).filter(label__iexact=subject.label).exists():
        errors.setdefault("label", [_("There is a field of this title already. It may be in the archive.")])
    if errors:
        raise ValidationError(errors)
    try:
        with transaction.atomic():
            hides = subject.is_sensitive and (field is None or _was_open(subject))
            subject.save()
            if hides:
                masking.forget_told(subject)
    except IntegrityError:
        raise ValidationError(
            {"label": [_("There is a field of this title already. It may be in the archive.")]}
        ) from None
    return subject


def _new(workspace: Workspace, said: Mapping[str, Any]) -> CustomField:
    if said.get("type") not in FieldType.values:
        raise ValidationError({"type": [_("Choose the type of the field.")]})
    if workspace.custom_fields.count() >= MOST_FIELDS:
        raise ValidationError({"label": [_("A business has at most %(limit)s fields.") % {"limit": MOST_FIELDS}]})
    last = workspace.custom_fields.aggregate(last=Max("position"))["last"]
    return CustomField(workspace=workspace, type=said["type"], position=0 if last is None else last + 1)


def _write_words(field: CustomField, said: Mapping[str, Any]) -> dict[str, list[str]]:
    errors = {}
    for name, limit in WORDS.items():
        if name not in said:
            continue
        text = one_line(said[name] or "")
        if len(text) > limit:
            errors[name] = [_("At most %(limit)s characters.") % {"limit": limit}]
        setattr(field, name, text[:limit])
    if not field.label:
        errors["label"] = [_("Write a title.")]
    return errors


def _write_traits(field: CustomField, said: Mapping[str, Any]) -> dict[str, list[str]]:
    for name in TRAITS:
        if name in said:
            setattr(field, name, bool(said[name]))
    if field.is_sensitive and field.key == "status":
        return {"is_sensitive": [_("The status stands on lists and in funnels, so it cannot be hidden.")]}
    if "group" not in said:
        return {}
    try:
        group = said["group"]
        field.group = group if isinstance(group, FieldGroup) else grouping.named(field.workspace, group or "")
    except ValidationError as error:
        return {"group": error.messages}
    return {}


def _write_default(field: CustomField, said: Mapping[str, Any], *, has_faults: bool) -> dict[str, list[str]]:
    """Cleaned by the definition of the type; one that was kept is judged again, for its option may be gone."""
    raw = said.get("default", field.default)
    if has_faults:
        return {}
    try:
        field.default = None if raw in (None, "", []) else clean_value(field, raw)
    except ValidationError as error:
        return {"default": error.messages}
    return {}


def _was_open(field: CustomField) -> bool:
    return CustomField.objects.filter(pk=field.pk, is_sensitive=False).exists()


def _write_rating(field: CustomField, said: Mapping[str, Any]) -> dict[str, list[str]]:
    highest = said.get("rating_max", field.rating_max)
    if isinstance(highest, bool) or not isinstance(highest, int) or highest not in RATINGS:
        return {"rating_max": [_("Choose from %(lowest)s to %(highest)s.") % {"lowest": 2, "highest": 10}]}
    if field.pk and highest < field.rating_max and _rated_above(field, highest):
        return {"rating_max": [_("There are answers above this.")]}
    field.rating_max = highest
    return {}


def _rated_above(field: CustomField, highest: int) -> bool:
    return Contact.objects.filter(workspace=field.workspace, **{f"values__{field.storage_key}__gt": highest}).exists()


def _options(field: CustomField, options: Iterable[Option]) -> list[dict[str, str]]:
    """The options as kept. Raises ValidationError."""
    had = {str(option["id"]): option for option in field.options}
    kept: list[dict[str, str]] = []
    for option in options:
        label = one_line(option.get("label") or "")
        identifier = str(option.get("id") or "")
        if not label and not identifier:
            continue
        if not label or len(label) > OPTION_LENGTH:
            raise ValidationError(
                _("Every option needs words, at most %(limit)s characters.") % {"limit": OPTION_LENGTH}
            )
        if identifier and identifier not in had:
            raise ValidationError(_("There is no such option."))
        kept.append({"id": identifier, "label": label})
    _check_options(field, kept, had)
    return [option | {"id": option["id"] or _free_id(field, place)} for place, option in enumerate(kept, start=1)]


def _check_options(field: CustomField, kept: Sequence[Option], had: Mapping[str, Any]) -> None:
    if not kept or len(kept) > MOST_OPTIONS:
        raise ValidationError(_("Write at least one option, and at most %(limit)s.") % {"limit": MOST_OPTIONS})
    if len({option["label"].casefold() for option in kept}) < len(kept):
        raise ValidationError(_("Two options have the same words."))
    identifiers = [option["id"] for option in kept if option["id"]]
    if len(set(identifiers)) < len(identifiers):
        raise ValidationError(_("One option appears twice."))
    for dropped in had.keys() - set(identifiers):
        _check_unused(field, dropped, str(had[dropped]["label"]))


def _check_unused(field: CustomField, identifier: str, label: str) -> None:
    wanted: Any = [identifier] if field.type == FieldType.CHOICES else identifier
    holders = Contact.objects.filter(workspace=field.workspace, values__contains={field.storage_key: wanted}).count()
    if holders:
        words = ngettext(
            "%(count)d contact has the answer “%(label)s”. Rename it, or change their answer first.",
            "%(count)d contacts have the answer “%(label)s”. Rename it, or change their answers first.",
            holders,
        )
        raise ValidationError(words % {"count": holders, "label": label})


def _free_id(field: CustomField, place: int) -> str:
    """o1, o2... in a new field; later a random number, so that a dropped option never comes back under other words."""
    return f"o{place}" if field.pk is None else f"o{secrets.randbelow(899_999) + 100_001}"


def archive(field: CustomField) -> bool:
    """Takes the field out of every form; answers stay. Returns whether it was in use."""
    return bool(CustomField.objects.filter(pk=field.pk, archived_at=None).update(archived_at=timezone.now()))


def unarchive(field: CustomField) -> bool:
    return bool(CustomField.objects.filter(pk=field.pk, archived_at__isnull=False).update(archived_at=None))
