"""Where custom fields, or what else conditions name, are used by this room:
personal details and focused content of mailings that were not sent yet."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from campaigns.mailings.models import Mailing
from crm.contacts.usage import Subject, Use, conditions_in, naming, register_usage


def uses(subject: Subject) -> Iterator[Use]:
    drafts = Mailing.objects.filter(workspace_id=subject.workspace_id, deleted_at=None, status=Mailing.Status.DRAFT)
    documents = naming(Document.objects.filter(workspace_id=subject.workspace_id), "blocks", subject)
    word = rf"\m{subject.storage_key}\M"
    named = Q(subject__regex=word) | Q(preheader__regex=word) | Q(document__in=documents)
    for mailing in drafts.filter(named).select_related("document"):
        url = reverse("mailings:mailing_compose", kwargs={"workspace": subject.workspace.slug, "pk": mailing.pk})
        yield Use(_("Mailing"), mailing.name, url, conditions_in(mailing.document.blocks, subject))


register_usage("mailings", uses)
