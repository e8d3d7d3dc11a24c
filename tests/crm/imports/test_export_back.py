"""What we exported comes in again as it was: nothing is news to who is here, and who is gone comes back whole."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.contacts.models import Contact
from crm.imports.models import Import
from tests.crm.factories import (
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
)
from tests.crm.imports import driving

pytestmark = pytest.mark.django_db
EXPORT, NEW = "/w/foam/contacts/export/", "/w/foam/imports/new/"


@pytest.fixture
def cast(workspace):
    number = CustomFieldFactory(workspace=workspace, label="נקודות", number=True)
    words = CustomFieldFactory(workspace=workspace, label="=הערה")
    dana = ContactFactory(
        workspace=workspace,
        email="dana@example.test",
        phone="+972501234567",
        first_name="=דנה",
        last_name="'-כהן",
        values={number.storage_key: -12.5, words.storage_key: "+1 @א"},
    )
    ContactFactory(workspace=workspace, with_phone_only=True, first_name="טל")
    for name in ("ניוזלטר", "מבצעים, קיץ; 2026", "\\ לוכסן"):
        SubscriptionFactory(contact=dana, list=ListFactory(workspace=workspace, name=name))
    for name in ("* vip", '"מירכאות"', "א, ב; ג"):
        ContactTagFactory(contact=dana, tag=TagFactory(workspace=workspace, name=name))
    return dana


def exported(client, kind):
    columns = client.get(EXPORT).context["form"].initial["columns"]
    answer = client.post(EXPORT, {"format": kind, "columns": columns})
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def checked(client, content, name):
    client.post(NEW, {"file": SimpleUploadedFile(name, content)})
    importing = Import.objects.latest("pk")
    page = client.get(f"/w/foam/imports/{importing.pk}/plan/")
    said = {f"target_{line.place}": line.target for line in page.context["lines"]}
    said |= {"match": "email,phone", "faulty": "refuse", "basis": "none"}
    assert client.post(f"/w/foam/imports/{importing.pk}/plan/", said).status_code == 302
    driving.work()
    return driving.fresh(importing)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_our_own_file_is_no_news(owner_client, workspace, cast, kind):
    importing = checked(owner_client, exported(owner_client, kind), f"ours.{kind}")
    assert importing.tallies["checked"]["rows"] == {"unchanged": 2}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_who_is_gone_comes_back_as_they_were(owner_client, workspace, cast, kind):
    def lines():
        rows = csv.reader(io.StringIO(exported(owner_client, "csv").decode("utf-8-sig")))
        titles = next(rows)
        kept = [place for place, title in enumerate(titles) if place and title not in ("תאריך הצטרפות", "מקור")]
        return sorted([row[place] for place in kept] for row in rows)

    before, content = lines(), exported(owner_client, kind)
    Contact.objects.filter(workspace=workspace).delete()
    driving.started(checked(owner_client, content, f"ours.{kind}"))
    assert lines() == before
