"""Double opt-in, from the form to the press: what a stranger typed changes nothing until the address itself says yes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.pages.models import LandingPage, Submission
from crm.consent import asking, confirming, granting
from crm.consent.mailable import mailable
from crm.contacts import subscribing
from crm.models import Consent, Contact, OutboxMessage, PendingConsent, Suppression
from crm.outbox.reading import Letter
from crm.segments import matching
from tests.campaigns.pages.conftest import PHONE, STAMP, Browser
from tests.campaigns.pages.test_submitting import GIL, change_form
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory

pytestmark = pytest.mark.django_db
WORDS = "אפשר לכתוב לי"


@pytest.fixture(autouse=True)
def _mail_to_the_outbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "crm.outbox.backend.SystemMailBackend"


@pytest.fixture
def asked(page: LandingPage) -> LandingPage:
    """A page of a business that asks for confirmation."""
    page.workspace.double_opt_in = True
    page.workspace.save()
    change_form(page, consents=[{"channel": "email", "text": WORDS}])
    return page


def letters() -> list[Letter]:
    asking.send_due()
    return [Letter(bytes(message.mime)) for message in OutboxMessage.objects.order_by("id")]


def link_in(letter: Letter) -> str:
    return "/" + re.search(r"https?://[^/\s]+/(confirm/\S+)", letter.text)[1]  # type: ignore[index]


def stranger() -> Browser:
    return Browser(headers={"User-Agent": PHONE, "Accept-Language": "he"})


def is_mailable(contact: Contact) -> bool:
    return mailable(Contact.objects.filter(pk=contact.pk), "email").exists()


def test_a_typed_consent_waits_and_a_press_on_the_mailed_link_grants_it(asked: LandingPage, phone: Browser) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False):
        answer = phone.send(asked, **GIL)
    assert "confirm=1" in answer.headers["Location"]
    assert "קישור לאישור" in phone.get(answer.headers["Location"]).content.decode()
    gil = Contact.objects.get()
    assert granting.state(gil, "email") == "unknown"
    assert not is_mailable(gil)
    waiting = matching.contacts(asked.workspace, {"all": [{"pending_consent": "email"}]})
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False):
        assert list(matching.contacts(asked.workspace, {"all": [{"pending_consent": "email"}]})) == [gil]
        [letter] = letters()
        robot = Client(REMOTE_ADDR="203.0.113.9")
        for method in (robot.get, robot.head):  # a robot opens links
            assert method(link_in(letter)).status_code == 200
        assert not is_mailable(gil)
        assert WORDS in robot.get(link_in(letter)).content.decode()
        robot.post(link_in(letter))
    assert is_mailable(gil)
    proof = Consent.objects.get()
    assert (proof.wording, proof.source, proof.ip, proof.asked_ip) == (WORDS, "form", "203.0.113.9", "127.0.0.1")
    assert proof.created_at > proof.asked_at  # type: ignore[operator]
    assert proof.asked_at.isoformat() == "2026-11-01T10:00:00+00:00"  # type: ignore[union-attr]
    assert not waiting.exists()


def test_the_mail_is_the_businesss_in_its_language_and_direction(asked: LandingPage, phone: Browser) -> None:
    phone.send(asked, **GIL)
    [letter] = letters()
    assert letter.sender[0] == (asked.workspace.sender_name or asked.workspace.name)
    assert 'dir="rtl"' in letter.html
    assert WORDS in letter.html
    assert WORDS in letter.text
    assert OutboxMessage.objects.get().workspace == asked.workspace


def test_pressing_twice_confirms_once(asked: LandingPage, phone: Browser) -> None:
    phone.send(asked, **GIL)
    [letter] = letters()
    for _number in range(2):
        assert phone.post(link_in(letter)).status_code == 302
    assert Consent.objects.count() == 1


def test_a_link_is_good_for_thirty_days_for_its_address_and_its_words(asked: LandingPage, phone: Browser) -> None:
    phone.send(asked, **GIL)
    [letter] = letters()
    gil, pending = Contact.objects.get(), PendingConsent.objects.get()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert phone.get(link_in(letter)).status_code == 410
        phone.post(link_in(letter))
    Contact.objects.filter(pk=gil.pk).update(email="other@example.test")
    assert phone.get(link_in(letter)).status_code == 410
    phone.post(link_in(letter))
    Contact.objects.filter(pk=gil.pk).update(email="gil@example.test")
    PendingConsent.objects.filter(pk=pending.pk).update(consents={"email": "מילים אחרות"})
    assert phone.get(link_in(letter)).status_code == 404
    assert not Consent.objects.exists()
    for broken in ("x", link_in(letter)[9:-3] + "AB"):
        assert phone.get(f"/confirm/{broken}/").status_code == 404


@pytest.mark.parametrize("double_opt_in", [True, False])
def test_a_stranger_neither_overwrites_what_is_known_nor_lifts_a_no(
    page: LandingPage, phone: Browser, double_opt_in: bool
) -> None:
    page.workspace.double_opt_in = double_opt_in
    page.workspace.save()
    field, left = CustomFieldFactory(workspace=page.workspace), ListFactory(workspace=page.workspace)
    key, fresh = field.storage_key, ListFactory(workspace=page.workspace)
    questions = [{"field": name, "required": False} for name in ("email", "first_name", "last_name", key)]
    change_form(page, questions=questions, lists=[left.pk, fresh.pk], consents=[{"channel": "email", "text": WORDS}])
    dana = ContactFactory(workspace=page.workspace, email="dana@example.test", last_name="", values={key: "אדום"})
    granting.withdraw(dana, "email", source="unsubscribe")
    granting.suppress(page.workspace, "email", dana.email, reason="unsubscribed")
    subscribing.join(dana, left, actor="")
    subscribing.leave(dana, left, actor="contact")
    typed = {"email": dana.email, "first_name": "צחוקים", "last_name": "לוי", key: "כחול", "consent_email": "1"}
    answer = phone.send(page, **typed)
    assert ("confirm=1" in answer.headers["Location"]) is double_opt_in, "or it would tell who had unsubscribed"
    dana.refresh_from_db()
    assert (dana.first_name, dana.last_name, dana.values) == ("דנה", "לוי", {key: "אדום"})
    assert granting.state(dana, "email") == "withdrawn"
    assert granting.is_suppressed(page.workspace, "email", dana.email)
    assert list(dana.subscriptions.filter(status="joined").values_list("list_id", flat=True)) == [fresh.pk]
    assert Submission.objects.get().answers["first_name"] == "צחוקים", "the lead keeps what was typed"
    [letter] = letters()
    Client().post(link_in(letter))
    dana.refresh_from_db()
    assert (dana.first_name, dana.values) == ("צחוקים", {key: "כחול"})
    assert is_mailable(dana)
    assert dana.subscriptions.filter(status="joined").count() == 2
    assert not Suppression.objects.exists()


def test_whoever_is_known_to_this_browser_writes_over_their_own_details(page: LandingPage, phone: Browser) -> None:
    dana = ContactFactory(workspace=page.workspace, email="dana@example.test")
    stamp = STAMP.search(phone.see(page).content.decode())[1]  # type: ignore[index]
    typed = GIL | {"email": "dana@example.test", "first_name": "דני"}
    phone.greet(dana).send(page, stamp=stamp, **typed)
    dana.refresh_from_db()
    assert dana.first_name == "דני"


def test_an_address_gets_few_confirmation_mails_whoever_asks(asked: LandingPage) -> None:
    for number in range(6):
        stranger().send(asked, **(GIL | {"first_name": f"גיל {number}"}))
    assert len(letters()) == confirming.PER_HOUR
    assert PendingConsent.objects.filter(mails=0).count() == 6 - confirming.PER_HOUR


def test_a_member_sends_the_mail_again_but_not_at_once(
    asked: LandingPage, phone: Browser, owner_client: Client
) -> None:
    phone.send(asked, **GIL)
    letters()
    url = f"/w/{asked.workspace.slug}/contacts/{Contact.objects.get().pk}/confirmation/"
    owner_client.post(url)
    assert len(letters()) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert "נשלח" in owner_client.post(url, follow=True).content.decode()
        assert len(letters()) == 2


def test_a_mail_that_could_not_be_handed_over_is_tried_again(
    asked: LandingPage, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.send(asked, **GIL)

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("no server")

    with monkeypatch.context() as broken:
        broken.setattr(EmailMultiAlternatives, "send", refuse)
        assert asking.send_due() == 0
    assert letters() == []
    assert asking.send_due(now=timezone.now() + timedelta(minutes=6)) == 1


def test_one_press_closes_every_request_of_the_address(asked: LandingPage, phone: Browser) -> None:
    for name in ("גיל", "גילי"):
        stranger().send(asked, **(GIL | {"first_name": name}))
    first, _second = letters()
    phone.post(link_in(first))
    assert not PendingConsent.objects.filter(closed_at=None).exists()
    assert Consent.objects.count() == 1


def test_a_press_follows_a_merge(asked: LandingPage, phone: Browser) -> None:
    from crm.contacts import merging

    phone.send(asked, **GIL)
    [letter] = letters()
    winner = ContactFactory(workspace=asked.workspace, with_phone_only=True, email=None)
    merging.merge(winner, Contact.objects.get(email="gil@example.test"), "user:1")
    phone.post(link_in(letter))
    assert is_mailable(winner)


def test_someone_asked_who_consented_before_is_not_asked_again(asked: LandingPage, phone: Browser) -> None:
    gil = ContactFactory(workspace=asked.workspace, email="gil@example.test")
    granting.grant(gil, "email", source="form", wording="קודם")
    phone.send(asked, **GIL)
    assert not PendingConsent.objects.exists()
    assert Consent.objects.get().wording == "קודם", "what was proved is not laid under what was not"


def test_the_page_speaks_both_languages(asked: LandingPage, phone: Browser) -> None:
    phone.send(asked, **GIL)
    [letter] = letters()
    hebrew, english = phone.get(link_in(letter)), phone.get(link_in(letter) + "?lang=en")
    assert 'dir="rtl"' in hebrew.content.decode()
    assert 'dir="ltr"' in english.content.decode()
    assert "Yes, it was me" in english.content.decode()
