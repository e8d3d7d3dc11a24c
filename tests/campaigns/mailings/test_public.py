from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from campaigns.mailings import sending
from campaigns.mailings.models import Mailing
from crm.consent.granting import grant
from crm.models import Consent, Contact, IdentityEdge, Visitor
from crm.timeline.models import Event
from tests.campaigns.factories import block
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_people, started
from tests.campaigns.mailings.reading import Mail

pytestmark = pytest.mark.django_db
PERSON = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile Safari", "Accept-Language": "he"}
ROBOT = {"User-Agent": "WhatsApp/2.23.20.0"}


@pytest.fixture
def page_url() -> str:
    return f"{settings.PUBLIC_URL}/p/foam/friends/"


@pytest.fixture
def mailing(page_url) -> Mailing:
    mailing = MailingFactory(
        workspace__slug="foam",
        document__blocks=[
            block("button", text="לדף", link=page_url),
            block("button", text="לקטלוג", link="https://example.test/catalogue?a=1&b=2"),
        ],
    )
    make_people(mailing.workspace, 2)
    return started(mailing)


@pytest.fixture
def mails(mailing) -> list[Mail]:
    transport = FakeTransport()
    sending.send(mailing.pk, transport=transport)
    return [Mail(envelope.mime) for envelope in transport.mails]


def path_of(url: str) -> str:
    return url.removeprefix(settings.PUBLIC_URL)


def open_link(mail: Mail, position: int, client: Client | None = None, *, headers=PERSON, method: str = "get"):
    return getattr(client or Client(), method)(path_of(mail.links[position]), headers=headers)


def test_a_click_goes_to_the_clean_address_and_is_recorded(mailing, mails):
    response = open_link(mails[0], 1)
    assert (response.status_code, response["Location"]) == (302, "https://example.test/catalogue?a=1&b=2")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    event = Event.objects.get(kind="mailing.clicked")
    assert (event.contact.email, event.subject_id, event.subject_label) == (mails[0].to, mailing.pk, mailing.name)
    assert (event.verdict, event.properties["link"], event.properties["position"]) == ("human", "לקטלוג", 1)


def test_a_click_on_our_own_page_opens_the_page_session(mailing, mails, page_url):
    client = Client()
    response = open_link(mails[0], 0, client)
    assert response["Location"] == page_url
    assert client.cookies["mp_page"]["path"] == "/p/foam/"
    assert client.cookies["mp_page"]["httponly"]
    assert Visitor.objects.count() == 0  # nobody agreed to being followed


def test_with_consent_to_browsing_the_click_binds_the_browser(mailing, mails):
    person = Contact.objects.get(email=mails[0].to)
    grant(person, "tracking", source="form")
    phone, laptop = Client(), Client()
    open_link(mails[0], 0, phone)
    open_link(mails[0], 0, laptop)
    assert IdentityEdge.objects.filter(contact=person).count() == 2
    assert Event.objects.filter(kind="mailing.clicked", visitor__isnull=False).count() == 2


def test_a_forwarded_link_merges_nobody(mailing, mails):
    first, second = (Contact.objects.get(email=mail.to) for mail in mails)
    for person in (first, second):
        grant(person, "tracking", source="form")
    device = Client()
    open_link(mails[0], 0, device)
    open_link(mails[1], 0, device)
    assert Event.objects.filter(kind="link.forwarded").count() == 1
    assert (
        IdentityEdge.objects.filter(contact=first).count() == IdentityEdge.objects.filter(contact=second).count() == 1
    )


def test_a_click_elsewhere_opens_no_session(mails):
    client = Client()
    open_link(mails[0], 1, client)
    assert not client.cookies


def test_a_robot_is_marked_and_binds_nothing(mails):
    grant(Contact.objects.get(email=mails[0].to), "tracking", source="form")
    client = Client()
    response = open_link(mails[0], 0, client, headers=ROBOT)
    assert response.status_code == 302
    assert not client.cookies
    assert Event.objects.get(kind="mailing.clicked").verdict == "robot"
    assert Visitor.objects.count() == 0


def test_head_writes_nothing(mails):
    client = Client()
    assert open_link(mails[0], 0, client, method="head").status_code == 302
    assert client.head(path_of(mails[0].pixel)).status_code == 200
    assert not client.cookies
    assert not Event.objects.filter(kind__in=["mailing.clicked", "mailing.opened"]).exists()


def test_the_pixel_records_an_open_once_a_minute(mailing, mails):
    for _time in range(3):
        response = Client().get(path_of(mails[0].pixel), headers=PERSON)
        assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
    event = Event.objects.get(kind="mailing.opened")
    assert (event.contact.email, event.subject_id, event.verdict) == (mails[0].to, mailing.pk, "human")


def test_a_link_opens_any_number_of_times(mails):
    assert [open_link(mails[0], 0).status_code for _time in range(3)] == [302] * 3


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_but_looking_is_taken(mails, method):
    assert getattr(Client(), method)(path_of(mails[0].links[0])).status_code == 405


def test_a_changed_link_is_met_with_a_friendly_page(mails):
    path = path_of(mails[0].links[0])
    for place in range(3, len(path), 7):
        letter = "A" if path[place] != "A" else "B"
        response = Client().get(path[:place] + letter + path[place + 1 :], headers=PERSON)
        assert response.status_code == 404
    assert Client().get("/l/abc.def").status_code == Client().get("/l/abc").status_code == 404
    assert "<h1>" in Client().get("/l/abc.def").content.decode()
    assert Client().get("/o/abc.gif").status_code == 404
    assert not Event.objects.filter(kind="mailing.clicked").exists()


def test_the_halves_of_two_people_cannot_be_used_to_go_elsewhere(mails):
    left, right = path_of(mails[0].links[0]).split(".")
    other = path_of(mails[1].links[0]).split(".")[1]
    assert Client().get(f"{left}.{other}", headers=PERSON)["Location"].startswith(settings.PUBLIC_URL)
    assert Client().get(f"/l/{right}.{right}").status_code == 404


def test_a_click_outlives_mailing_and_contact(mailing, mails):
    mailing.links.all().delete()
    mailing.deliveries.all().delete()
    Mailing.objects.filter(pk=mailing.pk).delete()
    Contact.objects.filter(email=mails[0].to).delete()
    assert open_link(mails[0], 1)["Location"] == "https://example.test/catalogue?a=1&b=2"
    event = Event.objects.get(kind="mailing.clicked")
    assert event.contact_id is None


def test_a_redirect_needs_no_database(mails, monkeypatch):
    def down(*arguments, **named):
        raise OperationalError("the database is down")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", down)
    response = open_link(mails[0], 1)
    assert (response.status_code, response["Location"]) == (302, "https://example.test/catalogue?a=1&b=2")
    assert Client().get(path_of(mails[0].pixel), headers=PERSON).status_code == 200


def test_looking_changes_no_contact_consent_or_list(mails):
    before = list(Contact.objects.order_by("pk").values()), list(Consent.objects.order_by("pk").values())
    open_link(mails[0], 0)
    Client().get(path_of(mails[0].pixel), headers=PERSON)
    assert (list(Contact.objects.order_by("pk").values()), list(Consent.objects.order_by("pk").values())) == before


def test_a_mail_says_who_sends_it_and_how_to_leave(mailing, mails):
    mail = mails[0]
    workspace = mailing.workspace
    assert mail.message["From"].addresses[0].addr_spec == workspace.sender_email
    assert mail.message["From"].addresses[0].display_name == workspace.sender_name
    assert mail.message["Reply-To"] == workspace.reply_to
    assert mail.message["Subject"] == f"פרסומת: {mailing.subject}"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in (mail.html, mail.text):
        assert workspace.sender_name in part
        assert workspace.postal_address in part
        assert mail.unsubscribe in part


def test_one_click_takes_the_person_out_and_says_by_which_mailing(mailing, mails):
    response = Client(enforce_csrf_checks=True).post(
        path_of(mails[0].unsubscribe), {"List-Unsubscribe": "One-Click"}, headers=PERSON
    )
    assert response.status_code == 200
    person = Contact.objects.get(email=mails[0].to)
    assert person.consents.get(is_current=True).state == "withdrawn"
    assert Event.objects.filter(kind="mailing.unsubscribed", subject_id=mailing.pk, contact=person).count() == 1


def test_no_mail_holds_a_plain_destination_or_a_hole_unfilled(mails):
    for mail in mails:
        assert "https://example.test/catalogue" not in mail.html + mail.text
        assert not re.search(r"wv[0-9a-f]{16}", mail.html + mail.text)
