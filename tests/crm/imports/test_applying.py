"""What an import does to people: new, known, known twice, in the bin, and what it leaves as it was."""

from __future__ import annotations

from crm.contacts.models import Contact
from tests.crm.factories import ContactFactory, CustomFieldFactory, ListFactory
from tests.crm.imports.driving import dump, imported, undone


def test_new_people_come_in_and_known_ones_are_brought_up_to_date(workspace):
    known = ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    city = CustomFieldFactory(workspace=workspace)
    rows = [
        ["email", "phone", "first_name", city.storage_key],
        ["DANA@example.test", "050-1234567", "דנה", "חיפה"],
        ["noa@example.test", "", "נועה", "תל אביב"],
        ["", "501234568", "גיל", ""],
    ]
    importing = imported(workspace, rows)
    assert importing.tallies["done"]["rows"] == {"updated": 1, "new": 2}
    known.refresh_from_db()
    assert (known.phone, known.last_name, known.values) == ("+972501234567", "כהן", {city.storage_key: "חיפה"})
    gil = Contact.objects.get(phone="+972501234568")
    assert (gil.email, gil.first_name, gil.source) == (None, "גיל", "import")
    assert importing.tallies["done"]["notes"] == {"phone_only": 1}


def test_undone_it_is_as_it_was(workspace):
    ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", last_name="כהן")
    news = ListFactory(workspace=workspace)
    before = dump(workspace)
    rows = [
        ["email", "first_name", "tags"],
        ["dana@example.test", "דניאלה", "vip, חדש"],
        ["noa@example.test", "נועה", "vip"],
    ]
    importing = imported(workspace, rows, lists=[news.pk])
    assert dump(workspace) != before
    importing = undone(importing)
    assert importing.status == "undone"
    assert dump(workspace) == before
    assert importing.tallies["undone"]["rows"] == {"restored": 1, "binned": 1}
