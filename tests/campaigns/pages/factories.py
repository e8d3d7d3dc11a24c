"""Factories of the rooms of pages. A page takes its workspace; what hangs on it takes it from the page."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from campaigns.content.models import Document
from campaigns.pages.models import LandingPage, PageVersion, Referral, ShareLink, Submission
from tests.crm.factories import ContactFactory, WorkspaceFactory


class DocumentFactory(DjangoModelFactory[Document]):
    class Meta:
        model = Document

    workspace = factory.SubFactory(WorkspaceFactory)
    medium = Document.Medium.PAGE
    blocks: Any = factory.LazyFunction(list)


class LandingPageFactory(DjangoModelFactory[LandingPage]):
    """A draft; `campaigns.pages.publishing.publish` puts it on the air."""

    class Meta:
        model = LandingPage

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("לתת לחבר רכב נקי {}".format)
    slug = factory.Sequence("friend-{}".format)
    document = factory.SubFactory(DocumentFactory, workspace=factory.SelfAttribute("..workspace"))
    thanks = factory.SubFactory(
        DocumentFactory, workspace=factory.SelfAttribute("..workspace"), medium=Document.Medium.THANKS
    )


class PageVersionFactory(DjangoModelFactory[PageVersion]):
    class Meta:
        model = PageVersion

    page = factory.SubFactory(LandingPageFactory)
    workspace = factory.SelfAttribute("page.workspace")
    number = factory.Sequence(lambda number: number + 1)
    blocks: Any = factory.LazyFunction(list)
    thanks_blocks: Any = factory.LazyFunction(list)


class ShareLinkFactory(DjangoModelFactory[ShareLink]):
    """A contact's code; pass `visitor=` and `contact=None` for someone nobody knows yet."""

    class Meta:
        model = ShareLink

    page = factory.SubFactory(LandingPageFactory)
    workspace = factory.SelfAttribute("page.workspace")
    contact = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    code = factory.Sequence(lambda number: "DN4K" + "ABCDEFGH"[number % 8] + "ABCDEFGH"[number // 8 % 8])


class SubmissionFactory(DjangoModelFactory[Submission]):
    class Meta:
        model = Submission

    page = factory.SubFactory(LandingPageFactory)
    workspace = factory.SelfAttribute("page.workspace")
    contact = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"))
    block = "form0001"
    stamp = factory.Sequence("stamp{}".format)
    answers = factory.LazyAttribute(lambda lead: {"first_name": lead.contact.first_name, "email": lead.contact.email})


class ReferralFactory(DjangoModelFactory[Referral]):
    class Meta:
        model = Referral

    share_link = factory.SubFactory(ShareLinkFactory)
    page = factory.SelfAttribute("share_link.page")
    workspace = factory.SelfAttribute("share_link.workspace")
    sharer = factory.SelfAttribute("share_link.contact")
    friend = factory.SubFactory(ContactFactory, workspace=factory.SelfAttribute("..workspace"), first_name="גיל")
