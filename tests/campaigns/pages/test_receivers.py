"""What this room gives to the rooms below: link targets, and how a person is erased."""

from __future__ import annotations

import pytest
from django.utils import timezone

from campaigns.content.links import clean_link, resolve
from campaigns.pages.models import LandingPage, Referral, ShareLink, Submission
from crm.contacts.erasing import erase
from crm.timeline.models import Event
from tests.campaigns.pages.conftest import url_of
from tests.campaigns.pages.factories import LandingPageFactory, ReferralFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_a_link_may_lead_to_a_page_by_its_id(page: LandingPage) -> None:
    assert clean_link(f"page:{page.pk}", page.workspace) == f"page:{page.pk}"
    assert resolve(f"page:{page.pk}", page.workspace) == f"http://localhost:8000{url_of(page)}"
    assert resolve(f"page:{LandingPageFactory().pk}", page.workspace) is None
    page.deleted_at = timezone.now()
    page.save()
    assert resolve(f"page:{page.pk}", page.workspace) is None


def test_an_erased_friend_leaves_no_row_and_no_name_on_the_sharers_card(page: LandingPage) -> None:
    referral = ReferralFactory(share_link__page=page, friend__first_name="גיל")
    SubmissionFactory(page=page, contact=referral.friend)
    from crm.timeline.recording import record

    record(page.workspace, "referral.credited", contact=referral.sharer, subject=referral.friend)
    erase(referral.friend, actor="user:1")
    assert not Submission.objects.exists()
    assert not Referral.objects.exists()
    assert Event.objects.get(kind="referral.credited").subject_label == ""


def test_an_erased_sharer_takes_their_code_along_and_leaves_the_friend(page: LandingPage) -> None:
    referral = ReferralFactory(share_link__page=page)
    erase(referral.sharer, actor="user:1")
    assert not ShareLink.objects.exists()
    referral.friend.refresh_from_db()
    assert referral.friend.deleted_at is None
