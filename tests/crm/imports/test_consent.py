"""An import and what people said of mail: it may add a "yes" with its proof, and never takes a "no" away."""

from __future__ import annotations

import pytest

from crm.consent.granting import grant, is_suppressed, state, suppress, withdraw
from crm.consent.mailable import mailable
from crm.consent.models import Consent
from crm.contacts.models import Contact
from crm.timeline.models import Event
from tests.crm.factories import ContactFactory, ListFactory, SubscriptionFactory
from tests.crm.imports.driving import AGREED, dump, imported, undone

ROWS = [["email", "first_name"], ["dana@example.test", "דנה"], ["noa@example.test", "נועה"]]


def test_without_a_basis_nobody_may_be_written_to(workspace):
    imported(workspace, ROWS)
    assert Contact.objects.count() == 2
    assert not mailable(Contact.objects.all(), "email").exists()
    assert not Consent.objects.exists()


def test_a_basis_is_kept_as_proof_of_each(workspace, owner):
    importing = imported(workspace, ROWS, by=owner, consent=AGREED)
    assert mailable(Contact.objects.all(), "email").count() == 2
    proof = Consent.objects.get(contact__email="dana@example.test")
    assert (proof.source, proof.actor, proof.form_version) == (
        "import",
        f"user:{owner.pk}",
        f"import {importing.pk}, row 1",
    )
    assert proof.wording == f"{AGREED['wording']}\n{AGREED['how']}"
    assert Event.objects.filter(kind="consent.granted").count() == 2
    assert importing.tallies["done"]["notes"] == {"agreed": 2}


@pytest.mark.parametrize("how", ["withdrew", "blocked", "erased before"])
def test_whoever_said_no_stays_unsubscribed(workspace, how):
    if how == "withdrew":
        withdraw(ContactFactory(workspace=workspace, email="dana@example.test"), "email", source="preferences")
    else:
        suppress(workspace, "email", "dana@example.test", reason="unsubscribed" if how == "blocked" else "erased")
    importing = imported(workspace, ROWS, consent=AGREED)
    assert list(mailable(Contact.objects.all(), "email").values_list("email", flat=True)) == ["noa@example.test"]
    assert importing.tallies["done"]["notes"] == {"unsubscribed": 1, "agreed": 1}
    assert how == "withdrew" or is_suppressed(workspace, "email", "dana@example.test")


def test_whoever_left_a_list_is_not_put_back(workspace):
    news = ListFactory(workspace=workspace)
    left = SubscriptionFactory(left=True, contact__workspace=workspace, contact__email="dana@example.test", list=news)
    importing = imported(workspace, ROWS, lists=[news.pk])
    left.refresh_from_db()
    assert left.status == "left"
    assert news.subscriptions.filter(status="joined").count() == 1
    assert importing.tallies["done"]["notes"] == {"unsubscribed": 1}
    assert Event.objects.filter(kind="list.joined").count() == 1


def test_a_column_says_who_agreed_and_who_left(workspace):
    rows = [
        ["email", "consent"],
        ["yes@example.test", "כן"],
        ["no@example.test", "לא"],
        ["blank@example.test", ""],
        ["gone@example.test", "Unsubscribed"],
        ["dead@example.test", "cleaned"],
        ["what@example.test", "אולי"],
    ]
    importing = imported(workspace, rows, consent=AGREED | {"basis": "column"})
    states = {row.email: state(row, "email") for row in Contact.objects.all()}
    assert states == {
        "yes@example.test": "granted", "no@example.test": "unknown", "blank@example.test": "unknown",
        "gone@example.test": "withdrawn", "dead@example.test": "unknown",
    }  # fmt: skip
    assert is_suppressed(workspace, "email", "dead@example.test")
    assert importing.tallies["done"]["rows"] == {"new": 5, "refused": 1}
    assert importing.tallies["done"]["notes"] == {"agreed": 1, "unsubscribed": 2}


def test_a_yes_of_before_is_not_said_twice_and_a_no_of_the_file_ends_it(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test")
    grant(dana, "email", source="form")
    before = dump(workspace)
    imported(workspace, ROWS, consent=AGREED)
    assert dana.consents.count() == 1
    importing = imported(workspace, [["email", "consent"], ["dana@example.test", "unsubscribed"]])
    assert state(dana, "email") == "withdrawn"
    undone(importing)
    assert state(dana, "email") == "granted"
    assert dump(workspace)["consents"][0] == before["consents"][0]


def test_a_phone_is_agreed_to_for_its_own_channels(workspace):
    plan = AGREED | {"channels": ["email", "sms", "whatsapp"]}
    imported(workspace, [["email", "phone"], ["", "0501234567"]], consent=plan)
    gil = Contact.objects.get()
    assert {row.channel for row in gil.consents.all()} == {"sms", "whatsapp"}


def test_taken_back_it_is_unknown_again_and_the_ledger_says_why(workspace):
    importing = undone(imported(workspace, ROWS, consent=AGREED))
    dana = Contact.objects.get(email="dana@example.test")
    assert state(dana, "email") == "unknown"
    rows = Consent.objects.filter(contact=dana).order_by("pk").values_list("state", "source", "is_current")
    assert list(rows) == [("granted", "import", False), ("withdrawn", "import_undo", False)]
    assert importing.tallies["undone"]["rows"] == {"binned": 2}
