from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import AuditEntry, Contact
from tests.crm.exports.reader import body, csv_rows, xlsx_rows
from tests.crm.factories import (
    ConsentFactory,
    ContactFactory,
    ContactTagFactory,
    CustomFieldFactory,
    ListFactory,
    SegmentFactory,
    SubscriptionFactory,
    TagFactory,
)


def names(response):
    rows = csv_rows(body(response))
    return [row[1] for row in rows[1:]]


@pytest.fixture
def cast(workspace):
    """Dana on a list, Gil tagged, Uri by phone only; somebody in the bin, and a stranger of another business."""
    dana = ContactFactory(workspace=workspace, first_name="דנה", email="dana@example.test", phone="+972501234567")
    gil = ContactFactory(workspace=workspace, first_name="גיל", email="gil@example.test")
    uri = ContactFactory(workspace=workspace, first_name="אורי", email=None, phone="+14155550100")
    SubscriptionFactory(contact=dana, list__name="חדשות")
    ContactTagFactory(contact=gil, tag__name="VIP")
    ContactFactory(workspace=workspace, first_name="נמחקת", binned=True)
    ContactFactory(first_name="זר")
    return {"dana": dana, "gil": gil, "uri": uri}


def test_the_page_says_who_and_how_many_and_offers_every_column(owner_client, url, cast, workspace):
    CustomFieldFactory(workspace=workspace, label="עיר")
    page = owner_client.get(url)
    assert page.status_code == 200
    assert page.context["count"] == 3
    text = page.content.decode()
    assert "כל אנשי הקשר" in text
    assert "עיר" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["אורי", "גיל", "דנה"]),
        ("q=דנה", ["דנה"]),
        ("list={list}", ["דנה"]),
        ("tag={tag}", ["גיל"]),
        ("only=phone", ["אורי"]),
        ("only=bin", ["נמחקת"]),
        ("segment={segment}", ["גיל"]),
        ("rule={rule}", ["אורי"]),
        ("ids={dana},{uri}", ["אורי", "דנה"]),
        ("q=nobody", []),
    ],
)
def test_the_file_holds_the_people_of_the_address_and_nobody_else(download, cast, workspace, query, found):
    segment = SegmentFactory(workspace=workspace, rule={"all": [{"tag": "VIP"}]})
    query = (
        query.format(
            list=cast["dana"].lists.get().pk,
            tag=cast["gil"].tags.get().pk,
            segment=segment.pk,
            rule=json.dumps({"all": [{"field": "email", "op": "empty"}]}),
            **{name: contact.pk for name, contact in cast.items()},
        )
        if "=" in query
        else query
    )
    assert names(download(query)) == found


def test_a_fixed_segment_is_exported_as_it_was_frozen(download, cast, workspace):
    segment = SegmentFactory(workspace=workspace, fixed=True, rule={})
    segment.members.create(workspace=workspace, contact=cast["dana"])
    assert names(download(f"segment={segment.pk}")) == ["דנה"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("list={list}", 404),
        ("tag={tag}", 404),
        ("segment={segment}", 404),
        ("ids={contact}", 404),
        ("segment=abc", 404),
        ("ids=abc", 400),
        ("ids=1,,x", 400),
        ("rule=nonsense", 400),
        ('rule={{"all": [{{"list": {list}}}]}}', 400),
        ("rule=[]", 400),
    ],
)
def test_what_is_not_ours_or_cannot_be_read_is_no_file_of_everybody(owner_client, url, query, status):
    query = query.format(
        list=ListFactory().pk, tag=TagFactory().pk, segment=SegmentFactory().pk, contact=ContactFactory().pk
    )
    for send in (owner_client.get, owner_client.post):
        assert send(f"{url}?{query}").status_code == status
    assert not AuditEntry.objects.exists()


def test_an_analyst_exports_nobody(client_as, analyst, url):
    for send in (client_as(analyst).get, client_as(analyst).post):
        assert send(url).status_code == 403
    listed = client_as(analyst).get(reverse("contacts:contact_list", kwargs={"workspace": "foam"}))
    assert url not in listed.content.decode()


def test_an_export_is_written_to_the_audit_log(download, cast, owner):
    body(download("q=דנה", columns=["email", "phone"]))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.user) == ("contacts.exported", owner)
    assert entry.details["people"] == 1
    assert entry.details["columns"] == ["id", "email", "phone"]
    assert entry.details["asked"] == {"q": "דנה"}
    assert "דנה" in entry.subject


def test_nobody_is_a_file_with_heads_alone(download):
    rows = csv_rows(body(download()))
    assert len(rows) == 1
    assert rows[0][:2] == ["מספר איש הקשר במשפך", "שם פרטי"]
    assert len(xlsx_rows(body(download(format="xlsx")))) == 1


def test_heads_are_in_the_language_of_the_business(download, workspace):
    workspace.language = "en"
    workspace.save()
    assert csv_rows(body(download()))[0][:2] == ["Contact number in Mashpech", "First name"]


def test_the_download_has_a_name_and_is_kept_by_nobody(download, cast, workspace):
    workspace.name = 'קצף "טוב"\r\nX: y'
    workspace.save()
    response = download()
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert "\n" not in disposition
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_a_sensitive_field_leaves_by_an_owner_with_a_reason_alone(download, client_as, editor_user, workspace, url):
    secret = CustomFieldFactory(workspace=workspace, label="תעודת זהות", is_sensitive=True)
    ContactFactory(workspace=workspace, values={secret.storage_key: "סוד גדול"})
    assert "סוד גדול" not in body(download()).decode()
    asked = {"columns": ["email", secret.storage_key]}
    refused = download(**asked)
    assert refused.status_code == 422
    assert "reason" in refused.context["form"].errors
    by_editor = client_as(editor_user).post(url, {"format": "csv", "reason": "כי צריך", **asked})
    assert by_editor.status_code == 422
    assert "תעודת זהות" not in client_as(editor_user).get(url).content.decode()
    allowed = body(download(reason="בקשת העיריה", **asked)).decode()
    assert "סוד גדול" in allowed
    details = AuditEntry.objects.filter(details__has_key="reason").get().details
    assert (details["reason"], details["sensitive"]) == ("בקשת העיריה", [secret.storage_key])


@pytest.mark.parametrize("said", [{"columns": ["f999999"]}, {"columns": []}, {"format": "exe"}, {"encoding": "utf-7"}])
def test_a_wish_that_cannot_be_met_is_told(download, said):
    response = download(**said)
    assert response.status_code == 422
    assert set(said) <= set(response.context["form"].errors)
    assert not AuditEntry.objects.exists()


def test_lists_tags_and_consent_stand_in_columns_of_their_own(download, cast):
    ConsentFactory(contact=cast["dana"], channel="email", state="granted", source="form")
    SubscriptionFactory(contact=cast["dana"], list=ListFactory(workspace=cast["dana"].workspace, name="א;ב"))
    rows = csv_rows(body(download("q=דנה")))
    person = dict(zip(rows[0], rows[1], strict=True))
    assert person["רשימות"] == "א\\;ב; חדשות"
    assert person["הסכמה: מייל"] == "יש הסכמה"
    assert person["הסכמה: מייל, מתי"].startswith(f"{timezone.localdate():%Y-%m-%d}")
    assert person["הסכמה: SMS"] == ""


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ";"), ("cp1255", "\t"), ("utf-8-sig", ",")])
def test_encodings_and_delimiters(download, cast, encoding, delimiter):
    name = {";": "semicolon", "\t": "tab", ",": "comma"}[delimiter]
    content = body(download(encoding=encoding, delimiter=name))
    assert content.startswith("\ufeff".encode()) == (encoding == "utf-8-sig")
    assert csv_rows(content, encoding=encoding, delimiter=delimiter)[3][1] == "דנה"


def test_what_an_old_encoding_cannot_write_becomes_a_question_mark(download, workspace):
    ContactFactory(workspace=workspace, first_name="דנה 😀 Ж")
    assert csv_rows(body(download(encoding="cp1255")), encoding="cp1255")[1][1] == "דנה ? ?"


def test_a_workbook_is_typed_and_opens_in_the_direction_of_the_business(download, workspace):
    fields = {kind: CustomFieldFactory(workspace=workspace, label=kind, **{kind: True}) for kind in ("number", "date")}
    born = {fields["number"].storage_key: -12.5, fields["date"].storage_key: "1989-03-14"}
    ContactFactory(workspace=workspace, first_name="=1+1", last_name="_x0041_ <&>", phone="+972501234567", values=born)
    content = body(download(format="xlsx"))
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    row = dict(zip([cell.value for cell in sheet[1]], sheet[2], strict=True))
    assert (row["שם פרטי"].value, row["שם פרטי"].data_type) == ("=1+1", "s")
    assert row["שם פרטי"].quotePrefix, "text it stays, when somebody edits it"
    assert (row["נייד"].value, row["נייד"].data_type) == ("050-123-4567", "s")
    assert (row["number"].value, row["number"].data_type) == (-12.5, "n")
    assert row["date"].value == datetime(1989, 3, 14)  # noqa: DTZ001
    assert sheet.sheet_view.rightToLeft
    read = dict(zip(*xlsx_rows(content), strict=True))
    assert read["שם משפחה"] == "_x0041_ <&>"
    assert read["date"] == date(1989, 3, 14)


def test_a_thousand_people_more_cost_a_batch_of_questions(download, workspace, django_assert_max_num_queries):
    ContactFactory.create_batch(30, workspace=workspace)
    with django_assert_max_num_queries(24):
        assert len(csv_rows(body(download()))) == 31


def test_who_was_erased_meanwhile_is_left_out(download, cast):
    response = download()
    Contact.objects.filter(pk=cast["gil"].pk).delete()
    assert names(response) == ["אורי", "דנה"]


def test_rest_answers_with_a_file_and_an_entry(api, cast):
    response = api.get("/api/v1/contacts/export/?format=csv&columns=email&q=gil")
    assert csv_rows(body(response))[1] == [str(cast["gil"].pk), "gil@example.test"]
    assert AuditEntry.objects.get().api_key is not None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=pdf", 400),
        ("columns=secret", 400),
        ("rule=x", 400),
        ("ids=x", 400),
        ("list=999999", 404),
        ("only=phone&format=xlsx", 200),
    ],
)
def test_rest_refuses_with_json(api, cast, query, status):
    response = api.get(f"/api/v1/contacts/export/?{query}")
    assert response.status_code == status
    if status >= 400:
        assert response.json()["errors"]


def test_rest_has_no_sensitive_columns(api, workspace):
    secret = CustomFieldFactory(workspace=workspace, label="סוד", is_sensitive=True)
    ContactFactory(workspace=workspace, values={secret.storage_key: "נסתר"})
    assert "נסתר" not in body(api.get("/api/v1/contacts/export/")).decode()
    assert api.get(f"/api/v1/contacts/export/?columns={secret.storage_key}").status_code == 400
