from __future__ import annotations

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.urls import reverse

from crm.models import OutboxMessage
from crm.outbox import recording
from crm.outbox.backend import SystemMailBackend
from tests.crm.factories import OutboxMessageFactory
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db

MIME = (
    b"From: =?utf-8?b?16fXpteD?= <hello@example.test>\r\nTo: dana@example.test\r\nSubject: =?utf-8?b?16nXnNeV150=?=\r\n"
    b"MIME-Version: 1.0\r\nMessage-ID: <1@example.test>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Read http://testserver/l/a.b now\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"<html><head></head><body><script>alert(1)</script><a href='http://testserver/l/a.b'>go</a></body></html>\r\n--b--\r\n"
)


@pytest.fixture
def message(workspace) -> OutboxMessage:
    recording.keep_many(workspace, [("hello@example.test", "dana@example.test", MIME)])
    return OutboxMessage.objects.get()


def url(name: str, **kwargs) -> str:
    return reverse(f"outbox:{name}", kwargs={"workspace": "foam", **kwargs})


def test_a_kept_mail_is_known_by_its_headers(message):
    assert (message.subject, message.message_id) == ("שלום", "<1@example.test>")
    assert bytes(message.mime) == MIME


def test_the_list_and_its_part_are_the_same(owner_client, message):
    assert "שלום" in assert_swap_equals_reload(owner_client, url("message_list"), "message-results")
    assert "שלום" not in assert_swap_equals_reload(owner_client, url("message_list") + "?q=zzz", "message-results")


def test_a_mail_opens_in_a_frame_in_which_nothing_runs(owner_client, message):
    page = owner_client.get(url("message_page", pk=message.pk)).content.decode()
    assert f'src="{url("message_html", pk=message.pk)}"' in page
    assert "<script>alert" not in page
    framed = owner_client.get(url("message_html", pk=message.pk))
    policy = framed["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in framed.content.decode()


def test_text_has_links_and_headers_are_shown(owner_client, message):
    text = owner_client.get(url("message_page", pk=message.pk), {"part": "text"}).content.decode()
    assert 'href="http://testserver/l/a.b"' in text
    headers = owner_client.get(url("message_page", pk=message.pk), {"part": "headers"}).content.decode()
    assert "&lt;1@example.test&gt;" in headers


def test_another_businesss_mail_is_not_found(owner_client):
    foreign = OutboxMessageFactory()
    for name in ("message_page", "message_html"):
        assert owner_client.get(url(name, pk=foreign.pk)).status_code == 404


@pytest.mark.parametrize(
    "mime",
    [b"", b"x", b"\xff\xfe", b"Content-Type: text/html; charset=nonsense\r\n\r\nhi", b"Subject: =?x?y?z?=\r\n\r\n"],
)
def test_a_broken_mail_is_shown_as_far_as_it_goes(owner_client, workspace, mime):
    recording.keep_many(workspace, [("a@b.test", "c@d.test", mime)])
    kept = OutboxMessage.objects.get()
    for part in ("html", "text", "headers"):
        assert owner_client.get(url("message_page", pk=kept.pk), {"part": part}).status_code == 200


def test_mail_of_the_system_is_kept_in_trial_mode(settings, workspace):
    settings.EMAIL_URL = ""
    mail = EmailMultiAlternatives("שלום", "text", "a@b.test", ["c@d.test", "e@f.test"])
    assert SystemMailBackend().send_messages([mail, EmailMessage("x", "y", "a@b.test", [])]) == 2
    assert set(OutboxMessage.objects.values_list("workspace", "owners_only")) == {(None, True)}
    assert set(OutboxMessage.objects.values_list("rcpt_to", flat=True)) == {"c@d.test", "e@f.test"}


def test_an_invitation_is_kept_for_the_owners_alone(settings, client_as, workspace, owner, analyst):
    settings.EMAIL_URL = ""
    mail = EmailMessage("Join", "the link", "a@b.test", ["c@d.test"], headers={"X-Mashpech-Workspace": "foam"})
    SystemMailBackend().send_messages([mail])
    kept = OutboxMessage.objects.get(workspace=workspace)
    assert b"X-Mashpech" not in bytes(kept.mime)
    for user, status in ((owner, 200), (analyst, 404)):
        assert client_as(user).get(url("message_page", pk=kept.pk)).status_code == status
        assert ("Join" in client_as(user).get(url("message_list")).content.decode()) is (status == 200)
