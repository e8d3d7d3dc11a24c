"""Consent on the card, written down by members, and the list of the blocked."""

from __future__ import annotations

import pytest

from crm.consent import granting
from crm.consent.models import Suppression
from crm.workspaces.models import AuditEntry
from tests.crm.factories import ContactFactory, SuppressionFactory
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db
LIST = "/w/foam/blocked/"
HTMX = {"HX-Request": "true"}
SAID = {"channel": "sms", "state": "granted", "note": "אמרה בטלפון ב-9:00"}


@pytest.fixture
def dana(workspace):
    return ContactFactory(workspace=workspace, email="dana@example.test", phone="+972500000142")


def proofs(contact):
    return f"/w/{contact.workspace.slug}/contacts/{contact.pk}/consents/"


def test_the_card_tells_the_word_per_channel_and_a_block(owner_client, dana):
    granting.grant(dana, "email", source="form")
    granting.suppress(dana.workspace, "whatsapp", dana.phone, reason="dead")
    card = owner_client.get(f"/w/foam/contacts/{dana.pk}/").content.decode()
    assert 'id="consent-panel"' in card
    assert "בטופס" in card
    assert "חסימה: הכתובת לא קיימת" in card
    assert card.count("לא ביקשנו עדיין") == 2


def test_the_proof_shows_words_version_address_and_time(owner_client, dana):
    proof = {"wording": "<b>אפשר</b>", "form_version": "page 7, version 3", "ip": "203.0.113.9"}
    granting.grant(dana, "email", source="form", **proof)
    drawer = owner_client.get(proofs(dana), headers=HTMX).content.decode()
    assert "<html" not in drawer
    for shown in ("&lt;b&gt;אפשר&lt;/b&gt;", "page 7, version 3", "203.0.113.9"):
        assert shown in drawer
    assert "<html" in owner_client.get(proofs(dana)).content.decode()


def test_a_member_writes_down_what_was_said_with_a_note(owner_client, owner, dana):
    answer = owner_client.post(proofs(dana), SAID, headers=HTMX)
    assert (answer.status_code, "consent:changed" in answer.headers["HX-Trigger"]) == (200, True)
    assert "toast" in answer.headers["HX-Trigger"]
    again = owner_client.get(f"{proofs(dana)}panel/", headers=HTMX)
    assert "HX-Trigger" not in again.headers  # what was said is said once
    assert (
        'hx-target="#m-drawer-body" hx-swap="innerHTML"' in again.content.decode()
    )  # the drawer keeps its body and opens again
    row = dana.consents.get()
    assert (row.state, row.channel, row.source, row.wording) == ("granted", "sms", "member", SAID["note"])
    assert row.actor == f"user:{owner.pk}"
    assert AuditEntry.objects.get().action == "consent.granted"
    owner_client.post(proofs(dana), SAID | {"state": "withdrawn"})
    assert granting.state(dana, "sms") == "withdrawn"


@pytest.mark.parametrize(
    "wrong", [{"note": ""}, {"note": "  "}, {"channel": "fax"}, {"state": "maybe"}, {"note": "x" * 501}]
)
def test_without_a_note_a_channel_or_a_word_nothing_is_written(owner_client, dana, wrong):
    assert owner_client.post(proofs(dana), SAID | wrong, headers=HTMX).status_code == 422
    assert not dana.consents.exists()


def test_a_members_word_does_not_lift_what_the_person_asked_for(owner_client, dana):
    granting.suppress(dana.workspace, "sms", dana.phone, reason="unsubscribed")
    owner_client.post(proofs(dana), SAID)
    assert granting.is_suppressed(dana.workspace, "sms", dana.phone)


def test_who_only_reads_writes_no_consent_and_strangers_see_none(client_as, analyst, owner_client, dana):
    reading = client_as(analyst)
    assert reading.get(proofs(dana)).status_code == 200
    assert reading.post(proofs(dana), SAID).status_code == 403
    foreign = ContactFactory()
    for address in (f"/w/foam/contacts/{foreign.pk}/consents/", f"/w/foam/contacts/{foreign.pk}/consents/panel/"):
        assert owner_client.get(address).status_code == 404
    assert owner_client.post(f"/w/foam/contacts/{foreign.pk}/consents/", SAID).status_code == 404
    assert not foreign.consents.exists()


def test_the_blocked_are_listed_with_who_may_lift_it_and_narrowed(owner_client, workspace):
    granting.suppress(workspace, "email", "dead@example.test", reason="dead")
    granting.suppress(workspace, "email", "noa@example.test", reason="unsubscribed")
    SuppressionFactory(hint="z•••@other.test")
    body = assert_swap_equals_reload(owner_client, LIST, "suppression-results")
    assert "d•••@example.test" in body
    assert "other.test" not in body
    narrowed = assert_swap_equals_reload(owner_client, f"{LIST}?reason=dead", "suppression-results")
    assert "n•••@example.test" not in narrowed
    assert owner_client.get(f"{LIST}?reason=zebra&page=x&q=%00").status_code == 200


@pytest.mark.parametrize("asked", ["Dana@example.test", "050-000-0142", "+972500000142"])
def test_a_whole_address_is_found_though_only_its_fingerprint_is_kept(owner_client, workspace, dana, asked):
    granting.suppress(workspace, "email", dana.email, reason="dead")
    granting.suppress(workspace, "sms", dana.phone, reason="by_hand")
    granting.suppress(workspace, "email", "other@example.test", reason="dead")
    body = owner_client.get(LIST, {"q": asked}, headers=HTMX).content.decode()
    assert body.count('scope="row"') == 1


def test_an_address_is_blocked_by_hand(owner_client, workspace):
    owner_client.post(f"{LIST}new/", {"channel": "email", "address": " Dana@Example.test"})
    owner_client.post(f"{LIST}new/", {"channel": "sms", "address": "050-000-0142"})
    assert granting.is_suppressed(workspace, "email", "dana@example.test")
    assert granting.is_suppressed(workspace, "sms", "+972500000142")
    for wrong in ({"channel": "email", "address": "x"}, {"channel": "sms", "address": ""}, {"channel": "tracking"}, {}):
        assert owner_client.post(f"{LIST}new/", wrong).status_code == 422
    assert workspace.suppressions.count() == 2


@pytest.mark.parametrize(
    ("reason", "left"), [("by_hand", 0), ("dead", 0), ("unsubscribed", 1), ("complained", 1), ("erased", 1)]
)
def test_a_member_lifts_what_members_and_machines_blocked_and_no_more(owner_client, workspace, reason, left):
    row = granting.suppress(workspace, "email", "dana@example.test", reason=reason)
    assert owner_client.post(f"{LIST}{row.pk}/lift/").status_code == 302
    assert Suppression.objects.count() == left


def test_only_who_manages_lifts_and_only_of_their_own_business(client_as, editor_user, owner_client, workspace):
    row, foreign = SuppressionFactory(workspace=workspace, reason="dead"), SuppressionFactory(reason="dead")
    assert client_as(editor_user).post(f"{LIST}{row.pk}/lift/").status_code == 403
    assert owner_client.post(f"{LIST}{foreign.pk}/lift/").status_code == 404
    assert owner_client.get(f"{LIST}{row.pk}/lift/").status_code == 405
    assert Suppression.objects.count() == 2
