"""One person's data, out and gone; and no table that knows a person forgets to tell, to follow a merge, or to let go."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.apps import apps

from crm.consent import granting
from crm.contacts import disclosing, erasing, merging
from crm.models import AuditEntry, Contact, Event
from tests.campaigns.pages.factories import ReferralFactory, ShareLinkFactory, SubmissionFactory
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    IdentityEdgeFactory,
    SubscriptionFactory,
    VisitorFactory,
    make_event,
)

OUR_APPS = ("crm", "campaigns", "surveys", "funnels")
# Foreign keys to a contact that a registry need not name, and why.
NOT_TOLD = {
    "crm.DuplicateSuggestion.one": "a guess of the product about two people, one of whom is another",
    "crm.DuplicateSuggestion.other": "a guess of the product about two people, one of whom is another",
}
NOT_ERASED = {
    "crm.Contact.merged_into": "erasing.erase takes duplicates first",
    "crm.Subscription.contact": "goes with the row",
    "crm.ContactTag.contact": "goes with the row",
    "crm.Event.contact": "erasing.erase takes the person out of every event",
    "crm.BulkRow.contact": "goes with the row",
    "crm.DuplicateSuggestion.one": "goes with the row",
    "crm.DuplicateSuggestion.other": "goes with the row",
}
STAYS = "stays with the duplicate, and is read through merging.ids_of"
NOT_MERGED = {
    "crm.Contact.merged_into": "is the merge",
    "crm.Subscription.contact": "sharing_groups shares lists",
    "crm.ContactTag.contact": "sharing_groups shares tags",
    "crm.Event.contact": "no event is rewritten; whoever asks resolves duplicates",
    "crm.IdentityEdge.contact": "a visitor's edge is for ever; whoever asks resolves duplicates",
    "crm.ImportEffect.contact": "what a row did, it did to the duplicate; an undo goes to whom it was done",
    "crm.BulkRow.contact": "what an act did, it did to the duplicate",
    "campaigns.Delivery.contact": STAYS,
    "campaigns.Submission.contact": STAYS,
    "campaigns.ShareLink.contact": STAYS,
    "campaigns.Referral.friend": STAYS,
    "campaigns.Referral.sharer": STAYS,
}


def keys_to_contacts():
    for app in OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete and field.related_model is Contact and not field.many_to_many:
                    yield f"{app}.{model.__name__}.{field.name}"


@pytest.mark.parametrize(
    ("registry", "excused", "verb"),
    [
        (disclosing.covered, NOT_TOLD, "register_discloser"),
        (erasing.covered, NOT_ERASED, "register_eraser"),
        (merging.covered, NOT_MERGED, "register_merger"),
    ],
)
def test_every_key_to_a_contact_is_looked_after_or_excused(registry, excused, verb):
    found = set(keys_to_contacts())
    assert found - registry - set(excused) == set(), f"name them in `covers` of {verb}, or say here why not"
    assert (registry | set(excused)) - found == set(), "no such key any more"


@pytest.fixture
def dana(workspace):
    field = CustomFieldFactory(workspace=workspace, label="סוג הרכב")
    dana = ContactFactory(
        workspace=workspace, first_name="דנה", last_name="כהן", with_phone=True, values={field.storage_key: "משפחתי"}
    )
    SubscriptionFactory(contact=dana, list__name="ניוזלטר")
    ContactTagFactory(contact=dana, tag__name="VIP")
    ConsentFactory(contact=dana, wording="מותר לכתוב לי")
    granting.suppress(workspace, "sms", dana.phone, reason="by_hand")
    visitor = VisitorFactory(workspace=workspace)
    IdentityEdgeFactory(contact=dana, visitor=visitor)
    make_event("page.viewed", visitor=visitor, subject_label="דף החורף")
    make_event("order.placed", contact=dana, value=289, currency="ILS")
    link = ShareLinkFactory(contact=dana, page__workspace=workspace, code="QA2B")
    ReferralFactory(share_link=link, friend=ContactFactory(workspace=workspace, first_name="גיל", last_name="סודי"))
    SubmissionFactory(contact=dana, page=link.page, answers={"first_name": "דנה", field.storage_key: "משפחתי"})
    return dana


def files_of(answer):
    with ZipFile(BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_file_holds_everything_for_a_machine_and_for_a_reader(owner_client, url, workspace, dana):
    answer = owner_client.post(url("contact_data_file", pk=dana.pk))
    assert answer.headers["Content-Type"] == "application/zip"
    files = files_of(answer)
    told = json.loads(files["data.json"])
    assert told["identity"][0]["email"] == dana.email
    [field] = told["fields"]
    assert (field["label"], field["value"], field["text"]) == ("סוג הרכב", "משפחתי", "משפחתי")
    assert [row["list"] for row in told["lists"]] == ["ניוזלטר"]
    assert told["consents"][0]["wording"] == "מותר לכתוב לי"
    assert [row["reason"] for row in told["blocks"]] == ["by_hand"]
    assert {row["kind"] for row in told["events"]} == {"page.viewed", "order.placed"}
    assert told["share_links"][0]["code"] == "QA2B"
    assert told["submissions"][0]["answers"]["first_name"] == "דנה"
    assert 'dir="rtl"' in files["data.html"]
    for words in ("דנה כהן", "סוג הרכב", "משפחתי", "ניוזלטר", "VIP", "מותר לכתוב לי", "דף החורף"):
        assert words in files["data.html"]
    assert "<script" not in files["data.html"]
    for text in files.values():
        assert "סודי" not in text, "a friend's name is the friend's"
    assert AuditEntry.objects.get().action == "contact.disclosed"


def test_what_duplicates_held_is_told_with_the_person(owner_client, url, workspace, dana):
    other = ContactFactory(workspace=workspace, email="old@example.test")
    make_event("goal.reached", contact=other)
    merging.merge(dana, other, "user:1")
    told = json.loads(files_of(owner_client.post(url("contact_data_file", pk=dana.pk)))["data.json"])
    assert {row["email"] for row in told["identity"]} == {dana.email, "old@example.test"}
    assert "goal.reached" in {row["kind"] for row in told["events"]}


def test_markup_in_values_stays_text(owner_client, url, workspace):
    evil = '<script>alert("x")</script>'
    contact = ContactFactory(workspace=workspace, first_name=evil)
    make_event("custom.x", contact=contact, subject_label=evil)
    assert evil not in files_of(owner_client.post(url("contact_data_file", pk=contact.pk)))["data.html"]
    assert evil not in owner_client.get(url("contact_data", pk=contact.pk)).content.decode()


def test_only_owners_take_data_out_or_erase(client_as, editor_user, url, dana):
    client = client_as(editor_user)
    assert client.get(url("contact_data", pk=dana.pk)).status_code == 403
    assert client.post(url("contact_data_file", pk=dana.pk)).status_code == 403
    assert client.post(url("contact_erase", pk=dana.pk), {"typed": dana.phone}).status_code == 403
    assert Contact.objects.filter(pk=dana.pk).exists()


def test_erasing_shows_what_goes_and_what_stays_and_wants_the_address_typed(owner_client, url, workspace, dana):
    page = owner_client.get(url("contact_erase", pk=dana.pk)).content.decode()
    assert "050-" in page
    refused = owner_client.post(url("contact_erase", pk=dana.pk), {"typed": "דנה"})
    assert refused.status_code == 422
    assert Contact.objects.filter(pk=dana.pk).exists()
    owner_client.post(url("contact_erase", pk=dana.pk), {"typed": dana.phone})
    assert not Contact.objects.filter(pk=dana.pk).exists()
    assert Event.objects.filter(kind="order.placed", contact=None).count() == 1
    assert granting.is_suppressed(workspace, "email", dana.email)
