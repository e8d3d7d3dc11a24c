from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.mailings import sending
from campaigns.mailings.models import Mailing
from campaigns.mailings.smtp import UNCERTAIN
from crm.models import AuditEntry, Contact, OutboxMessage, Segment, Workspace
from crm.timeline.models import Event
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_list, make_people, started
from tests.campaigns.mailings.reading import Mail
from tests.crm.factories import SegmentFactory, WorkspaceFactory, make_event
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(db) -> Workspace:
    return WorkspaceFactory(slug="foam", with_sender=True)


@pytest.fixture(autouse=True)
def _trial(settings) -> None:
    settings.EMAIL_URL = ""


def url(name: str, **kwargs) -> str:
    return reverse(f"mailings:{name}", kwargs={"workspace": "foam", **kwargs})


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def draft(workspace) -> Mailing:
    return MailingFactory(workspace=workspace)


@pytest.fixture
def sent(workspace) -> Mailing:
    mailing = MailingFactory(workspace=workspace)
    make_people(workspace, 5)
    started(mailing)
    sending.send(mailing.pk, transport=FakeTransport({"p0@example.test": UNCERTAIN}))
    return Mailing.objects.get(pk=mailing.pk)


# -- the way of a mailing ---------------------------------------------------------------------------------------------------


def test_an_owner_makes_checks_tests_and_sends_a_mailing(owner_client, workspace, owner):
    people = make_list(workspace, 3, name="Newsletter")
    made = owner_client.post(url("mailing_create"), {"purpose": "advertisement", "name": "Winter", "language": "he"})
    mailing = Mailing.objects.get()
    assert made["Location"] == url("mailing_compose", pk=mailing.pk)
    mailing.document.blocks[2]["data"]["link"] = "https://example.test/"
    mailing.document.save()
    details = {"name": "Winter", "subject": "חורף נקי, {שם פרטי|חברים}", "preheader": "", "sender_name": ""}
    assert owner_client.post(url("mailing_details", pk=mailing.pk), details).status_code == 302
    mailing.refresh_from_db()
    assert mailing.subject == 'חורף נקי, {{ first_name | default: "חברים" }}'
    assert "{שם פרטי|חברים}" in text(owner_client.get(url("mailing_details", pk=mailing.pk)))
    assert owner_client.post(url("mailing_audience", pk=mailing.pk), {"lists": [people.pk]}).status_code == 302
    page = text(owner_client.get(url("mailing_check", pk=mailing.pk)))
    assert url("mailing_start", pk=mailing.pk) in page
    owner_client.post(url("mailing_test", pk=mailing.pk))
    test = OutboxMessage.objects.get()
    assert test.rcpt_to == owner.email
    assert "חורף נקי, דנה" in test.subject
    assert not Event.objects.filter(kind="mailing.sent").exists()
    response = owner_client.post(url("mailing_start", pk=mailing.pk), follow=True)
    assert response.redirect_chain[-1][0] == url("mailing_report", pk=mailing.pk)
    assert AuditEntry.objects.filter(action="mailing.started").count() == 1
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.FREEZING


def test_what_the_mail_is_must_be_said_first(owner_client):
    response = owner_client.post(url("mailing_create"), {"name": "Winter", "language": "he"})
    assert response.status_code == 422
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("brought", ["segment", "list", "rule"])
def test_people_chosen_elsewhere_come_along(owner_client, workspace, brought):
    people = make_list(workspace, 2)
    segment = SegmentFactory(workspace=workspace)
    rule = {"field": "first_name", "op": "equals", "value": "x"}
    query = {"segment": segment.pk, "list": people.pk, "rule": json.dumps(rule)}[brought]
    owner_client.post(
        url("mailing_create") + f"?{brought}={query}", {"purpose": "content", "name": "To them", "language": "he"}
    )
    audience = Mailing.objects.get().audience
    if brought == "rule":
        assert Segment.objects.get(pk=audience["segments"][0]).rule == rule
    else:
        assert audience[f"{brought}s"] == [segment.pk if brought == "segment" else people.pk]


@pytest.mark.parametrize("query", ["segment=999999", "list=999999", 'rule={"list":999999}', 'rule={"nonsense":1}'])
def test_people_of_nobody_are_not_found(owner_client, query):
    assert owner_client.get(f"{url('mailing_create')}?{query}").status_code == 404


@pytest.mark.parametrize("query", ["rule={", "rule=[[", "segment=x"])
def test_a_broken_address_brings_nobody_along(owner_client, query):
    assert owner_client.get(f"{url('mailing_create')}?{query}").status_code == 200


def test_the_check_says_what_to_mend_and_where(owner_client, workspace):
    Workspace.objects.filter(pk=workspace.pk).update(sender_name="")
    mailing = MailingFactory(workspace=workspace, subject="", audience={})
    page = text(owner_client.get(url("mailing_check", pk=mailing.pk)))
    for place in (
        reverse("workspaces:sender", kwargs={"workspace": "foam"}),
        url("mailing_details", pk=mailing.pk),
        url("mailing_audience", pk=mailing.pk),
    ):
        assert f'href="{place}"' in page
    assert f'action="{url("mailing_start", pk=mailing.pk)}"' not in page
    response = owner_client.post(url("mailing_start", pk=mailing.pk))
    assert response.status_code == 422
    mailing.refresh_from_db()
    assert mailing.status == "draft"


def test_a_test_needs_a_sender(owner_client, workspace, draft):
    Workspace.objects.filter(pk=workspace.pk).update(sender_email="")
    assert owner_client.post(url("mailing_test", pk=draft.pk)).status_code == 422
    assert not OutboxMessage.objects.exists()


def test_a_test_mail_counts_nowhere_and_takes_nobody_out(owner_client, workspace, draft):
    make_people(workspace, 1)
    owner_client.post(url("mailing_test", pk=draft.pk))
    mail = Mail(bytes(OutboxMessage.objects.get().mime))
    assert "https://example.test/catalogue" in mail.html
    assert mail.links == []
    assert "List-Unsubscribe" not in mail.message


def test_a_subject_of_two_lines_is_refused_in_the_drawer(owner_client, draft):
    details = {"name": "x", "subject": "a\u2028Bcc: x", "preheader": "", "sender_name": ""}
    response = owner_client.post(url("mailing_details", pk=draft.pk), details, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "<html" not in text(response)
    draft.refresh_from_db()
    assert "Bcc" not in draft.subject


def test_the_count_follows_what_is_ticked_and_saves_nothing(owner_client, workspace, draft):
    people = make_list(workspace, 4)
    page = text(
        owner_client.post(url("mailing_count", pk=draft.pk), {"lists": [people.pk]}, headers={"HX-Request": "true"})
    )
    assert 'id="mailing-count"' in page
    assert ">4<" in page
    draft.refresh_from_db()
    assert draft.audience == {"everyone": True}
    assert owner_client.post(url("mailing_count", pk=draft.pk), {"lists": [10**9]}).status_code == 404


def test_a_foreign_list_is_not_taken(owner_client, draft):
    foreign = make_list(WorkspaceFactory(), 2)
    assert owner_client.post(url("mailing_audience", pk=draft.pk), {"lists": [foreign.pk]}).status_code == 422


def test_the_preview_is_framed_only_by_us_and_runs_nothing(owner_client, workspace, draft):
    person = make_people(workspace, 1)[0]
    response = owner_client.get(url("mailing_preview", pk=draft.pk), {"as": person.pk})
    assert person.first_name in text(response)
    assert "sandbox" in response["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert owner_client.get(url("mailing_preview", pk=draft.pk), {"as": 10**9}).status_code == 404


# -- the report -------------------------------------------------------------------------------------------------------------


def test_the_report_shows_the_books(owner_client, sent):
    page = text(owner_client.get(url("mailing_report", pk=sent.pk)))
    assert f"{url('mailing_deliveries', pk=sent.pk)}?state=uncertain" in page
    assert f'action="{url("mailing_uncertain", pk=sent.pk)}"' in page


def test_a_draft_opens_in_the_editor(owner_client, draft):
    response = owner_client.get(url("mailing_report", pk=draft.pk))
    assert response["Location"] == url("mailing_compose", pk=draft.pk)
    assert owner_client.get(response["Location"]).status_code == 200


def test_what_was_sent_is_shown_as_it_was_sent(owner_client, sent):
    sent.document.blocks[0]["data"]["text"] = "Changed since"
    sent.document.save()
    assert "Changed since" not in text(owner_client.get(url("mailing_preview", pk=sent.pk)))


def test_the_progress_asks_again_while_mail_flows_and_then_no_more(owner_client, workspace):
    mailing = MailingFactory(workspace=workspace)
    make_people(workspace, 3)
    started(mailing)
    moving = owner_client.get(url("mailing_progress", pk=mailing.pk), headers={"HX-Request": "true"})
    assert "every 2s" in text(moving)
    sending.send(mailing.pk, transport=FakeTransport())
    done = owner_client.get(url("mailing_progress", pk=mailing.pk), headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"
    assert "every 2s" not in text(done)


def test_the_uncertain_are_listed_and_sent_again_by_the_owners_word(owner_client, sent):
    page = text(owner_client.get(url("mailing_deliveries", pk=sent.pk), {"state": "uncertain"}))
    assert "p0@example.test" in page
    assert "p1@example.test" not in page
    owner_client.post(url("mailing_uncertain", pk=sent.pk))
    assert sent.deliveries.get(address="p0@example.test").state == "queued"
    assert AuditEntry.objects.filter(action="mailing.uncertain_resent").exists()


def test_pause_resume_cancel(owner_client, workspace):
    mailing = MailingFactory(workspace=workspace)
    make_people(workspace, 3)
    started(mailing)
    for verb, status in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled"), ("resume", "cancelled")):
        assert owner_client.post(url(f"mailing_{verb}", pk=mailing.pk)).status_code == 302
        mailing.refresh_from_db()
        assert mailing.status == status
    assert mailing.deliveries.filter(state="cancelled").count() == 3


def test_the_people_behind_a_number(owner_client, sent):
    clicker = Contact.objects.get(email="p2@example.test")
    make_event("mailing.clicked", contact=clicker, subject_id=sent.pk, subject_label=sent.name, position=0, link="x")
    for name, kwargs in (("mailing_people", {"deed": "clicked"}), ("link_people", {"position": 0})):
        page = text(owner_client.get(url(name, pk=sent.pk, **kwargs)))
        assert "p2@example.test" in page
        assert "p3@example.test" not in page
    assert owner_client.get(url("mailing_people", pk=sent.pk, deed="nonsense")).status_code == 404
    assert owner_client.get(url("link_people", pk=sent.pk, position=99)).status_code == 404


def test_bin_and_undo(owner_client, sent):
    owner_client.post(url("mailing_bin", pk=sent.pk))
    assert owner_client.get(url("mailing_report", pk=sent.pk)).status_code == 404
    owner_client.post(url("mailing_restore", pk=sent.pk))
    assert owner_client.get(url("mailing_report", pk=sent.pk)).status_code == 200


def test_a_copy_opens_in_the_editor(owner_client, sent):
    response = owner_client.post(url("mailing_duplicate", pk=sent.pk))
    twin = Mailing.objects.exclude(pk=sent.pk).get()
    assert response["Location"] == url("mailing_compose", pk=twin.pk)


# -- everywhere -------------------------------------------------------------------------------------------------------------


def test_swap_equals_reload(owner_client, sent):
    assert_swap_equals_reload(owner_client, url("mailing_list"), "mailing-results")
    assert_swap_equals_reload(owner_client, url("mailing_list") + "?q=zzz", "mailing-results")
    assert_swap_equals_reload(
        owner_client, url("mailing_deliveries", pk=sent.pk) + "?state=accepted", "delivery-results"
    )
    assert_swap_equals_reload(owner_client, url("mailing_people", pk=sent.pk, deed="not_opened"), "mailing-people")


def test_a_list_costs_the_same_however_long(owner_client, workspace, django_assert_max_num_queries):
    for _number in range(12):
        MailingFactory(workspace=workspace)
    with django_assert_max_num_queries(14):
        owner_client.get(url("mailing_list"))


VERBS = ["test", "start", "pause", "resume", "cancel", "uncertain", "duplicate", "bin"]


@pytest.mark.parametrize("verb", VERBS)
def test_an_analyst_reads_and_does_nothing(client_as, analyst, draft, sent, verb):
    client: Client = client_as(analyst)
    for mailing in (draft, sent):
        assert client.post(url(f"mailing_{verb}", pk=mailing.pk)).status_code == 403
    assert client.get(url("mailing_report", pk=sent.pk)).status_code == 200
    assert client.get(url("mailing_check", pk=draft.pk)).status_code == 200
    assert f'action="{url("mailing_start", pk=draft.pk)}"' not in text(client.get(url("mailing_check", pk=draft.pk)))


@pytest.mark.parametrize("verb", VERBS)
def test_a_get_does_nothing(owner_client, sent, verb):
    assert owner_client.get(url(f"mailing_{verb}", pk=sent.pk)).status_code == 405


def test_the_card_shows_the_mails_of_the_person(owner_client, sent):
    person = Contact.objects.get(email="p2@example.test")
    page = text(owner_client.get(reverse("contacts:contact_card", kwargs={"workspace": "foam", "pk": person.pk})))
    assert url("mailing_report", pk=sent.pk) in page


def test_an_erased_person_leaves_the_books_balanced_and_no_address(owner_client, sent, settings):
    from crm.contacts.erasing import erase

    person = Contact.objects.get(email="p2@example.test")
    OutboxMessage.objects.create(workspace=person.workspace, mail_from="x@y.test", rcpt_to=person.email, mime=b"x")
    erase(person, actor="user:1")
    assert sent.deliveries.count() == 5
    assert not sent.deliveries.filter(address="p2@example.test").exists()
    assert not OutboxMessage.objects.filter(rcpt_to="p2@example.test").exists()
    assert owner_client.get(url("mailing_deliveries", pk=sent.pk)).status_code == 200
