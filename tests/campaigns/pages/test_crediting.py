"""Who is thanked for a friend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.pages.crediting import credit, land
from campaigns.pages.models import LandingPage, Referral, ShareLink
from campaigns.pages.sharing import Someone
from crm.timeline.models import Event, Verdict
from crm.visitors.identifying import identify_by_form
from tests.campaigns.pages.factories import LandingPageFactory, ShareLinkFactory
from tests.crm.factories import ContactFactory, VisitorFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
NOBODY = Someone()


@pytest.fixture
def page() -> LandingPage:
    return LandingPageFactory()


@pytest.fixture
def dana(page: LandingPage) -> ShareLink:
    return ShareLinkFactory(page=page, contact__first_name="דנה")


def join(page: LandingPage, code: str = "", **how: Any) -> Referral | None:
    friend = how.pop("friend", None) or ContactFactory(workspace=page.workspace, first_name="גיל")
    return credit(friend, page, code, **{"here": NOBODY, "is_first_capture": True} | how)


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def test_a_friend_who_landed_by_a_code_is_credited_to_its_sharer(page: LandingPage, dana: ShareLink) -> None:
    land(dana, here=NOBODY)
    referral = join(page, dana.code)
    assert referral is not None
    assert referral.sharer == dana.contact


def test_both_cards_name_the_other(page: LandingPage, dana: ShareLink) -> None:
    referral = join(page, dana.code)
    assert referral is not None
    joined = Event.objects.get(kind="referral.joined")
    credited = Event.objects.get(kind="referral.credited")
    assert (joined.contact, joined.subject_id, joined.subject_label) == (referral.friend, dana.contact_id, "דנה")
    assert (credited.contact, credited.subject_id, credited.subject_label) == (dana.contact, referral.friend_id, "גיל")


def test_with_beacon_and_pixel_blocked_the_sent_form_is_the_landing(page: LandingPage, dana: ShareLink) -> None:
    assert join(page, dana.code)
    landing = Event.objects.get(kind="share.landed")
    assert (landing.verdict, landing.verdict_reason, landing.properties["code"]) == ("human", "form", dana.code)


def test_a_known_landing_is_not_recorded_twice(page: LandingPage, dana: ShareLink) -> None:
    land(dana, here=NOBODY)
    assert join(page, dana.code)
    assert Event.objects.filter(kind="share.landed").count() == 1


@pytest.mark.parametrize("code", ["", "ZZZZZZZ", "\x00", "' OR 1=1", "א" * 7, "A" * 4000])
def test_no_code_or_a_strange_one_credits_nobody(page: LandingPage, code: str) -> None:
    assert join(page, code) is None


def test_the_code_of_another_business_credits_nobody(page: LandingPage) -> None:
    assert join(page, ShareLinkFactory(page=LandingPageFactory(workspace=WorkspaceFactory())).code) is None
    assert not Event.objects.filter(kind="share.landed").exists()


def test_a_robot_that_lands_earns_nobody_anything(page: LandingPage, dana: ShareLink) -> None:
    visitor = VisitorFactory(workspace=page.workspace)
    land(dana, here=Someone(visitor=visitor), verdict=Verdict.ROBOT, reason="preview or scanner")
    assert join(page, here=Someone(visitor=visitor)) is None


@pytest.mark.parametrize("verdict", [Verdict.ROBOT, Verdict.UNKNOWN])
def test_what_sends_the_form_must_be_a_person(page: LandingPage, dana: ShareLink, verdict: str) -> None:
    land(dana, here=NOBODY)
    assert join(page, dana.code, verdict=verdict) is None


def test_someone_captured_before_brings_no_credit(page: LandingPage, dana: ShareLink) -> None:
    assert join(page, dana.code, is_first_capture=False) is None


def test_a_friend_is_credited_once_in_their_life(page: LandingPage, dana: ShareLink) -> None:
    yoav = ShareLinkFactory(page=page)
    first = join(page, dana.code)
    assert first is not None
    assert join(page, yoav.code, friend=first.friend) is None
    assert Event.objects.filter(kind="referral.joined").count() == 1


def test_the_last_of_several_landings_counts_whatever_the_tab_says(page: LandingPage, dana: ShareLink) -> None:
    friend, yoav = VisitorFactory(workspace=page.workspace), ShareLinkFactory(page=page)
    here = Someone(visitor=friend)
    land(dana, here=here, now=days_ago(3))
    land(yoav, here=here, now=days_ago(1))
    referral = join(page, dana.code, here=here)
    assert referral is not None
    assert referral.sharer == yoav.contact


def test_with_consent_to_browsing_a_landing_counts_without_a_code_in_the_address(
    page: LandingPage, dana: ShareLink
) -> None:
    here = Someone(visitor=VisitorFactory(workspace=page.workspace))
    land(dana, here=here, now=days_ago(29))
    assert join(page, here=here)


def test_after_thirty_days_a_landing_is_forgotten(page: LandingPage, dana: ShareLink) -> None:
    here = Someone(visitor=VisitorFactory(workspace=page.workspace))
    land(dana, here=here, now=days_ago(31))
    assert join(page, here=here) is None
    assert join(page, dana.code, here=here) is None


def test_a_tab_that_stayed_open_for_a_month_earns_nothing_either(page: LandingPage, dana: ShareLink) -> None:
    land(dana, here=NOBODY, now=days_ago(31))
    assert join(page, dana.code) is None


def test_oneself_is_refused_with_another_address_in_the_same_browser(page: LandingPage, dana: ShareLink) -> None:
    assert join(page, dana.code, here=Someone(contact=dana.contact)) is None
    visitor = VisitorFactory(workspace=page.workspace)
    own = ShareLinkFactory(page=page, contact=None, visitor=visitor)
    assert join(page, own.code, here=Someone(visitor=visitor)) is None


def test_looking_at_ones_own_link_is_no_landing(page: LandingPage, dana: ShareLink) -> None:
    assert land(dana, here=Someone(contact=dana.contact)) is None
    assert not Event.objects.filter(kind="share.landed").exists()


def test_a_sharer_nobody_knew_is_thanked_once_they_are_known(page: LandingPage) -> None:
    visitor = VisitorFactory(workspace=page.workspace)
    link = ShareLinkFactory(page=page, contact=None, visitor=visitor)
    yoav = ContactFactory(workspace=page.workspace, first_name="יואב")
    identify_by_form(visitor, yoav, is_new=False)
    referral = join(page, link.code)
    assert referral is not None
    assert referral.sharer == yoav


def test_a_friend_of_someone_unknown_still_has_a_story(page: LandingPage) -> None:
    link = ShareLinkFactory(page=page, contact=None, visitor=VisitorFactory(workspace=page.workspace))
    referral = join(page, link.code)
    assert referral is not None
    assert referral.sharer is None
    assert Event.objects.get(kind="referral.joined").subject_label
    assert not Event.objects.filter(kind="referral.credited").exists()


def test_after_a_merge_the_winner_is_thanked(page: LandingPage, dana: ShareLink) -> None:
    winner = ContactFactory(workspace=page.workspace)
    dana.contact.merged_into = winner
    dana.contact.save()
    referral = join(page, dana.code)
    assert referral is not None
    assert referral.sharer == winner
