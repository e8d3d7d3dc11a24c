"""Where custom fields, or what else conditions name, are used by this room:
conditions of segments, which a change of a field must not break."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.contacts.usage import Subject, Use, conditions_in, naming, register_usage
from crm.segments.models import Segment


def uses(subject: Subject) -> Iterator[Use]:
    rows = Segment.objects.filter(workspace_id=subject.workspace_id, deleted_at=None, is_fixed=False)
    for segment in naming(rows, "rule", subject):
        url = reverse("segments:segment_edit", kwargs={"workspace": subject.workspace.slug, "pk": segment.pk})
        yield Use(_("Segment"), segment.name, url, conditions_in(segment.rule, subject))


register_usage("segments", uses)
