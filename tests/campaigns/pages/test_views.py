"""Pages, leads and referrals as members see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.content import documents
from campaigns.pages.crediting import land
from campaigns.pages.models import LandingPage
from campaigns.pages.sharing import Someone, link_for, tap
from campaigns.pages.starting import BLANK, FRIEND, LEADS, free_slug, start
from crm.models import User, Workspace
from crm.timeline.models import Verdict
from crm.timeline.recording import record
from tests.campaigns.pages.conftest import url_of
from tests.campaigns.pages.factories import LandingPageFactory, ReferralFactory, SubmissionFactory
from tests.crm.factories import ContactFactory, VisitorFactory, WorkspaceFactory
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db


def members(workspace: Workspace, path: str) -> str:
    return f"/w/{workspace.slug}/{path}"


# -- pages ------------------------------------------------------------------------------------------------------------------


def test_a_page_is_made_from_each_template_and_can_be_published_as_it_is(
    owner_client: Client, workspace: Workspace
) -> None:
    for template in (FRIEND, LEADS):
        for language in ("he", "en"):
            data = {"name": f"דף {template} {language}", "template": template, "language": language}
            made = owner_client.post(members(workspace, "pages/new/"), data)
            page = LandingPage.objects.order_by("-pk").first()
            assert page is not None
            assert made.headers["Location"] == members(workspace, f"pages/{page.pk}/")
            published = owner_client.post(members(workspace, f"pages/{page.pk}/publication/"))
            assert published.headers["Location"] == members(workspace, f"pages/{page.pk}/")
            page.refresh_from_db()
            assert page.is_published
            html = Client().get(url_of(page)).content.decode()
            assert f'lang="{language}"' in html
            assert ("Nice to meet you" in html) is (template == FRIEND and language == "en")


def test_a_page_that_is_not_ready_says_what_to_mend_and_stays_off_the_air(
    owner_client: Client, workspace: Workspace
) -> None:
    page = start(workspace, name="ריק", language="he", template=BLANK)
    response = owner_client.post(members(workspace, f"pages/{page.pk}/publication/"), follow=True)
    assert "דבר אחד לתיקון" in response.content.decode()
    page.refresh_from_db()
    assert not page.is_published
    assert page.versions.count() == 0


def test_a_faulty_thank_you_page_is_a_problem_of_the_page(owner_client: Client, workspace: Workspace) -> None:
    page = start(workspace, name="לידים", language="he", template=LEADS)
    documents.save(page.thanks, [], revision=page.thanks.revision)
    response = owner_client.post(members(workspace, f"pages/{page.pk}/publication/"), follow=True)
    assert "דף תודה:" in response.content.decode()


def test_publishing_again_keeps_the_versions_and_changes_nothing_in_the_old(
    owner_client: Client, page: LandingPage
) -> None:
    before = page.versions.get().compiled
    block = page.document.blocks[0]["id"]
    documents.edit_block(page.document, block, revision=page.document.revision, data={"text": "שלום"})
    assert "שינויים שלא פורסמו" in owner_client.get(members(page.workspace, "pages/")).content.decode()
    owner_client.post(members(page.workspace, f"pages/{page.pk}/publication/"))
    assert list(page.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert page.versions.get(number=1).compiled == before
    assert "שינויים שלא פורסמו" not in owner_client.get(members(page.workspace, "pages/")).content.decode()


def test_off_the_air_and_on_again(owner_client: Client, page: LandingPage, client: Client) -> None:
    assert client.get(url_of(page)).status_code == 200
    owner_client.post(members(page.workspace, f"pages/{page.pk}/unpublish/"))
    assert client.get(url_of(page)).status_code == 404
    assert page.version_id
    owner_client.post(members(page.workspace, f"pages/{page.pk}/unpublish/?again={page.version_id}"))
    assert client.get(url_of(page)).status_code == 200


def test_a_deleted_page_can_be_brought_back(owner_client: Client, page: LandingPage, client: Client) -> None:
    owner_client.post(members(page.workspace, f"pages/{page.pk}/delete/"))
    assert client.get(url_of(page)).status_code == 404
    assert owner_client.get(members(page.workspace, f"pages/{page.pk}/")).status_code == 404
    owner_client.post(members(page.workspace, f"pages/{page.pk}/restore/"))
    assert client.get(url_of(page)).status_code == 200


def test_a_copy_is_a_draft_with_an_address_of_its_own(owner_client: Client, page: LandingPage) -> None:
    owner_client.post(members(page.workspace, f"pages/{page.pk}/copies/"))
    copy = LandingPage.objects.exclude(pk=page.pk).get()
    assert copy.document.blocks == page.document.blocks
    assert (copy.is_published, copy.slug == page.slug, copy.document_id == page.document_id) == (False, False, False)


def test_the_address_changes_and_the_new_one_answers_at_once(
    owner_client: Client, page: LandingPage, client: Client
) -> None:
    client.get(url_of(page))
    old, path = url_of(page), members(page.workspace, f"pages/{page.pk}/settings/")
    data = {"name": "שם חדש", "slug": "new-home", "description": "", "language": "he"}
    assert owner_client.post(path, data).status_code == 302
    assert client.get(old).status_code == 404
    assert "שם חדש" in client.get(f"/p/{page.workspace.slug}/new-home/").content.decode()


@pytest.mark.parametrize("slug", ["", "עברית", "a b", "../x", "a" * 70, "taken", "\x00", "Ünï"])
def test_an_address_must_be_free_and_plain(owner_client: Client, page: LandingPage, slug: str) -> None:
    LandingPageFactory(workspace=page.workspace, slug="taken", deleted_at=timezone.now())
    path = members(page.workspace, f"pages/{page.pk}/settings/")
    response = owner_client.post(path, {"name": "x", "slug": slug, "description": "", "language": "he"})
    assert response.status_code == 422
    page.refresh_from_db()
    assert page.slug == "friend"


def test_an_address_is_made_from_the_name(workspace: Workspace) -> None:
    assert free_slug(workspace, "Clean car, for a friend!") == "clean-car-for-a-friend"
    assert free_slug(workspace, "לתת לחבר רכב נקי") == "ltt-lhbr-rkb-nki"
    assert free_slug(workspace, "👋") == "page"
    LandingPageFactory(workspace=workspace, slug="page")
    assert free_slug(workspace, "👋") == "page-2"


def test_the_list_counts_people_and_sets_robots_beside_them(owner_client: Client, page: LandingPage) -> None:
    visitor = VisitorFactory(workspace=page.workspace)
    for who in (visitor, visitor, None, None):
        record(page.workspace, "page.viewed", subject=page, visitor=who)
    record(page.workspace, "page.viewed", subject=page, verdict=Verdict.ROBOT)
    record(page.workspace, "form.submitted", subject=page, contact=ContactFactory(workspace=page.workspace))
    html = owner_client.get(members(page.workspace, "pages/")).content.decode()
    assert "1 מתוך 3 (33.3%)" in html


def test_the_list_of_pages_costs_the_same_however_long(owner_client: Client, workspace: Workspace) -> None:
    counts = []
    for _round in range(2):
        for _page in range(5):
            LandingPageFactory(workspace=workspace)
        owner_client.get(members(workspace, "pages/"))
        with CaptureQueriesContext(connection) as queries:
            owner_client.get(members(workspace, "pages/"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_swaps_equal_reloads(owner_client: Client, page: LandingPage) -> None:
    ReferralFactory(share_link=link_for(page, Someone(ContactFactory(workspace=page.workspace))))
    SubmissionFactory(page=page)
    for path, part in (
        ("pages/", "page-results"),
        ("pages/?q=רכב&state=on_air", "page-results"),
        ("pages/?q=zzz", "page-results"),
        ("leads/", "submission-results"),
        ("leads/?who=new&period=week&q=x", "submission-results"),
        ("referrals/", "referral-results"),
        ("referrals/?view=friends", "referral-results"),
    ):
        assert_swap_equals_reload(owner_client, members(page.workspace, path), part)


# -- who may --------------------------------------------------------------------------------------------------------------


ROUTES = ["", "thanks/", "settings/"]
VERBS = ["publication/", "unpublish/", "delete/", "restore/", "copies/", "settings/"]


def test_an_analyst_reads_and_changes_nothing(
    client_as: Callable[[User], Client], analyst: User, page: LandingPage
) -> None:
    client = client_as(analyst)
    for path in ("pages/", "leads/", "referrals/"):
        assert client.get(members(page.workspace, path)).status_code == 200
    assert client.get(members(page.workspace, "pages/new/")).status_code == 403
    for verb in VERBS:
        assert client.post(members(page.workspace, f"pages/{page.pk}/{verb}")).status_code == 403


def test_a_page_of_another_business_is_not_there(owner_client: Client, workspace: Workspace) -> None:
    foreign = start(WorkspaceFactory(), name="x", language="he", template=FRIEND)
    for route in ROUTES:
        assert owner_client.get(members(workspace, f"pages/{foreign.pk}/{route}")).status_code == 404
    for verb in VERBS:
        assert owner_client.post(members(workspace, f"pages/{foreign.pk}/{verb}")).status_code == 404
    lead = SubmissionFactory(page=foreign, contact__first_name="סודי")
    for query in (f"?page_id={foreign.pk}", f"?q={lead.contact.email}"):
        assert "סודי" not in owner_client.get(members(workspace, f"leads/{query}")).content.decode()
    assert (
        owner_client.get(members(workspace, f"referrals/?page_id={foreign.pk}&sharer={lead.contact_id}")).status_code
        == 200
    )


@pytest.mark.parametrize("raw", ["x", "-1", "²", "9" * 40, "%00", "1;DROP"])
def test_strange_filters_change_nothing(owner_client: Client, page: LandingPage, raw: str) -> None:
    for path in (
        f"pages/?page={raw}&state={raw}&q={raw}",
        f"leads/?page_id={raw}&who={raw}&period={raw}&q={raw}&page={raw}",
    ):
        assert owner_client.get(members(page.workspace, path)).status_code == 200
    path = f"referrals/?page_id={raw}&sharer={raw}&view=friends&page={raw}"
    assert owner_client.get(members(page.workspace, path)).status_code == 200
    assert owner_client.post(members(page.workspace, f"pages/{page.pk}/unpublish/?again={raw}")).status_code == 302


# -- leads and referrals ----------------------------------------------------------------------------------------------------


def test_leads_are_found_by_page_person_newness_and_time(owner_client: Client, page: LandingPage) -> None:
    gil = ContactFactory(workspace=page.workspace, first_name="גיל", phone="+972500000001")
    other = LandingPageFactory(workspace=page.workspace)
    SubmissionFactory(page=page, contact=gil, is_new_contact=True)
    SubmissionFactory(page=other, contact=ContactFactory(workspace=page.workspace, first_name="אורי"))
    for query, names in (
        ("", {"גיל", "אורי"}),
        (f"?page_id={page.pk}", {"גיל"}),
        ("?who=new", {"גיל"}),
        ("?who=known", {"אורי"}),
        ("?period=today", {"גיל", "אורי"}),
        ("?q=050-000-0001", {"גיל"}),
        ("?q=אור", {"אורי"}),
        ("?q=zzz", set()),
    ):
        html = owner_client.get(members(page.workspace, f"leads/{query}")).content.decode()
        assert {name for name in ("גיל", "אורי") if f"<bdi>{name}</bdi>" in html} == names, query


def test_leads_can_become_a_segment(owner_client: Client, page: LandingPage) -> None:
    SubmissionFactory(page=page)
    html = owner_client.get(members(page.workspace, f"leads/?page_id={page.pk}&period=week")).content.decode()
    assert "segments/new/?rule=" in html
    rule = {"all": [{"event": "form.submitted", "subject": page.pk, "within_days": 7}]}
    from crm.rules.grammar import clean

    assert clean(rule, page.workspace)


def test_referrals_say_who_brought_how_many(owner_client: Client, page: LandingPage) -> None:
    dana = ContactFactory(workspace=page.workspace, first_name="דנה")
    tap(page, Someone(dana))
    link = link_for(page, Someone(dana))
    assert link is not None
    for _landing in range(4):
        land(link, here=Someone())
    land(link, here=Someone(), verdict=Verdict.ROBOT)
    ReferralFactory(share_link=link, friend__first_name="גיל")
    html = owner_client.get(members(page.workspace, "referrals/")).content.decode()
    assert "1 מתוך 4 (25.0%)" in html
    assert "ועוד רובוט אחד, לא נספר" in html
    assert "1.00 חברים" in html
    friends = owner_client.get(members(page.workspace, f"referrals/?view=friends&sharer={dana.pk}")).content.decode()
    assert "<bdi>גיל</bdi>" in friends


def test_both_cards_tell_who_brought_whom(owner_client: Client, page: LandingPage) -> None:
    referral = ReferralFactory(share_link__page=page, share_link__contact__first_name="דנה", friend__first_name="גיל")
    tap(page, Someone(referral.sharer))
    for verdict in (Verdict.HUMAN, Verdict.HUMAN, Verdict.ROBOT):
        land(referral.share_link, here=Someone(), verdict=verdict)
    for contact, other in ((referral.friend, "דנה"), (referral.sharer, "גיל")):
        html = owner_client.get(members(page.workspace, f"contacts/{contact.pk}/")).content.decode()
        assert "מי הביא את מי" in html
        assert f"<bdi>{other}</bdi>" in html
        assert ("שיתוף אחד, 2 חברים נחתו, ועוד רובוט אחד שלא נספר" in html) is (contact == referral.sharer)


# -- REST -----------------------------------------------------------------------------------------------------------------


def test_rest_reads_pages_leads_and_referrals_of_its_own_business(api: Any, page: LandingPage) -> None:
    referral = ReferralFactory(share_link__page=page)
    lead = SubmissionFactory(page=page, contact=referral.friend)
    foreign = ReferralFactory()
    SubmissionFactory(page=foreign.page)
    pages = api.get("pages/").json()["results"]
    assert [(row["id"], row["is_published"], row["version"]) for row in pages] == [(page.pk, True, 1)]
    assert pages[0]["url"] == f"http://localhost:8000{url_of(page)}"
    leads = api.get("submissions/", {"page": page.pk, "since": "2020-01-01T00:00:00Z"}).json()["results"]
    assert [(row["id"], row["answers"]["email"]) for row in leads] == [(lead.pk, referral.friend.email)]
    brought = api.get("referrals/", {"sharer": referral.sharer.pk}).json()["results"]
    assert [(row["friend"], row["sharer"], row["code"]) for row in brought] == [
        (referral.friend.pk, referral.sharer.pk, referral.share_link.code)
    ]
    for path in (f"pages/{foreign.page.pk}/", f"referrals/{foreign.pk}/"):
        assert api.get(path).status_code == 404
    assert api.post("pages/", {}).status_code == 405
    assert api.get("submissions/", {"page": "x"}).status_code == 400
