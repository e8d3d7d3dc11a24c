"""Making and changing segments: the verbs that screens, REST and funnels share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.models import Contact
from crm.rules import grammar
from crm.segments import nesting
from crm.segments.models import Segment, SegmentMember
from crm.workspaces.models import User, Workspace

LONGEST_NAME = 100


@transaction.atomic
def save_segment(
    workspace: Workspace, *, name: str, rule: Any, by: User | None = None, segment: Segment | None = None
) -> Segment:
    """Makes a segment, or changes `segment`. Raises RuleError for the rule, ValidationError {"name": [...]} for the name.

    One at a time in a business, so that two savings cannot close a circle between them.
    """
    _take_turns(workspace)
    cleaned = {} if segment and segment.is_fixed else grammar.clean(rule, workspace)
    nesting.check(cleaned, workspace, segment=segment)
    saved = segment or Segment(workspace=workspace, created_by=by)
    saved.name, edited = clean_name(workspace, name, segment=segment), saved.pk is None or saved.rule != cleaned
    saved.rule = cleaned
    saved.save()
    if edited:
        _work_out_anew(saved)
    return saved


def _work_out_anew(segment: Segment) -> None:
    """A rule that was written anew has no answer yet, and neither have the segments that name it."""
    naming = nesting.naming(segment)
    stale = Segment.objects.filter(pk__in=[segment.pk, *naming], is_fixed=False)
    stale.update(refreshed_at=None, refresh_at=timezone.now())
    segment.refresh_from_db(fields=["refreshed_at", "refresh_at"])


@transaction.atomic
def freeze(workspace: Workspace, *, name: str, contact_ids: Iterable[int], by: User | None = None) -> Segment:
    """A fixed segment of these people, whatever becomes of the report they came from. Ids of others are left out.

    `name` is what the report calls them: cut to fit, and numbered where it is taken. Raises ValidationError where it is empty.
    """
    _take_turns(workspace)
    words = _one_line(name)[:LONGEST_NAME].strip()
    named = clean_name(workspace, free_name(workspace, words))
    segment = Segment.objects.create(workspace=workspace, name=named, is_fixed=True, refresh_at=None, created_by=by)
    mine = Contact.objects.filter(workspace=workspace, pk__in=set(contact_ids)).alive().values_list("pk", flat=True)
    rows = (SegmentMember(workspace=workspace, segment=segment, contact_id=pk) for pk in mine)
    SegmentMember.objects.bulk_create(rows, batch_size=2000)
    return segment


@transaction.atomic
def duplicate(segment: Segment, *, by: User | None = None) -> Segment:
    """A twin with a name of its own."""
    _take_turns(segment.workspace)
    name = free_name(segment.workspace, segment.name)
    if segment.is_fixed:
        ids = segment.members.values_list("contact", flat=True)
        return freeze(segment.workspace, name=name, contact_ids=ids, by=by)
    return Segment.objects.create(workspace=segment.workspace, name=name, rule=segment.rule, created_by=by)


@transaction.atomic
def delete(segment: Segment) -> None:
    """Into the bin. Raises ValidationError while another segment names it."""
    _take_turns(segment.workspace)
    using = [
        other.name
        for other in Segment.objects.filter(workspace=segment.workspace, deleted_at=None).exclude(pk=segment.pk)
        if segment.pk in nesting.named_in(other.rule)
    ]
    if using:
        names = ", ".join(f"“{name}”" for name in using)
        raise ValidationError(_("Other segments depend on this one: %(names)s.") % {"names": names})
    segment.deleted_at = timezone.now()
    segment.save(update_fields=["deleted_at"])


@transaction.atomic
def restore(segment: Segment) -> None:
    """Out of the bin, under another name if its own was taken meanwhile."""
    _take_turns(segment.workspace)
    segment.name = free_name(segment.workspace, segment.name)
    segment.deleted_at = None
    segment.save(update_fields=["deleted_at", "name"])
    _work_out_anew(segment)


def clean_name(workspace: Workspace, name: Any, *, segment: Segment | None = None) -> str:
    cleaned = _one_line(name)
    if not cleaned:
        raise ValidationError({"name": [_("Give the segment a name.")]})
    if len(cleaned) > LONGEST_NAME:
        raise ValidationError({"name": [_("At most %(count)d characters.") % {"count": LONGEST_NAME}]})
    if _taken(workspace, segment).filter(name__iexact=cleaned).exists():
        raise ValidationError({"name": [_("A segment of this name exists already.")]})
    return cleaned


def _one_line(name: Any) -> str:
    return " ".join(name.replace("\0", "").split()) if isinstance(name, str) else ""


def free_name(workspace: Workspace, name: str) -> str:
    """The name itself, or with the first number that is free: "Loyal (2)"."""
    taken = {other.lower() for other in _taken(workspace, None).values_list("name", flat=True)}
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{name[:94]} ({number})"
    return candidate


def _taken(workspace: Workspace, segment: Segment | None) -> Any:
    others = Segment.objects.filter(workspace=workspace, deleted_at=None)
    return others.exclude(pk=segment.pk) if segment else others


def _take_turns(workspace: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm_segment'), %s)", [workspace.pk])
