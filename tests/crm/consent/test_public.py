"""The way out of every mail: opening changes nothing, one press is enough, and nothing that is gone can break it."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.consent import granting, tokens
from crm.consent.models import Consent, Suppression
from crm.contacts.erasing import erase
from crm.timeline import kinds
from crm.timeline.models import Event
from tests.crm.factories import ContactFactory, ListFactory, SubscriptionFactory, WorkspaceFactory, make_event

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
NEW_SECRET = "another-secret-key-after-a-rotation-0123456789-abcdefghijk"


@pytest.fixture
def strict_client():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def dana(workspace):
    contact = ContactFactory(workspace=workspace, email="dana@example.test")
    granting.grant(contact, "email", source="form", wording="yes")
    return contact


def way_out(contact, mailing_id=0):
    return f"/u/{tokens.make(contact.workspace_id, contact.pk, contact.email, mailing_id=mailing_id)}/"


def everything():
    rows = [list(model.objects.order_by("pk").values()) for model in (Consent, Suppression, Event)]
    return rows, list(SubscriptionFactory._meta.model.objects.order_by("pk").values())


def test_opening_the_page_changes_nothing_and_is_kept_by_nobody(strict_client, dana):
    before = everything()
    for answer in (strict_client.get(way_out(dana)), strict_client.head(way_out(dana))):
        assert (answer.status_code, len(answer.cookies), everything()) == (200, 0, before)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert (answer.headers["Referrer-Policy"], answer.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")


def test_the_page_shows_a_masked_address_and_no_name(strict_client, dana):
    page = strict_client.get(way_out(dana)).content.decode()
    assert "d•••@example.test" in page
    assert "dana@example.test" not in page
    assert dana.first_name not in page


def test_one_press_withdraws_and_blocks_with_its_proof(strict_client, dana):
    answer = strict_client.post(way_out(dana), {"action": "leave"}, REMOTE_ADDR="203.0.113.9")
    assert (answer.status_code, len(answer.cookies)) == (302, 0)
    row = dana.consents.get(is_current=True)
    assert (row.state, row.source, row.ip, row.actor) == ("withdrawn", "unsubscribe", "203.0.113.9", "contact")
    assert row.wording
    assert granting.is_suppressed(dana.workspace, "email", dana.email)
    assert 'name="action" value="leave"' not in strict_client.get(way_out(dana)).content.decode()


def test_one_click_of_a_mail_program_needs_no_cookie_and_no_csrf_token(strict_client, dana):
    answer = strict_client.post(way_out(dana), ONE_CLICK)
    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert dana.consents.get(is_current=True).source == "one_click"
    urlencoded = strict_client.post(
        way_out(dana), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert urlencoded.status_code == 200
    assert dana.consents.count() == 2


def test_an_empty_post_is_taken_for_a_wish_to_leave(strict_client, dana):
    assert strict_client.post(way_out(dana)).status_code == 200
    assert granting.state(dana, "email") == "withdrawn"


@pytest.mark.parametrize("gone", ["secret", "contact", "binned", "mailing", "everything"])
def test_the_link_outlives_the_secret_key_the_contact_and_the_mailing(strict_client, dana, settings, gone):
    url, workspace, address = way_out(dana, mailing_id=17), dana.workspace, dana.email  # no mailing 17 is there at all
    if gone in ("secret", "everything"):
        settings.SECRET_KEY = NEW_SECRET
    if gone in ("contact", "everything"):
        erase(dana, actor="user:1")
        Suppression.objects.all().delete()
    if gone == "binned":
        type(dana).objects.update(deleted_at="2026-01-01T00:00Z")
    assert strict_client.get(url).status_code == 200
    assert strict_client.post(url, ONE_CLICK).status_code == 200
    assert granting.is_suppressed(workspace, "email", address)
    assert strict_client.get(url).status_code == 200


def test_a_link_of_a_business_that_is_gone_is_answered_kindly(strict_client, dana):
    url = way_out(dana)
    Event.objects.all().delete()
    dana.workspace.delete()
    assert strict_client.get(url).status_code == strict_client.post(url, ONE_CLICK).status_code == 200


def test_the_mailing_counts_who_left_it_once(strict_client, dana, monkeypatch):
    if not kinds.known("mailing.unsubscribed"):
        sentence = "Left mailings in %(subject)s"
        monkeypatch.setitem(kinds._kinds, "mailing.unsubscribed", kinds.Kind("mailing.unsubscribed", "Left", sentence))
        monkeypatch.setitem(kinds._kinds, "mailing.sent", kinds.Kind("mailing.sent", "Sent", "Sent"))
    make_event("mailing.sent", contact=dana, subject_type="mailing", subject_id=17, subject_label="ניוזלטר")
    for _time in range(2):
        strict_client.post(way_out(dana, mailing_id=17), ONE_CLICK)
    event = Event.objects.get(kind="mailing.unsubscribed")
    assert (event.contact_id, event.subject_type, event.subject_id) == (dana.pk, "mailing", 17)
    assert event.subject_label == "ניוזלטר"


def test_lists_are_kept_or_left_one_by_one_and_only_ones_own(strict_client, dana):
    news, deals, old = (SubscriptionFactory(contact=dana) for _list in range(3))
    old.list.subscriptions.update(status="left")
    foreign, never_asked = ListFactory(), ListFactory(workspace=dana.workspace)
    wanted = [news.list_id, old.list_id, foreign.pk, never_asked.pk, "x", "-1", "٣", "9" * 30]
    answer = strict_client.post(way_out(dana), {"action": "lists", "list": wanted}, follow=True)
    assert answer.status_code == 200
    assert set(dana.subscriptions.filter(status="joined").values_list("list_id", flat=True)) == {
        news.list_id,
        old.list_id,
    }
    assert dana.subscriptions.count() == 3
    assert granting.state(dana, "email") == "granted"
    assert deals.list.subscriptions.get().status == "left"


def test_whoever_left_by_mistake_comes_back_with_a_new_proof(strict_client, dana):
    strict_client.post(way_out(dana), ONE_CLICK)
    strict_client.post(way_out(dana), {"action": "return"})
    row = dana.consents.get(is_current=True)
    assert (row.state, row.source) == ("granted", "preferences")
    assert dana.workspace.name in row.wording
    assert not granting.is_suppressed(dana.workspace, "email", dana.email)


def test_a_complaint_is_not_undone_on_this_page(strict_client, dana):
    granting.suppress(dana.workspace, "email", dana.email, reason="complained")
    assert 'value="return"' not in strict_client.get(way_out(dana)).content.decode()
    strict_client.post(way_out(dana), {"action": "return"})
    assert granting.is_suppressed(dana.workspace, "email", dana.email)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["x", "A" * 98, "%00", "א", "..%2F"])
def test_a_broken_token_is_said_to_be_broken_and_changes_nothing(strict_client, dana, method, token):
    before = everything()
    assert getattr(strict_client, method)(f"/u/{token}/").status_code == 404
    assert everything() == before


def test_an_act_nobody_knows_is_refused(strict_client, dana):
    before = everything()
    assert strict_client.post(way_out(dana), {"action": "explode"}).status_code == 400
    assert strict_client.put(way_out(dana)).status_code == 405
    assert everything() == before


def test_a_forwarded_address_that_is_not_one_loses_no_withdrawal(strict_client, dana, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    strict_client.post(way_out(dana), ONE_CLICK, headers={"X-Forwarded-For": "nonsense:99"})
    assert dana.consents.get(is_current=True).ip is None


@pytest.mark.parametrize(("language", "direction"), [("he", "rtl"), ("en", "ltr")])
def test_the_page_speaks_the_language_of_the_business(strict_client, language, direction):
    contact = ContactFactory(workspace=WorkspaceFactory(language=language))
    answer = strict_client.get(way_out(contact), headers={"Accept-Language": "en" if language == "he" else "he"})
    assert f'<html lang="{language}" dir="{direction}"' in answer.content.decode()
    assert answer.headers["Content-Language"] == language
