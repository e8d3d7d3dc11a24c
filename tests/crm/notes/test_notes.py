from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from crm.contacts import erasing, merging
from crm.models import Event, Note, Task
from crm.notes import planning, writing
from tests.crm.factories import ContactFactory, NoteFactory, TaskFactory
from tests.swaps import part

HTMX = {"HX-Request": "true"}


def test_a_note_is_written_on_the_card_and_told_in_the_timeline(owner_client, owner, url, contact):
    response = owner_client.post(url("contact_notes", pk=contact.pk), {"text": " שורה\r\nועוד \x07"})
    assert response.status_code == 302
    note = Note.objects.get()
    assert (note.text, note.author, note.contact) == ("שורה\nועוד", owner, contact)
    event = Event.objects.get(kind="note.added")
    assert (event.subject_id, event.subject_label, event.properties) == (note.pk, "", {"shown": "שורה ועוד"})
    assert event.actor == f"user:{owner.pk}"


@pytest.mark.parametrize("text", ["", "   ", "\u200f", "א" * 5001, None, 7])
def test_an_empty_or_endless_note_is_refused(contact, text):
    with pytest.raises(ValidationError):
        writing.add(contact, text=text, by=None, actor="")
    assert not Note.objects.exists()
    assert not Event.objects.exists()


def test_only_who_wrote_a_note_edits_it(client_as, url, workspace, contact, owner, editor_user):
    note = writing.add(contact, text="דיברנו", by=editor_user, actor="")
    assert client_as(owner).post(url("note_edit", pk=note.pk), {"text": "אחר"}).status_code == 403
    assert client_as(editor_user).post(url("note_edit", pk=note.pk), {"text": "דיברנו שוב"}).status_code == 302
    note.refresh_from_db()
    assert note.text == "דיברנו שוב"
    assert note.edited_at is not None


def test_the_first_words_leave_the_timeline_when_a_note_is_edited_or_deleted(contact):
    edited = writing.add(contact, text="טעות", by=None, actor="")
    deleted = writing.add(contact, text="סוד", by=None, actor="")
    kept = writing.add(contact, text="נשאר", by=None, actor="")
    writing.edit(edited, text="תיקון")
    writing.delete(deleted)
    told = {event.subject_id: event.properties for event in Event.objects.filter(kind="note.added")}
    assert told == {edited.pk: {}, deleted.pk: {}, kept.pk: {"shown": "נשאר"}}


def test_a_note_is_deleted_with_a_way_back(owner_client, owner, url, contact):
    note = NoteFactory(contact=contact, author=owner)
    response = owner_client.post(url("note_delete", pk=note.pk), headers=HTMX)
    assert url("note_restore", pk=note.pk) in response.headers["HX-Trigger"]
    assert note.text not in response.content.decode()
    owner_client.post(url("note_restore", pk=note.pk))
    note.refresh_from_db()
    assert note.deleted_at is None


def test_an_editor_does_not_delete_a_colleagues_note_and_an_owner_may(client_as, url, owner, editor_user, contact):
    note = NoteFactory(contact=contact, author=owner)
    assert client_as(editor_user).post(url("note_delete", pk=note.pk)).status_code == 403
    mine = NoteFactory(contact=contact, author=editor_user)
    assert client_as(owner).post(url("note_delete", pk=mine.pk)).status_code == 302


def test_a_pinned_note_stands_above_newer_ones(owner_client, url, contact):
    first, second = NoteFactory(contact=contact), NoteFactory(contact=contact)
    owner_client.post(url("note_pin", pk=first.pk))
    assert list(Note.objects.all()) == [first, second]
    owner_client.post(url("note_pin", pk=first.pk), {"off": "1"})
    assert list(Note.objects.all()) == [second, first]


def test_an_analyst_reads_notes_and_writes_none(client_as, analyst, url, contact):
    note = NoteFactory(contact=contact)
    client = client_as(analyst)
    assert note.text in client.get(url("contact_notes", pk=contact.pk)).content.decode()
    assert client.post(url("contact_notes", pk=contact.pk), {"text": "א"}).status_code == 403
    assert client.post(url("note_pin", pk=note.pk)).status_code == 403
    assert Note.objects.count() == 1


def test_many_notes_are_a_screen_of_pages(owner_client, url, contact, django_assert_max_num_queries):
    NoteFactory.create_batch(60, contact=contact)
    with django_assert_max_num_queries(14):
        page = owner_client.get(url("contact_notes", pk=contact.pk)).context["page"]
    assert (page.paginator.count, len(page)) == (60, 50)


def test_a_swap_of_the_card_equals_a_reload(owner_client, workspace, url, contact):
    swapped = owner_client.post(url("contact_notes", pk=contact.pk), {"text": "דיברנו"}, headers=HTMX)
    reloaded = owner_client.get(f"/w/{workspace.slug}/contacts/{contact.pk}/")
    assert part(swapped.content.decode(), "contact-card") == part(reloaded.content.decode(), "contact-card")


def test_notes_and_tasks_follow_a_merge_and_come_back(workspace, contact):
    loser = ContactFactory(workspace=workspace)
    note, task = NoteFactory(contact=loser), TaskFactory(contact=loser, done=True)
    mine = NoteFactory(contact=contact)
    merging.merge(contact, loser, actor="")
    assert set(contact.notes.all()) == {note, mine}
    assert list(contact.tasks.all()) == [task]
    since = NoteFactory(contact=contact)
    merging.unmerge(loser, actor="")
    assert list(loser.notes.all()) == [note]
    assert list(loser.tasks.all()) == [task]
    assert set(contact.notes.all()) == {mine, since}


def test_erasing_a_person_takes_notes_tasks_and_their_words(contact):
    writing.add(contact, text="סוד", by=None, actor="")
    planning.add(contact, said={"title": "סוד", "due_on": timezone.localdate()}, by=None, actor="")
    erasing.erase(contact, actor="")
    assert not Note.objects.exists()
    assert not Task.objects.exists()
    assert [event.properties for event in Event.objects.filter(kind__in=["note.added", "task.added"])] == [{}, {}]


def test_the_bin_is_emptied_after_a_month(contact):
    old, recent = NoteFactory(contact=contact, deleted=True), NoteFactory(contact=contact, deleted=True)
    Note.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert writing.empty_bin(timezone.now() - timedelta(days=30)) == 1
    assert list(Note.objects.all()) == [recent]


@pytest.mark.parametrize("model", [Note, Task])
def test_the_database_refuses_a_row_about_another_businesss_person(contact, model):
    made = (NoteFactory if model is Note else TaskFactory)(contact=contact)
    model.objects.filter(pk=made.pk).update(contact=ContactFactory())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    model.objects.filter(pk=made.pk).update(contact=contact)


@pytest.mark.parametrize("name", ["note_edit", "note_pin", "note_delete", "task_edit", "task_finish", "task_delete"])
def test_what_belongs_to_a_binned_person_is_not_found(owner_client, owner, url, workspace, name):
    gone = ContactFactory(workspace=workspace, binned=True)
    made = NoteFactory(contact=gone, author=owner) if name.startswith("note") else TaskFactory(contact=gone)
    assert owner_client.post(url(name, pk=made.pk)).status_code == 404


def test_rest_writes_lists_edits_pins_and_deletes(api, workspace, contact, owner):
    theirs = NoteFactory(contact=contact, author=owner)
    made = api.post(f"contacts/{contact.pk}/notes/", {"text": "מהאתר", "pinned": True}).json()
    assert (made["text"], made["pinned"], made["author"]) == ("מהאתר", True, None)
    listed = api.get(f"contacts/{contact.pk}/notes/").json()["results"]
    assert {note["author"] for note in listed} == {None, owner.email}
    address = f"contacts/{contact.pk}/notes/{made['id']}/"
    assert api.patch(address, {"text": "תוקן", "pinned": False}).json()["text"] == "תוקן"
    assert api.patch(f"contacts/{contact.pk}/notes/{theirs.pk}/", {"text": "לא שלי"}).status_code == 403
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    other = ContactFactory(workspace=workspace)
    assert api.get(f"contacts/{other.pk}/notes/{theirs.pk}/").status_code == 404
    assert api.get(f"contacts/{ContactFactory().pk}/notes/").status_code == 404
    assert api.post(f"contacts/{contact.pk}/notes/", {"text": " "}).status_code == 400
