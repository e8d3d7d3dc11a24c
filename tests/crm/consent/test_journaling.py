"""Erased, restored from an older dump, erased again: rehearsed on real rows."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from crm.consent import granting, journaling
from crm.contacts import erasing, merging
from crm.contacts.capturing import capture
from crm.models import Contact, Erasure, Suppression, Workspace
from tests.crm.factories import ContactFactory, WorkspaceFactory


def lines():
    return settings.ERASURE_JOURNAL.read_text().splitlines()


def reapply():
    told = StringIO()
    call_command("reapply_erasures", stdout=told)
    return told.getvalue()


def test_a_line_holds_hashes_and_no_person(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test", phone="+972500000142", first_name="דנה")
    erasing.erase(dana, actor="user:1")
    assert journaling.write_due() == 1
    [line] = lines()
    assert set(json.loads(line)) == {"key", "workspace", "at", "asked", "email", "phone"}
    for personal in ("dana", "142", "דנה"):
        assert personal not in line.replace(json.loads(line)["key"], "").replace(json.loads(line)["email"], "").replace(
            json.loads(line)["phone"], ""
        ).replace(json.loads(line)["at"], "")
    assert journaling.write_due() == 0, "each stands once"
    assert settings.ERASURE_JOURNAL.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_the_line_is_written_once_the_erasure_is_sure():
    dana = ContactFactory(workspace=WorkspaceFactory())
    erasing.erase(dana, actor="user:1")
    assert len(lines()) == 1
    assert Erasure.objects.get().written_at


def restore(workspace, *people):
    """As a dump of before the erasures: the rows are back, and neither blocks nor the knowledge of having erased."""
    Erasure.objects.all().delete()
    Suppression.objects.all().delete()
    for row in people:
        Contact.objects.create(workspace=workspace, **row)


def test_after_a_restore_whoever_the_journal_names_is_erased_again(workspace):
    before = timezone.now() - timedelta(days=5)
    rows = [
        {"email": "dana@example.test", "phone": "+972500000142", "first_name": "דנה", "created_at": before},
        {"phone": "+972500000143", "first_name": "טל", "created_at": before},
        {"email": "gil@example.test", "first_name": "גיל", "created_at": before},
    ]
    people = [Contact.objects.create(workspace=workspace, **row) for row in rows]
    for contact in people[:2]:
        erasing.erase(contact, actor="user:1")
    journaling.write_due()
    restore(workspace, *rows[:2])
    assert "2 erasures" in reapply()
    assert [contact.first_name for contact in Contact.objects.all()] == ["גיל"]
    assert granting.is_suppressed(workspace, "email", "dana@example.test")
    assert granting.is_suppressed(workspace, "sms", "+972500000143")
    assert "0 erasures were not in this database; 0 people" in reapply()


def test_whoever_came_back_on_their_own_is_left_alone(workspace):
    erasing.erase(ContactFactory(workspace=workspace, email="dana@example.test"), actor="user:1")
    journaling.write_due()
    capture(workspace, email="dana@example.test", first_name="דנה")
    Erasure.objects.all().delete()
    reapply()
    assert Contact.objects.get().first_name == "דנה"


def test_a_duplicate_goes_with_whom_it_was_merged_into(workspace):
    before = timezone.now() - timedelta(days=5)
    rows = [{"email": f"dana{number}@example.test", "created_at": before} for number in range(2)]
    winner, loser = (Contact.objects.create(workspace=workspace, **row) for row in rows)
    merging.merge(winner, loser, "user:1")
    erasing.erase(winner, actor="user:1")
    journaling.write_due()
    assert len(lines()) == 2
    restore(workspace, *rows)
    merging.merge(*Contact.objects.order_by("pk"), "user:1")
    reapply()
    assert not Contact.objects.exists()


def test_other_businesses_and_torn_lines_are_passed_over(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test")
    other = ContactFactory(email="dana@example.test", created_at=timezone.now() - timedelta(days=9))
    erasing.erase(dana, actor="user:1")
    journaling.write_due()
    with settings.ERASURE_JOURNAL.open("a") as file:
        file.write('{"key": "half\n[]\n')
    Erasure.objects.all().delete()
    reapply()
    assert Contact.objects.get() == other
    Workspace.objects.filter(pk=workspace.pk).delete()
    assert "0 erasures" in reapply()


def test_without_a_journal_the_command_says_so(db):
    with pytest.raises(CommandError, match="no journal"):
        reapply()


def test_an_erased_person_is_not_mailed_after_being_imported_again(workspace):
    dana = ContactFactory(workspace=workspace, email="dana@example.test")
    erasing.erase(dana, actor="user:1")
    again = capture(workspace, email="dana@example.test").contact
    granting.grant(again, "email", source="import", actor="user:1")
    from crm.consent.mailable import mailable

    assert not mailable(Contact.objects.filter(pk=again.pk), "email").exists()
