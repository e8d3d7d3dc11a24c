"""A count is always what count(*) says, whatever wrote: verbs, bulk statements, two at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.contacts import counting, editing, erasing, merging, subscribing
from crm.contacts.capturing import capture
from crm.contacts.models import Contact, ContactTag, Headcount, Subscription
from crm.contacts.searching import Search
from tests.crm.factories import ContactFactory, ContactTagFactory, ListFactory, SubscriptionFactory, TagFactory

BULK = """
INSERT INTO crm_contact (workspace_id, email, phone, first_name, last_name, "values", source, created_at, updated_at)
SELECT %s, CASE WHEN g %% 2 = 0 THEN 'bulk' || g || '@example.test' END,
       NULL, '', '', '{}', '', now() - make_interval(days => (g %% 20)::int),
       now()
FROM generate_series(%s::bigint, %s::bigint) g
ON CONFLICT (workspace_id, email) WHERE email IS NOT NULL AND merged_into_id IS NULL DO UPDATE SET first_name = 'again'
"""
ACTS = ["capture", "bin", "restore", "erase", "merge", "join", "leave", "tag", "bulk", "bulk_bin", "raise", "add_up"]


def really(workspace):
    people = Contact.objects.filter(workspace=workspace).alive()
    since, until = counting.week_of(workspace)
    return {
        "all": people.count(),
        "phone": people.filter(email=None).count(),
        "new": people.filter(created_at__gte=since, created_at__lt=until).count(),
        "bin": Contact.objects.filter(workspace=workspace, merged_into=None, deleted_at__isnull=False).count(),
    }


def lists_really(workspace):
    alive = {"contact__deleted_at": None, "contact__merged_into": None}
    return {
        row.pk: counting.OnList(
            row.subscriptions.filter(status="joined", **alive).count(), row.subscriptions.filter(status="left").count()
        )
        for row in workspace.lists.all()
    }


def act(name, workspace, number, row):
    alive = list(Contact.objects.filter(workspace=workspace).alive().order_by("pk"))
    chosen = alive[number % len(alive)] if alive else None
    if name == "capture":
        capture(workspace, email=f"p{number}@example.test", lists=[row], tags=["א"])
    elif name == "bulk":
        with connection.cursor() as cursor:
            cursor.execute(BULK, [workspace.pk, 5_000_000 + number, 5_000_000 + number + 30])
    elif name == "bulk_bin":
        Contact.objects.filter(workspace=workspace, pk__in=[one.pk for one in alive[::3]]).update(
            deleted_at=timezone.now()
        )
    elif name == "restore":
        Contact.objects.filter(workspace=workspace, merged_into=None).update(deleted_at=None)
    elif name == "add_up":
        counting.add_up(timezone.now())
    elif chosen is None:
        return
    elif name == "bin":
        editing.bin(chosen, "")
    elif name == "erase":
        erasing.erase(chosen, actor="")
    elif name == "merge" and len(alive) > 1:
        merging.merge(chosen, next(one for one in alive if one != chosen), "")
    elif name in ("join", "leave"):
        getattr(subscribing, name)(chosen, row, actor="", source="")
    elif name == "tag":
        subscribing.tag(chosen, "ב", actor="")
    elif name == "raise":
        Contact.objects.filter(pk=chosen.pk).update(created_at=timezone.now() - timedelta(days=number % 12))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 40)), max_size=12))
def test_whatever_is_done_the_counts_are_those_of_the_people(workspace, acts):
    row = workspace.lists.first() or ListFactory(workspace=workspace)
    for name, number in acts:
        act(name, workspace, number, row)
    assert counting.totals(workspace) == really(workspace)
    assert {pk: found for pk, found in lists_really(workspace).items() if found != counting.OnList()} == {
        pk: found for pk, found in counting.on_lists(workspace).items() if found != counting.OnList()
    }
    living = Contact.objects.filter(workspace=workspace).alive().values("pk")
    for tag in workspace.tags.all():
        assert counting.tagged(workspace).get(tag.pk, 0) == tag.contact_tags.filter(contact__in=living).count()
    assert counting.differences(workspace) == []


def test_a_business_counts_its_own_people_alone(workspace):
    ContactFactory()
    ContactFactory(workspace=workspace)
    assert counting.totals(workspace)["all"] == 1


def test_new_are_those_whom_a_rule_calls_new(workspace):
    now = datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("Asia/Jerusalem"))
    since, until = counting.week_of(workspace, now)
    assert since == datetime(2026, 11, 19, tzinfo=ZoneInfo("Asia/Jerusalem"))
    assert until == datetime(2026, 11, 27, tzinfo=ZoneInfo("Asia/Jerusalem"))


def test_adding_up_leaves_a_row_for_each_count_and_changes_none(workspace):
    for contact in ContactFactory.create_batch(20, workspace=workspace):
        SubscriptionFactory(contact=contact, list=workspace.lists.first() or ListFactory(workspace=workspace))
    before = counting.totals(workspace), counting.on_lists(workspace)
    assert counting.add_up(timezone.now()) >= 40
    assert (counting.totals(workspace), counting.on_lists(workspace)) == before
    assert Headcount.objects.filter(workspace=workspace).count() <= 4
    assert counting.add_up(timezone.now()) == 0, "nothing is left to do"
    counting.add_up(timezone.now() + timedelta(days=40))
    assert Headcount.objects.filter(workspace=workspace, what="alive").get().since is None


def test_what_was_written_past_the_triggers_is_found_and_mended(workspace):
    ContactFactory.create_batch(3, workspace=workspace)
    Headcount.objects.filter(workspace=workspace).update(delta=7)
    assert ("alive", 0, 21, 3) in counting.differences(workspace)
    call_command("recount")
    assert counting.differences(workspace) == []
    assert counting.totals(workspace) == really(workspace)


def test_a_rolled_back_statement_counts_nobody(workspace):
    with transaction.atomic():
        ContactFactory(workspace=workspace)
        transaction.set_rollback(True)
    assert counting.totals(workspace)["all"] == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_neither_wait_nor_are_miscounted(workspace):
    row = ListFactory(workspace=workspace)

    def write(number):
        try:
            for count in range(5):
                capture(workspace, email=f"t{number}-{count}@example.test", lists=[row])
                capture(workspace, email=f"shared{count}@example.test", lists=[row])
                if number == 0:
                    counting.add_up(timezone.now())
        finally:
            connection.close()

    threads = [Thread(target=write, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.totals(workspace)["all"] == 35
    assert counting.on_lists(workspace)[row.pk].people == 35
    assert counting.differences(workspace) == []


@pytest.mark.parametrize("only", ["", "phone", "new", "bin"])
def test_the_number_over_a_list_is_how_many_it_holds(workspace, only):
    ContactFactory.create_batch(3, workspace=workspace)
    ContactFactory(workspace=workspace, with_phone_only=True)
    ContactFactory.create_batch(2, workspace=workspace, binned=True)
    ContactFactory(workspace=workspace, created_at=timezone.now() - timedelta(days=9))
    search = Search(workspace, only=only)
    assert (search.count().number, search.count().is_exact) == (search.people().count(), True)


def test_lists_and_tags_leave_out_who_is_in_the_bin(workspace):
    row, tag = ListFactory(workspace=workspace), TagFactory(workspace=workspace)
    for binned in (False, True, True):
        contact = ContactFactory(workspace=workspace, binned=binned)
        SubscriptionFactory(contact=contact, list=row)
        ContactTagFactory(contact=contact, tag=tag)
    assert Search(workspace, on_list=row).count().number == 1
    assert Search(workspace, tag=tag).count().number == 1
    assert Subscription.objects.count() == ContactTag.objects.count() == 3


def test_a_search_of_too_many_says_more_than(workspace, monkeypatch):
    monkeypatch.setattr("crm.contacts.searching.MOST_COUNTED", 2)
    ContactFactory.create_batch(3, workspace=workspace)
    found = Search(workspace, words="דנה").count()
    assert (found.number, found.is_exact) == (2, False)
