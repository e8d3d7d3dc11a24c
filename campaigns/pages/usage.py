"""Where custom fields, or what else conditions name, are used by this room:
what pages ask, say and show, in drafts and on the air."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.content.models import Document
from campaigns.pages.models import LandingPage, PageVersion
from crm.contacts.usage import Subject, Use, conditions_in, naming, register_usage


def uses(subject: Subject) -> Iterator[Use]:
    pages = LandingPage.objects.filter(workspace_id=subject.workspace_id, deleted_at=None)
    told: dict[int, list[object]] = {}
    documents = Document.objects.filter(workspace_id=subject.workspace_id)
    for document in naming(documents, "blocks", subject).filter(page__in=pages).values("page", "blocks"):
        told.setdefault(document["page"], []).append(document["blocks"])
    for document in naming(documents, "blocks", subject).filter(thanks_of__in=pages).values("thanks_of", "blocks"):
        told.setdefault(document["thanks_of"], []).append(document["blocks"])
    live = PageVersion.objects.filter(pk__in=pages.exclude(version=None).values("version"))
    for version in naming(live, "blocks", subject).values("page", "blocks"):
        told.setdefault(version["page"], []).append(version["blocks"])
    for page in pages.filter(pk__in=told):
        url = reverse("pages:page_editor", kwargs={"workspace": subject.workspace.slug, "pk": page.pk})
        yield Use(_("Landing page"), page.name, url, conditions_in(told[page.pk], subject))


register_usage("pages", uses)
