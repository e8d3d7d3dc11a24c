from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from campaigns.mailings import drafting, sending, steering
from campaigns.mailings.models import Mailing
from crm.timeline.models import Event
from tests.campaigns.mailings.factories import FakeTransport, MailingFactory, make_list, make_people, started

pytestmark = pytest.mark.django_db


def test_a_draft_begins_with_a_greeting_in_its_own_language(workspace):
    mailing = drafting.create(workspace, purpose="content", name="x", by=None, language="en")
    assert mailing.document.language == "en"
    assert [block["type"] for block in mailing.document.blocks] == ["heading", "text", "button"]
    assert mailing.document.blocks[0]["data"]["text"].startswith("Hello {{ first_name")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purpose", ""),
        ("purpose", "newsletter"),
        ("language", "fr"),
        ("name", " "),
        ("name", "x" * 151),
        ("subject", "two\nlines"),
        ("subject", "two\u2028lines"),
        ("subject", "{{ nothing_of_the_kind }}"),
        ("preheader", "{{ first_name"),
        ("sender_name", "Evil\r\nBcc: x@y.test"),
    ],
)
def test_what_cannot_stand_is_refused_by_its_field(workspace, field, value):
    given = {"purpose": "content", "name": "x"} | {field: value}
    with pytest.raises(ValidationError) as refused:
        drafting.create(workspace, by=None, **given)
    assert list(refused.value.message_dict) == [field]
    assert not Mailing.objects.exists()


def test_a_started_mailing_is_not_changed_any_more():
    mailing = MailingFactory()
    make_people(mailing.workspace, 1)
    started(mailing)
    with pytest.raises(ValidationError):
        drafting.update(mailing, subject="other")


def test_a_copy_is_a_draft_of_the_same_words_to_those_who_are_still_there():
    mailing = MailingFactory()
    first, second = make_list(mailing.workspace), make_list(mailing.workspace)
    mailing = drafting.update(mailing, audience={"lists": [first.pk, second.pk]})
    first.delete()
    twin = drafting.duplicate(mailing, by=None)
    assert (twin.status, twin.subject, twin.purpose) == ("draft", mailing.subject, mailing.purpose)
    assert twin.document_id != mailing.document_id
    assert twin.document.blocks == mailing.document.blocks
    assert twin.audience["lists"] == [second.pk]


def test_what_is_being_sent_is_not_binned():
    mailing = MailingFactory()
    make_people(mailing.workspace, 1)
    started(mailing)
    with pytest.raises(ValidationError):
        drafting.bin(mailing)
    sending.send(mailing.pk, transport=FakeTransport())
    mailing.refresh_from_db()
    drafting.bin(mailing)
    assert Event.objects.filter(kind="mailing.sent").count() == 1


@pytest.mark.parametrize("verb", [steering.pause, steering.resume, steering.cancel, steering.resend_uncertain])
def test_a_draft_cannot_be_steered(verb):
    with pytest.raises(ValidationError):
        verb(MailingFactory())
