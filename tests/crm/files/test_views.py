"""The list of pictures, sending them, naming them, and picking one in an editor."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.crm.factories import FileFactory
from tests.crm.files.test_uploading import picture, upload
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db
LIST, UPLOAD, PICKER = "/w/foam/files/", "/w/foam/files/upload/", "/w/foam/files/picker/"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_pictures_are_sent_many_at_once_and_shown_to_anybody_for_ever(owner_client, client, workspace):
    sent = [upload(picture(seed=number), f"{number}.jpg") for number in range(2)]
    page = owner_client.post(UPLOAD, {"image": sent}, follow=True)
    assert page.status_code == 200
    assert workspace.files.count() == 2
    shown = client.get(workspace.files.first().url)
    assert (shown.status_code, shown.headers["Content-Type"], len(shown.cookies)) == (200, "image/jpeg", 0)
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert len(b"".join(shown.streaming_content)) == workspace.files.first().size


@pytest.mark.parametrize("address", ["/files/" + "a" * 64 + ".jpg", "/files/" + "a" * 64 + ".svg", "/files/..%2Fx.jpg"])
def test_a_picture_that_is_not_there_is_not_found(client, db, address):
    assert client.get(address).status_code == 404


def test_what_cannot_be_taken_says_why_beside_what_was_taken(owner_client, workspace):
    sent = [upload(picture(), "good.jpg"), upload(b"<svg/>", "evil.svg"), upload(b"\0" * (10 * 1024 * 1024), "big.jpg")]
    answer = owner_client.post(UPLOAD, {"image": sent})
    page = answer.content.decode()
    assert (answer.status_code, workspace.files.count()) == (422, 1)
    assert "evil.svg" in page
    assert "10.0" in page


def test_sending_nothing_asks_for_something(owner_client, workspace):
    assert owner_client.post(UPLOAD).status_code == owner_client.post(UPLOAD, {"image": "text"}).status_code == 422


def test_the_list_is_searched_and_swapped(owner_client, workspace):
    FileFactory(workspace=workspace, name="רכב נקי")
    FileFactory(workspace=workspace, name="לוגו")
    FileFactory(name="של אחרים")
    body = assert_swap_equals_reload(owner_client, f"{LIST}?q=רכב", "file-results")
    assert "רכב נקי" in body
    assert "לוגו" not in body
    assert "של אחרים" not in owner_client.get(LIST).content.decode()
    assert owner_client.get(f"{LIST}?page=zebra&q=%00").status_code == 200


def test_the_list_asks_the_same_however_many_there_are(owner_client, workspace, django_assert_max_num_queries):
    FileFactory.create_batch(30, workspace=workspace)
    with django_assert_max_num_queries(8):
        owner_client.get(LIST, headers={"HX-Request": "true"})


def test_a_picture_is_named_and_an_empty_name_is_refused(owner_client, workspace):
    file = FileFactory(workspace=workspace)
    address = f"{LIST}{file.pk}/"
    assert owner_client.post(address, {"name": ""}).status_code == 422
    assert owner_client.post(address, {"name": "רכב נקי"}).status_code == 302
    file.refresh_from_db()
    assert file.name == "רכב נקי"
    assert owner_client.get(f"{LIST}{FileFactory().pk}/").status_code == 404


def test_who_only_reads_sends_and_names_nothing(client_as, analyst, workspace):
    reading, file = client_as(analyst), FileFactory(workspace=workspace, name="לוגו")
    assert reading.get(LIST).status_code == reading.get(f"{LIST}{file.pk}/").status_code == 200
    assert reading.post(UPLOAD, {"image": upload(picture())}).status_code == 403
    assert reading.post(f"{LIST}{file.pk}/", {"name": "x"}).status_code == 403
    assert reading.get(PICKER).status_code == 403


def test_the_picker_marks_what_is_picked_even_when_it_is_old(owner_client, workspace):
    picked = FileFactory(workspace=workspace, name="הנבחרת")
    FileFactory.create_batch(30, workspace=workspace)
    part = owner_client.get(f"{PICKER}?field=file&picked={picked.pk}").content.decode()
    assert f'name="file" value="{picked.pk}" checked' in part
    assert "<html" not in part


@pytest.mark.parametrize("query", ["field=a b<&picked=x", "picked=-1", "picked=" + "9" * 40, "q=%00&page=-5"])
def test_nonsense_in_the_picker_picks_nothing(owner_client, workspace, query):
    answer = owner_client.get(f"{PICKER}?{query}")
    assert answer.status_code == 200
    assert "checked" not in answer.content.decode()


def test_a_foreign_picture_cannot_be_picked(owner_client, workspace):
    foreign = FileFactory()
    assert f'value="{foreign.pk}"' not in owner_client.get(f"{PICKER}?picked={foreign.pk}").content.decode()


def test_a_picture_sent_from_the_picker_is_chosen_at_once(owner_client, workspace):
    answer = owner_client.post(f"{PICKER}?field=file", {"image": upload(picture())})
    assert f'name="file" value="{workspace.files.get().pk}" checked' in answer.content.decode()
    assert owner_client.post(f"{PICKER}?field=file", {"image": SimpleUploadedFile("x.jpg", b"x")}).status_code == 422
