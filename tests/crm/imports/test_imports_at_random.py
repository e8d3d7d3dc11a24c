"""Any file, any plan, people of any past: the dry run says what the run does, an undo brings back what was, chunks of any size
give the same, and a person's "no" outlives all of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.consent.granting import grant, suppress, withdraw
from crm.consent.models import Consent
from crm.contacts import editing
from crm.contacts.models import Contact, Subscription
from crm.imports import applying, checking, staging, undoing
from crm.imports.models import Import
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory, SubscriptionFactory, WorkspaceFactory
from tests.crm.imports.driving import AGREED, NO_CONSENT, checked, dump, started, undone

EMAILS = ["", "a@example.test", "b@example.test", "c@example.test", "not an address"]
PHONES = ["", "050-1234567", "0501234568", "501234569", "12"]
NAMES = ["", "דנה", "גיל", "דנה"]
WORDS = ["", "משפחתי", "קטן", "שטח, קטן", "אחר"]
ANSWERS = ["", "כן", "לא", "unsubscribed", "cleaned"]
ROW = st.tuples(*map(st.sampled_from, (EMAILS, PHONES, NAMES, WORDS, ["", "x", "y"], ["", "vip", "vip, חדש"], ANSWERS)))
PAST = st.fixed_dictionaries(
    {
        "email": st.sampled_from([None, *EMAILS[1:4]]),
        "phone": st.sampled_from([None, "+972501234567", "+972501234568", "+972501234569"]),
        "first_name": st.sampled_from(NAMES),
        "key": st.sampled_from([None, "x", "y"]),
        "list": st.sampled_from([None, "joined", "left"]),
        "consent": st.sampled_from([None, "granted", "withdrawn", "blocked"]),
        "binned": st.booleans(),
    }
)
POLICY = st.sampled_from(["overwrite", "fill", "append"])
PLAN = st.fixed_dictionaries(
    {
        "match": st.sampled_from([["email", "phone"], ["email"], ["phone"], "key"]),
        "policies": st.tuples(POLICY, POLICY, POLICY),
        "faulty": st.sampled_from(["refuse", "leave_out"]),
        "basis": st.sampled_from(["none", "agreed", "column"]),
        "joins": st.booleans(),
    }
)


@pytest.fixture(params=[1, 3, 5000])
def chunk(request, monkeypatch):
    for room in (applying, checking, staging, undoing):
        monkeypatch.setattr(room, "CHUNK", request.param)
    return request.param


def people_of(past, workspace, key, news) -> None:
    seen: set[str] = set()
    for one in past:
        email, phone = ("" if value in seen else value for value in (one["email"], one["phone"]))
        seen |= {value for value in (email, phone) if value}
        if not email and not phone:
            continue
        values = {key: one["key"]} if one["key"] else {}
        names = {"email": email or None, "phone": phone or None, "first_name": one["first_name"], "values": values}
        contact = ContactFactory(workspace=workspace, **names)
        if one["list"]:
            SubscriptionFactory(contact=contact, list=news, status=one["list"])
        if one["consent"] in ("granted", "withdrawn"):
            (grant if one["consent"] == "granted" else withdraw)(contact, "email", source="form")
        elif one["consent"] and email:
            suppress(workspace, "email", email, reason="unsubscribed")
        if one["binned"]:
            editing.bin(contact, actor="user:1")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=st.lists(PAST, max_size=4), rows=st.lists(ROW, min_size=1, max_size=9), said=PLAN)
def test_a_dry_run_tells_the_truth_and_an_undo_brings_everything_back(db, chunk, past, rows, said):
    workspace = WorkspaceFactory()
    choices, key = (
        CustomFieldFactory(workspace=workspace, choices=True),
        CustomFieldFactory(workspace=workspace).storage_key,
    )
    news = ListFactory(workspace=workspace)
    people_of(past, workspace, key, news)
    before = dump(workspace)
    noes = no_of(workspace)
    titles = ["email", "phone", "first_name", choices.storage_key, key, "tags", "consent"]
    policies = dict(zip(("email", "first_name", choices.storage_key), said["policies"], strict=True))
    importing = checked(
        workspace,
        [titles, *rows],
        policies=policies,
        match=[key] if said["match"] == "key" else said["match"],
        faulty=said["faulty"],
        lists=[news.pk] if said["joins"] else [],
        consent=NO_CONSENT if said["basis"] == "none" else AGREED | {"basis": said["basis"]},
    )
    if importing.status == Import.Status.FAILED:
        assert not any("".join(row) for row in rows)  # nothing but empty lines
        return
    importing = started(importing)
    assert importing.status == Import.Status.DONE, importing.fault
    assert importing.tallies["done"] == importing.tallies["checked"]
    assert importing.effects.count() == importing.rows_read == sum(importing.tallies["done"]["rows"].values())
    assert noes <= no_of(workspace)
    importing = undone(importing)
    assert importing.status == Import.Status.UNDONE, importing.fault
    assert dump(workspace) == before


def no_of(workspace) -> set[tuple[object, ...]]:
    """Every "no" that somebody living said: to a channel, and to a list."""
    people = Contact.objects.filter(workspace=workspace)
    withdrawn = Consent.objects.filter(contact__in=people, is_current=True, state="withdrawn")
    left = Subscription.objects.filter(contact__in=people, contact__deleted_at=None, status="left")
    return {("consent", pk) for pk in withdrawn.values_list("contact_id", flat=True)} | {
        ("list", pk) for pk in left.values_list("contact_id", flat=True)
    }
