"""The ledger of consent: every statement is kept with its proof, and the newest one counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crm.consent import granting
from crm.consent.models import Consent, Suppression
from crm.timeline.models import Event
from tests.crm.factories import ContactFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
PROOF = {
    "source": "form",
    "wording": "אפשר לשלוח לי דיוור",
    "form_version": "page 7, version 3, block ab12cd34",
    "ip": "203.0.113.9",
}


@pytest.fixture
def dana(workspace):
    return ContactFactory(workspace=workspace, email="dana@example.test", phone="+972500000142")


def kinds_of(contact):
    return list(Event.objects.filter(contact=contact).order_by("id").values_list("kind", "properties__channel"))


def test_nobody_asked_is_not_known(dana):
    assert granting.state(dana, "email") == "unknown"


def test_consent_keeps_the_words_the_form_the_address_and_the_time(dana):
    row = granting.grant(dana, "email", **PROOF)
    assert {name: getattr(row, name) for name in PROOF} == PROOF
    assert (granting.state(dana, "email"), row.actor, row.workspace) == ("granted", "contact", dana.workspace)
    assert kinds_of(dana) == [("consent.granted", "email")]


def test_every_yes_is_a_proof_but_only_a_change_is_an_event(dana):
    granting.grant(dana, "email", **PROOF)
    granting.grant(dana, "email", **(PROOF | {"wording": "new words"}))
    assert list(Consent.objects.filter(contact=dana, is_current=True).values_list("wording", flat=True)) == [
        "new words"
    ]
    assert (dana.consents.count(), kinds_of(dana)) == (2, [("consent.granted", "email")])


def test_the_first_no_counts_and_repeating_it_writes_nothing(dana):
    granting.grant(dana, "email", **PROOF)
    first = granting.withdraw(dana, "email", source="one_click")
    assert granting.withdraw(dana, "email", source="one_click") == first
    assert granting.state(dana, "email") == "withdrawn"
    assert kinds_of(dana) == [("consent.granted", "email"), ("consent.withdrawn", "email")]


def test_channels_do_not_touch_each_other(dana):
    granting.grant(dana, "email", **PROOF)
    granting.withdraw(dana, "sms", source="member", actor="user:1")
    assert [granting.state(dana, channel) for channel in ("email", "sms", "whatsapp")] == [
        "granted",
        "withdrawn",
        "unknown",
    ]


def test_a_blocked_address_stays_blocked_when_the_person_is_deleted_and_comes_back(dana):
    granting.suppress(dana.workspace, "email", dana.email, reason="unsubscribed")
    dana.delete()
    assert granting.is_suppressed(dana.workspace, "email", "dana@example.test")
    assert not granting.is_suppressed(WorkspaceFactory(), "email", "dana@example.test")
    assert "dana" not in str(list(Suppression.objects.values()))


@pytest.mark.parametrize(
    ("reason", "actor", "still_blocked"),
    [
        ("unsubscribed", "contact", False),
        ("erased", "contact", False),
        ("unsubscribed", "user:5", True),
        ("dead", "contact", True),
        ("complained", "contact", True),
        ("by_hand", "contact", True),
    ],
)
def test_only_the_persons_own_new_consent_lifts_only_their_own_block(dana, reason, actor, still_blocked):
    granting.suppress(dana.workspace, "email", dana.email, reason=reason)
    granting.grant(dana, "email", **PROOF, actor=actor)
    assert granting.is_suppressed(dana.workspace, "email", dana.email) is still_blocked


def test_the_first_reason_of_a_block_stays(dana):
    granting.suppress(dana.workspace, "sms", dana.phone, reason="dead")
    assert granting.suppress(dana.workspace, "sms", dana.phone, reason="by_hand").reason == "dead"


def test_a_channel_nobody_knows_is_refused(dana):
    with pytest.raises(ValueError, match="fax"):
        granting.grant(dana, "fax", source="form")


def test_a_member_sees_a_masked_address():
    assert granting.mask("dana@example.test") == "d•••@example.test"
    assert granting.mask("+972500000142") == "•••0142"


@pytest.mark.django_db(transaction=True)
def test_two_words_said_at_once_leave_one_that_counts(dana):
    def say(verb):
        try:
            verb(dana, "email", source="form")
        finally:
            connection.close()

    verbs = [granting.grant, granting.withdraw] * 4
    with ThreadPoolExecutor(len(verbs)) as pool:
        for said in [pool.submit(say, verb) for verb in verbs]:
            said.result()
    current = dana.consents.get(is_current=True)
    assert current.state == granting.state(dana, "email")
    assert dana.consents.count() >= 5
