"""Consent follows the person: into another contact, out of the bin, and beyond erasure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.consent import granting
from crm.consent.models import Consent, Suppression
from crm.contacts.capturing import capture
from crm.contacts.erasing import erase
from crm.contacts.merging import merge
from crm.contacts.unmerging import unmerge
from crm.timeline.models import Event
from crm.visitors.models import Visitor
from tests.crm.factories import ConsentFactory, ContactFactory, IdentityEdgeFactory

pytestmark = pytest.mark.django_db


def test_an_erased_person_leaves_a_block_that_names_nobody(workspace):
    dana = ConsentFactory(contact__workspace=workspace, contact__with_phone=True).contact
    address, phone = dana.email, dana.phone
    granting.suppress(workspace, "email", address, reason="complained")
    IdentityEdgeFactory(contact=dana)
    erase(dana, actor="user:1")
    assert granting.is_suppressed(workspace, "email", address)
    assert granting.is_suppressed(workspace, "sms", phone)
    assert set(Suppression.objects.values_list("reason", "hint")) == {("complained", ""), ("erased", "")}
    assert not Consent.objects.exists()
    assert not Visitor.objects.exists()
    assert not Event.objects.filter(contact__isnull=False).exists()


def test_one_who_lay_too_long_in_the_bin_keeps_only_their_no(workspace):
    long_ago = timezone.now() - timedelta(days=31)
    quiet = ConsentFactory(contact=ContactFactory(workspace=workspace, deleted_at=long_ago)).contact
    refused = ConsentFactory(contact=ContactFactory(workspace=workspace, deleted_at=long_ago), withdrawn=True).contact
    addresses = quiet.email, refused.email
    erase(quiet, actor="system")
    erase(refused, actor="system")
    assert [granting.is_suppressed(workspace, "email", address) for address in addresses] == [False, True]


@pytest.mark.parametrize(("said", "after"), [("granted", "unknown"), ("withdrawn", "withdrawn")])
def test_who_comes_back_from_the_bin_is_asked_anew_but_a_no_stays(workspace, said, after):
    contact = ConsentFactory(contact=ContactFactory(workspace=workspace, binned=True), state=said).contact
    capture(workspace, email=contact.email, actor="contact")
    assert granting.state(contact, "email") == after


@pytest.mark.parametrize(
    ("winners", "losers", "after"),
    [
        (None, "granted", "granted"),
        (None, "withdrawn", "withdrawn"),
        ("granted", "withdrawn", "withdrawn"),
        ("withdrawn", "granted", "withdrawn"),
        ("granted", None, "granted"),
    ],
)
def test_a_no_of_either_is_the_no_of_both_and_undoing_gives_it_back(workspace, winners, losers, after):
    winner, loser = ContactFactory(workspace=workspace), ContactFactory(workspace=workspace, with_phone_only=True)
    for contact, said in ((winner, winners), (loser, losers)):
        if said:
            ConsentFactory(contact=contact, state=said, wording=f"{said} words")
    merge(winner, loser, actor="user:1")
    assert granting.state(winner, "email") == after
    assert winner.consents.get(is_current=True).wording == f"{after} words"
    unmerge(loser, actor="user:1")
    assert granting.state(winner, "email") == (winners or "unknown")
