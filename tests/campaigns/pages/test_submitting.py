"""A form that somebody sends."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from campaigns.content.documents import edit_block
from campaigns.pages import stamps
from campaigns.pages.models import LandingPage, PageVersion, ShareLink, Submission
from campaigns.pages.publishing import publish
from campaigns.pages.starting import FRIEND, start
from crm.consent.models import Consent
from crm.contacts.models import Contact
from crm.models import Workspace
from crm.timeline.models import Event
from crm.visitors.models import IdentityEdge, Visitor
from tests.campaigns.pages.conftest import Browser, url_of
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, VisitorFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
GIL = {"first_name": "גיל", "email": "gil@example.test", "phone": "050-000-0001", "consent_email": "1"}


def form_of(page: LandingPage) -> dict[str, Any]:
    return next(block for block in page.document.blocks if block["type"] == "form")


def change_form(page: LandingPage, **data: Any) -> None:
    edit_block(page.document, form_of(page)["id"], revision=page.document.revision, data=data)
    publish(page, by=None)


def test_a_stranger_becomes_a_contact_with_lead_list_tag_and_consent(page: LandingPage, phone: Browser) -> None:
    newsletter = ListFactory(workspace=page.workspace)
    words = "אפשר לשלוח אליי מיילים מקצף וזוהר. אפשר להפסיק בכל רגע."
    change_form(page, lists=[newsletter.pk], tags=["חברים"], consents=[{"channel": "email", "text": words}])
    response = phone.send(page, "?utm_source=facebook&utm_campaign=winter", **GIL)
    assert response.status_code == 303
    assert response.headers["Location"].startswith(f"{url_of(page)}thanks/")
    gil = Contact.objects.get()
    assert (gil.first_name, gil.email, gil.phone, gil.source) == (
        "גיל",
        "gil@example.test",
        "+972500000001",
        "facebook",
    )
    assert list(gil.lists.all()) == [newsletter]
    assert gil.tags.get().name == "חברים"
    consent = Consent.objects.get()
    version = page.versions.get(number=2)
    assert (consent.channel, consent.state, consent.wording, consent.ip) == ("email", "granted", words, "127.0.0.1")
    assert consent.form_version == f"page {page.pk}, version {version.number}, block {form_of(page)['id']}"
    lead = Submission.objects.get()
    assert (lead.contact, lead.version, lead.is_new_contact) == (gil, version, True)
    assert lead.answers == {"first_name": "גיל", "email": "gil@example.test", "phone": "+972500000001"}
    sent = Event.objects.get(kind="form.submitted")
    assert (sent.contact, sent.subject_id, sent.source, sent.campaign) == (gil, page.pk, "facebook", "winter")


def test_a_box_that_was_not_ticked_is_no_consent(page: LandingPage, phone: Browser) -> None:
    assert 'type="checkbox" name="consent_email" value="1">' in phone.see(page).content.decode()
    phone.send(page, **(GIL | {"consent_email": ""}))
    assert not Consent.objects.exists()


def test_a_known_contact_who_sends_it_again_is_found_not_doubled(page: LandingPage, phone: Browser) -> None:
    known = ContactFactory(workspace=page.workspace, email="gil@example.test", first_name="גיל", phone="+972500000001")
    assert phone.send(page, **GIL).status_code == 303
    assert Contact.objects.get() == known
    assert Submission.objects.get().is_new_contact is False


def test_whoever_types_a_known_address_is_not_told_whose_it_is(page: LandingPage, phone: Browser) -> None:
    ContactFactory(workspace=page.workspace, email="gil@example.test", first_name="סודי")
    response = phone.send(page, first_name="x", email="gil@example.test")
    assert "mp_page" not in response.cookies
    assert "היי" not in phone.see(page).content.decode()


def test_the_new_contact_is_thanked_and_may_share_at_once(page: LandingPage, phone: Browser) -> None:
    response = phone.send(page, **GIL)
    thanks = phone.get(response.headers["Location"])
    assert "תודה, קיבלנו" in thanks.content.decode()
    assert thanks.headers["Cache-Control"] == "private, no-store"
    gil = Contact.objects.get()
    code = ShareLink.objects.get(contact=gil).code
    assert code in thanks.content.decode()
    assert "היי גיל," in phone.see(page).content.decode()


def test_with_cookies_refused_the_thank_you_page_still_knows_whose_code_to_share(
    page: LandingPage, phone: Browser, browser: Callable[..., Browser]
) -> None:
    location = phone.send(page, **GIL).headers["Location"]
    code = ShareLink.objects.get().code
    refusing = browser()
    html = refusing.get(location).content.decode()
    assert "גיל" not in html
    assert f"share/?at=thanks&amp;s={code}" in html
    tapped = refusing.get(f"{url_of(page)}share/?at=thanks&s={code}")
    assert f"r%3D{code}" in tapped.headers["Location"]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
        ({"phone": "12"}, "phone"),
        ({"first_name": ""}, "first_name"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    page: LandingPage, phone: Browser, wrong: dict[str, str], name: str
) -> None:
    response = phone.send(page, "?r=ABCDEFG", **(GIL | wrong))
    html = response.content.decode()
    assert response.status_code == 422
    assert response.headers["Cache-Control"] == "private, no-store"
    assert f'id="f-{form_of(page)["id"]}-{name}-about"' in html
    assert 'aria-invalid="true"' in html
    kept = next(value for key, value in GIL.items() if key not in wrong and key != "consent_email")
    assert f'value="{kept}"' in html
    assert "checked" in html
    assert not Contact.objects.exists()
    assert not Event.objects.exists()


def test_a_strangers_page_after_a_fault_is_as_clean_as_before(page: LandingPage, phone: Browser) -> None:
    before = phone.see(page).content
    phone.send(page, **(GIL | {"email": "x"}))
    assert phone.see(page).content == before


# -- once is once ---------------------------------------------------------------------------------------------------------


def test_a_double_click_counts_once(page: LandingPage, phone: Browser) -> None:
    first = phone.send(page, nonce="a" * 32, **GIL)
    second = phone.send(page, stamp=stamp_of(page), nonce="a" * 32, **GIL)
    assert first.headers["Location"] == second.headers["Location"]
    assert Submission.objects.count() == 1
    assert Event.objects.filter(kind="form.submitted").count() == 1


def stamp_of(page: LandingPage) -> str:
    page.refresh_from_db()
    assert page.version_id
    return stamps.make(page.version_id, form_of(page)["id"])


def test_other_answers_with_the_same_nonce_are_another_sending(page: LandingPage, phone: Browser) -> None:
    phone.send(page, nonce="a" * 32, **GIL)
    phone.send(page, stamp=stamp_of(page), nonce="a" * 32, **(GIL | {"first_name": "גילי"}))
    assert Submission.objects.count() == 2


def test_without_javascript_the_same_answers_count_once_an_hour(page: LandingPage, phone: Browser) -> None:
    start = timezone.now().replace(minute=40)
    for minutes, leads in ((0, 1), (5, 1), (45, 1), (61, 2)):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            phone.send(page, stamp=stamp_of(page), **GIL)
        assert Submission.objects.count() == leads, minutes


def test_another_person_with_the_same_name_is_not_a_repeat(page: LandingPage, phone: Browser) -> None:
    phone.send(page, **GIL)
    phone.send(page, stamp=stamp_of(page), **(GIL | {"email": "other@example.test", "phone": ""}))
    assert Submission.objects.count() == 2


# -- stamps, origins, robots, sizes -----------------------------------------------------------------------------------------


def test_a_form_of_an_older_version_is_still_welcome(page: LandingPage, phone: Browser) -> None:
    old = stamp_of(page)
    change_form(page, button="עוד נוסח")
    assert phone.send(page, stamp=old, **GIL).status_code == 303
    assert Submission.objects.get().version == PageVersion.objects.get(page=page, number=1)


def flipped(token: str, place: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


def test_forged_stamps_are_refused_with_a_clear_word(page: LandingPage, phone: Browser) -> None:
    good = stamp_of(page)
    size = len(good) * 3 // 4
    foreign = start(WorkspaceFactory(), name="x", language="he", template=FRIEND)
    publish(foreign, by=None)
    wrong = [
        "",
        "x",
        "א" * 40,
        "\x00",
        good + "A",
        stamps.make(page.version_id or 0, "no-block"),
        stamps.make(2**40, "x"),
    ]
    wrong += [flipped(good, place) for place in range(size)] + [stamp_of(foreign)]
    for stamp in wrong:
        response = phone.post(url_of(page), {"stamp": stamp, **GIL})
        assert response.status_code == 400, stamp
        assert "הטופס לא נשלח" in response.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://testserver", 303), ("http://localhost:8000", 303)],
)
def test_a_form_comes_from_its_own_page(page: LandingPage, phone: Browser, origin: str, status: int) -> None:
    response = phone.send(page, headers={"Origin": origin}, **GIL)
    assert response.status_code == status
    assert Contact.objects.exists() is (status == 303)


def test_what_fills_the_trap_is_thanked_and_forgotten(page: LandingPage, phone: Browser) -> None:
    response = phone.send(page, website="https://spam.example", **GIL)
    assert (response.status_code, response.headers["Location"]) == (302, f"{url_of(page)}thanks/")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("elapsed", "status"), [("12", 422), ("0", 422), ("900", 303), ("", 303), ("x", 303), ("9" * 50, 303)]
)
def test_nobody_fills_a_form_in_a_blink(page: LandingPage, phone: Browser, elapsed: str, status: int) -> None:
    assert phone.send(page, elapsed=elapsed, **GIL).status_code == status


def test_one_address_cannot_flood_a_form(page: LandingPage, phone: Browser, settings: Settings) -> None:
    settings.FORMS_PER_ADDRESS = 2
    stamp = stamp_of(page)
    addresses = [f"gil{number}@example.test" for number in range(3)]
    answers = [phone.send(page, stamp=stamp, first_name="גיל", email=address) for address in addresses]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert Contact.objects.count() == 2
    elsewhere = {"first_name": "גיל", "email": "gil9@example.test", "stamp": stamp}
    assert phone.post(url_of(page), elsewhere, REMOTE_ADDR="203.0.113.7").status_code == 303


def test_ten_megabytes_are_refused(page: LandingPage, phone: Browser) -> None:
    response = phone.send(page, **(GIL | {"first_name": "x" * 10_000_000}))
    assert response.status_code == 413
    assert not Contact.objects.exists()


NAUGHTY = [
    "\x00",
    "a\x00b",
    "'; DROP TABLE crm_contact; --",
    "<img src=x onerror=alert(1)>",
    "{{ email }}",
    "\u202eקצף\u202c",
    "👩‍👩‍👧‍👦" * 50,
    "line\r\nBcc: all@example.test",
    "ﷺ" * 300,
    "%s%n%d",
    "\u0000\uffff",
]


@pytest.mark.parametrize("text", NAUGHTY)
@pytest.mark.parametrize("name", ["first_name", "email", "phone", "nonce", "consent_email", "elapsed", "block"])
def test_strange_text_is_taken_or_refused_but_never_breaks(
    page: LandingPage, phone: Browser, name: str, text: str
) -> None:
    response = phone.send(page, f"?r={'%00'}&utm_source=%00%ff&utm_campaign=%F0%9F%92%A9", **(GIL | {name: text}))
    assert response.status_code in (303, 422)


def test_bytes_that_are_no_text_break_nothing(page: LandingPage, phone: Browser) -> None:
    for raw in (
        b"first_name=%ED%A0%80&email=gil%40example.test",
        b"%ff=%fe",
        b"\xff\xfe\x00",
        b"&&&==",
        b"first_name=%00",
    ):
        body = raw + b"&stamp=" + stamp_of(page).encode()
        response = phone.post(url_of(page), body, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (303, 400, 422)
    assert phone.post(url_of(page), b"{}", content_type="application/json").status_code == 400
    assert phone.post(url_of(page), b"--x", content_type="multipart/form-data; boundary=x").status_code == 400


def test_custom_fields_are_asked_and_kept(workspace: Workspace, page: LandingPage, phone: Browser) -> None:
    car = CustomFieldFactory(workspace=workspace, choice=True, label="סוג הרכב")
    questions = [*form_of(page)["data"]["questions"], {"field": car.storage_key, "required": True}]
    change_form(page, questions=questions)
    assert phone.send(page, **GIL).status_code == 422
    assert phone.send(page, **GIL, **{car.storage_key: "o9"}).status_code == 422
    assert phone.send(page, **GIL, **{car.storage_key: "o2"}).status_code == 303
    assert Contact.objects.get().values == {car.storage_key: "o2"}


def test_fields_that_the_form_does_not_ask_for_are_not_read(
    workspace: Workspace, page: LandingPage, phone: Browser
) -> None:
    car = CustomFieldFactory(workspace=workspace, label="סוג הרכב")
    phone.send(page, **GIL, **{car.storage_key: "x", "last_name": "כהן", "tags": "vip"})
    gil = Contact.objects.get()
    assert (gil.values, gil.last_name, gil.tags.count()) == ({}, "", 0)


def test_a_list_deleted_since_publishing_is_left_out(page: LandingPage, phone: Browser) -> None:
    newsletter = ListFactory(workspace=page.workspace)
    change_form(page, lists=[newsletter.pk])
    newsletter.deleted_at = timezone.now()
    newsletter.save()
    assert phone.send(page, **GIL).status_code == 303
    assert not Contact.objects.get().lists.exists()


# -- browsing -------------------------------------------------------------------------------------------------------------


def test_without_consent_to_browsing_nobody_is_followed(page: LandingPage, phone: Browser) -> None:
    response = phone.send(page, **GIL)
    assert not Visitor.objects.exists()
    assert not any(name.startswith("mp_v") for name in response.cookies)


def test_with_consent_to_browsing_the_browser_becomes_a_visitor_of_the_contact(
    page: LandingPage, phone: Browser
) -> None:
    change_form(page, consents=[{"channel": "tracking", "text": "אפשר לזכור אותי"}])
    phone.send(page, **GIL, consent_tracking="1")
    edge = IdentityEdge.objects.get()
    assert (edge.contact, edge.source) == (Contact.objects.get(), "form")
    assert "היי גיל," in phone.see(page).content.decode()


def test_whoever_types_a_known_address_and_agrees_to_be_followed_is_not_told_whose_it_is(
    page: LandingPage, phone: Browser
) -> None:
    change_form(page, consents=[{"channel": "tracking", "text": "אפשר לזכור אותי"}])
    known = ContactFactory(workspace=page.workspace, email="gil@example.test", first_name="סודי")
    response = phone.send(page, first_name="x", email="gil@example.test", consent_tracking="1")
    Contact.objects.filter(pk=known.pk).update(first_name="סודי")
    assert IdentityEdge.objects.get().contact == known
    assert "סודי" not in phone.get(response.headers["Location"]).content.decode()
    assert "היי" not in phone.see(page).content.decode()


def test_a_form_sent_on_anothers_device_starts_a_new_epoch_and_merges_nobody(page: LandingPage, phone: Browser) -> None:
    dana = ContactFactory(workspace=page.workspace, first_name="דנה")
    hers = VisitorFactory(workspace=page.workspace)
    IdentityEdge.objects.create(workspace=page.workspace, visitor=hers, contact=dana, source="link")
    phone.follow_as(hers)
    phone.send(page, stamp=stamp_of(page), **GIL)
    gil = Contact.objects.get(email="gil@example.test")
    assert Contact.objects.filter(merged_into=None).count() == 2
    assert hers.identity.contact == dana
    assert gil.identities.get().visitor != hers
