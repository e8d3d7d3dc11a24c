"""The page of preferences beside e-mail: other channels, why, requests about the data, both languages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from crm.consent import granting, tokens
from crm.models import Consent, Contact, SubjectRequest
from tests.crm.factories import ConsentFactory, ContactFactory


@pytest.fixture
def dana(workspace):
    dana = ContactFactory(workspace=workspace, first_name="דנה", with_phone=True)
    ConsentFactory(contact=dana, wording="מותר לכתוב לי")
    ConsentFactory(contact=dana, channel="sms", wording="גם ב-SMS")
    return dana


@pytest.fixture
def page(dana):
    token = tokens.make(dana.workspace_id, dana.pk, dana.email)
    return reverse("consent_public:preferences", kwargs={"token": token})


def test_the_page_says_why_and_in_which_words(client, page):
    shown = client.get(page).content.decode()
    assert "מותר לכתוב לי" in shown
    assert "דנה" not in shown, "a forwarded link must not tell whose it was"


def test_one_channel_is_stopped_and_the_other_stays(client, page, dana):
    answer = client.post(f"{page}?lang=en", {"action": "stop", "channel": "sms"})
    assert answer.headers["Location"] == f"{page}?lang=en&saved=stop"
    assert granting.state(dana, "sms") == "withdrawn"
    assert granting.state(dana, "email") == "granted"
    assert Consent.objects.get(channel="sms", is_current=True).source == "preferences"
    client.post(page, {"action": "stop", "channel": "fax"})
    client.post(page, {"action": "stop", "channel": "email"})
    assert granting.state(dana, "email") == "granted", "e-mail has its own button"


@pytest.mark.parametrize("kind", ["copy", "erasure"])
def test_a_request_about_the_data_waits_for_the_owner_and_does_nothing_by_itself(
    client, owner_client, client_as, editor_user, workspace, page, dana, kind
):
    for _number in range(2):
        client.post(page, {"action": kind})
    asked = SubjectRequest.objects.get()
    assert Contact.objects.filter(pk=dana.pk).exists()
    home = reverse("workspaces:home", kwargs={"workspace": workspace.slug})
    card = reverse("contacts:contact_card", kwargs={"workspace": workspace.slug, "pk": dana.pk})
    done = reverse(
        "consent:contact_request_done", kwargs={"workspace": workspace.slug, "pk": dana.pk, "request_pk": asked.pk}
    )
    assert card in owner_client.get(home).content.decode()
    assert done in owner_client.get(card).content.decode()
    editor = client_as(editor_user)
    assert done not in editor.get(card).content.decode()
    assert editor.post(done).status_code == 403
    owner_client.post(done)
    assert done not in owner_client.get(card).content.decode()
    assert list(dana.events.order_by("id").values_list("kind", flat=True)) == ["privacy.requested", "privacy.answered"]


def test_both_languages_and_both_directions(client, page):
    hebrew, english = client.get(page).content.decode(), client.get(f"{page}?lang=en").content.decode()
    assert 'dir="rtl"' in hebrew
    assert 'dir="ltr"' in english
    assert "Send me a copy of my data" in english
    assert "Send me a copy" not in hebrew
