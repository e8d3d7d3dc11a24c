"""The wizard over HTTP, from a file to its check, as a browser would."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.imports.models import Import
from crm.imports.results import Results
from crm.rules.grammar import clean
from crm.segments import matching
from tests.crm.imports import driving
from tests.crm.imports.making import HEADER, PEOPLE, bomb, csv_of, rewritten, sheet_xml, workbook
from tests.house import naughty
from tests.swaps import assert_swap_equals_reload

pytestmark = pytest.mark.django_db
NEW = "/w/foam/imports/new/"
ORDINARY = csv_of([HEADER, *PEOPLE])


def upload(content, name="לקוחות.csv"):
    raw = (
        content.encode() if isinstance(content, str) else content if isinstance(content, bytes) else content.getvalue()
    )
    return SimpleUploadedFile(name, raw)


@pytest.fixture
def sent(owner_client):
    """`sent(content)`: the import of a file that was just uploaded."""

    def send(content=ORDINARY, name="לקוחות.csv"):
        answer = owner_client.post(NEW, {"file": upload(content, name)})
        assert answer.status_code == 302, answer.content.decode()
        return Import.objects.latest("pk")

    return send


def at(importing, step=""):
    return f"/w/foam/imports/{importing.pk}/{step}"


def test_a_file_leads_to_its_first_rows(owner_client, workspace, sent):
    importing = sent()
    page = owner_client.get(at(importing), follow=True)
    assert page.redirect_chain[-1][0] == at(importing, "reading/")
    body = page.content.decode()
    assert "דנה כהן" in body
    assert "gil@example.test" in body
    assert (importing.name, importing.headers, importing.status) == ("לקוחות.csv", HEADER, "uploaded")


def test_htmx_is_told_to_leave_for_the_next_step(owner_client, workspace):
    answer = owner_client.post(NEW, {"file": upload(csv_of([HEADER, *PEOPLE]))}, headers={"HX-Request": "true"})
    importing = Import.objects.get()
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at(importing, "reading/"))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"%PDF-1.7", "list.csv"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "list.xls"),
        (b"PK\x03\x04", "list.xlsx"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once_and_nothing_is_kept(owner_client, workspace, content, name):
    for headers in ({}, {"HX-Request": "true"}):
        answer = owner_client.post(NEW, {"file": upload(content, name)}, headers=headers)
        assert answer.status_code == 422
        assert name in answer.content.decode()
    assert not Import.objects.exists()


def test_a_workbook_that_unfolds_to_a_gigabyte_is_refused_at_the_door(owner_client, workspace):
    assert owner_client.post(NEW, {"file": upload(bomb(1), "bomb.xlsx")}).status_code == 422
    assert not Import.objects.exists()


def test_nothing_sent_asks_for_something(owner_client, workspace):
    assert owner_client.post(NEW).status_code == 422
    assert owner_client.post(NEW, {"file": "text"}).status_code == 422
    assert owner_client.post(NEW, {"rows": "  "}).status_code == 422


def test_rows_may_be_pasted(owner_client, workspace):
    pasted = csv_of([HEADER, *PEOPLE], delimiter="\t")
    assert owner_client.post(NEW, {"rows": pasted}).status_code == 302
    assert Import.objects.get().headers == HEADER


def test_another_reading_is_shown_at_once_and_kept_only_when_sent(owner_client, sent):
    importing = sent(csv_of([HEADER, *PEOPLE]).encode("cp1255"))
    url = at(importing, "reading/")
    wrong = f"{url}?encoding=cp862&delimiter=,&quote=%22&header_row=1"
    assert "דנה" not in assert_swap_equals_reload(owner_client, wrong, "import-reading")
    assert "דנה" in assert_swap_equals_reload(owner_client, url, "import-reading")
    importing.refresh_from_db()
    assert importing.shape["encoding"] == "cp1255"
    owner_client.post(url, {"encoding": "cp1255", "delimiter": ",", "quote": '"', "header_row": "0"})
    importing.refresh_from_db()
    assert (importing.shape["header_row"], len(importing.headers)) == (0, 3)


@pytest.mark.parametrize(
    "query", ["encoding=koi8_r", "header_row=999", "delimiter=x", "header_row=", "sheet=%00", "quote=zz"]
)
def test_nonsense_about_the_reading_is_let_go_of(owner_client, sent, query):
    body = owner_client.get(at(sent(), f"reading/?{query}")).content.decode()
    assert "דנה כהן" in body


def test_a_quotation_mark_left_open_is_told_with_its_row_and_may_be_overruled(owner_client, sent):
    importing = sent(csv_of([HEADER, *PEOPLE, ['"פתוח', "a@example.test", ""], *PEOPLE * 9]))
    url = at(importing, "reading/")
    body = owner_client.get(url).content.decode()
    assert "4" in body
    assert owner_client.post(url, {}).status_code == 422
    assert owner_client.get(at(importing, "plan/")).status_code == 302
    assert (
        owner_client.post(url, {"quote": "", "delimiter": ",", "encoding": "utf-8-sig", "header_row": "1"}).status_code
        == 302
    )
    importing.refresh_from_db()
    assert importing.headers == HEADER


def test_another_sheet_is_looked_at_afresh(owner_client, sent):
    book = workbook([["ריק"]], title="ראשון", שני=[["דוח"], [], HEADER, *PEOPLE])
    importing = sent(book, "book.xlsx")
    url = at(importing, "reading/")
    body = owner_client.get(f"{url}?sheet=שני&seen=ראשון&header_row=1").content.decode()
    assert "דנה כהן" in body
    assert '<option value="3" selected>' in body


def test_faults_of_a_workbook_are_told_beside_its_rows(owner_client, owner, sent):
    owner.language = "en"
    owner.save()
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>mail</t></is></c></row>'
    body = '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="inlineStr"><is><t>a@example.test</t></is></c></row>'
    late = '<row r="3"><c r="A3"><f>A1</f></c><c r="B3" t="inlineStr"><is><t>b@example.test</t></is></c></row>'
    importing = sent(rewritten(workbook([["x"]]), sheet1=sheet_xml(head + body + late)), "book.xlsx")
    page = owner_client.get(at(importing, "reading/")).content.decode()
    assert "#N/A" in page
    assert "no value saved" in page


def plan_of(importing, **said):
    """What a browser would send of the suggested plan."""
    body = {f"target_{place}": "ignore" for place in range(len(importing.headers))}
    named = {"שם": "full_name", "אימייל": "email", "נייד": "phone"}
    for place, title in enumerate(importing.headers):
        body[f"target_{place}"] = named.get(title, "ignore")
    return body | {"match": "email,phone", "faulty": "leave_out", "basis": "none", "tags": "", "new_list": ""} | said


def test_the_plan_is_suggested_and_checked(owner_client, workspace, sent):
    importing = sent()
    body = assert_swap_equals_reload(owner_client, at(importing, "plan/"), "import-plan")
    for name in ("full_name", "email", "phone"):
        assert f'<option value="{name}" selected>' in body
    said = plan_of(importing, basis="agreed", channels=["email"], how="הטופס באתר", new_list="ניוזלטר", tags="vip, חדש")
    answer = owner_client.post(at(importing, "plan/"), said)
    assert answer.status_code == 302, answer.content.decode()
    importing.refresh_from_db()
    assert importing.status == "checking"
    assert [column["target"] for column in importing.plan["columns"]] == ["full_name", "email", "phone"]
    assert importing.plan["lists"] == [workspace.lists.get(name="ניוזלטר").pk]
    assert importing.plan["tags"] == ["vip", "חדש"]
    assert importing.plan["consent"] == {"basis": "agreed", "channels": ["email"], "how": "הטופס באתר", "wording": ""}


def test_a_list_of_that_name_is_joined_and_not_made_again(owner_client, workspace, sent):
    known = workspace.lists.create(name="ניוזלטר")
    importing = sent()
    owner_client.post(at(importing, "plan/"), plan_of(importing, new_list="  ניוזלטר "))
    importing.refresh_from_db()
    assert importing.plan["lists"] == [known.pk]


def test_the_question_of_consent_must_be_answered(owner_client, sent):
    importing = sent()
    answer = owner_client.post(at(importing, "plan/"), plan_of(importing) | {"basis": ""})
    assert answer.status_code == 422
    importing.refresh_from_db()
    assert importing.status == "uploaded"


@pytest.mark.parametrize(
    "said",
    [
        {"basis": "agreed", "channels": ["email"], "how": "", "wording": ""},
        {"basis": "agreed", "channels": [], "how": "x"},
        {"basis": "column", "channels": ["email"], "how": "x"},
        {"target_0": "email", "target_1": "ignore", "target_2": "ignore", "match": "phone"},
        {"target_1": "ignore", "target_2": "ignore"},
        {"target_0": "f999999"},
        {"target_0": "nonsense"},
        {"target_0": "new", "label_0": " ", "type_0": "zzz"},
        {"policy_0": "zzz"},
        {"match": "zzz"},
        {"lists": ["999999"]},
        {"tags": "x" * 61},
    ],
)
def test_a_plan_that_cannot_be_is_refused_where_it_is_wrong_and_makes_nothing(owner_client, workspace, sent, said):
    importing = sent()
    answer = owner_client.post(at(importing, "plan/"), plan_of(importing, **said) | {"new_list": "חדשה"})
    assert answer.status_code == 422
    assert "m-error" in answer.content.decode()
    importing.refresh_from_db()
    assert (importing.status, importing.plan, workspace.lists.count()) == ("uploaded", {}, 0)


def test_a_field_is_made_on_the_spot_with_every_answer_of_the_file(owner_client, workspace, sent):
    rows = [
        ["מייל", "דרגה"],
        *[[f"a{n}@example.test", ["זהב", "כסף", "ארד"][n % 3]] for n in range(300)],
        ["z@example.test", "יהלום"],
    ]
    importing = sent(csv_of(rows))
    drawn = owner_client.post(at(importing, "plan/"), {"redraw": "all", "target_0": "email", "target_1": "ignore"})
    assert 'name="label_1" value="דרגה"' in drawn.content.decode()
    assert '<option value="choice" selected>' in drawn.content.decode()
    said = plan_of(importing, target_0="email", target_1="new", label_1="דרגה", type_1="choice", match="email")
    assert owner_client.post(at(importing, "plan/"), said).status_code == 302
    field = workspace.custom_fields.get(label="דרגה")
    assert [option["label"] for option in field.options] == ["זהב", "כסף", "ארד", "יהלום"]
    importing.refresh_from_db()
    assert importing.plan["columns"][1]["target"] == field.storage_key


def test_redrawing_keeps_nothing_and_complains_of_nothing(owner_client, workspace, sent):
    importing = sent()
    answer = owner_client.post(
        at(importing, "plan/"), {"redraw": "line", "target_0": "new"}, headers={"HX-Request": "true"}
    )
    body = answer.content.decode()
    assert (answer.status_code, "<html" in body, "m-error" in body) == (200, False, False)
    first_button = body.partition("<button")[2].partition(">")[0]  # Enter in the title of a new field presses it
    assert 'name="label_0"' in body
    assert "redraw" not in first_button
    importing.refresh_from_db()
    assert importing.plan == {}


def test_a_file_may_be_removed_before_anything_happened(owner_client, sent):
    importing = sent()
    assert owner_client.post(at(importing, "discard/"), follow=True).status_code == 200
    assert not Import.objects.exists()


def test_who_only_reads_may_not_send_plan_or_steer(client_as, analyst, sent):
    importing, client = sent(), client_as(analyst)
    assert client.get("/w/foam/imports/").status_code == 200
    assert client.post(NEW, {"file": upload("a,b\n1,2\n")}).status_code == 403
    for step in ("reading/", "plan/", "rejects/"):
        assert client.get(at(importing, step)).status_code == 403
    for step in ("start/", "stop/", "resume/", "undo/", "discard/"):
        assert client.post(at(importing, step)).status_code == 403
    assert client.get(at(importing)).status_code == 200


# The whole way, with the clock's worker in between


def go_on(importing):
    driving.work()
    importing.refresh_from_db()
    return importing


@pytest.mark.parametrize(("language", "ready"), [("he", "עוד לא השתנה כלום"), ("en", "Nothing was changed yet")])
def test_the_whole_way_of_a_file_and_back(owner_client, owner, workspace, sent, language, ready):
    owner.language = language
    owner.save()
    importing = sent(csv_of([HEADER, *PEOPLE, ["טל", "broken", ""]]))
    said = plan_of(importing, basis="agreed", channels=["email"], how="הטופס", new_list="ניוזלטר")
    assert owner_client.post(at(importing, "plan/"), said).status_code == 302
    assert 'hx-trigger="every 2s"' in assert_swap_equals_reload(owner_client, at(importing), "import-state")

    assert go_on(importing).status == "checked"
    moved = owner_client.get(at(importing) + "?was=checking", headers={"HX-Request": "true"})
    assert (moved.status_code, moved.headers["HX-Refresh"]) == (204, "true")
    body = owner_client.get(at(importing)).content.decode()
    assert ready in body
    assert "?outcome=new" in body
    assert workspace.contacts.count() == 0
    assert "dana@example.test" in owner_client.get(at(importing, "rows/?outcome=new")).content.decode()
    assert "broken" in owner_client.get(at(importing, "rows/?outcome=refused")).content.decode()
    assert b"broken" in b"".join(owner_client.get(at(importing, "rejects/")).streaming_content)

    assert owner_client.post(at(importing, "start/")).status_code == 302
    assert go_on(importing).status == "done"
    people = workspace.lists.get().contacts
    assert sorted(people.values_list("email", flat=True)) == ["dana@example.test", "gil@example.test"]
    body = owner_client.get(at(importing)).content.decode()
    assert "/undo/" in body
    assert "/segments/new/?rule=" in body
    assert "לקוחות.csv" in owner_client.get("/w/foam/").content.decode()

    assert owner_client.post(at(importing, "undo/")).status_code == 302
    assert go_on(importing).status == "undone"
    assert workspace.contacts.alive().count() == 0
    assert owner_client.get(at(importing)).status_code == owner_client.get("/w/foam/imports/").status_code == 200


def test_the_people_of_an_import_are_a_segment_of_one_click(owner_client, workspace, sent):
    importing = sent()
    owner_client.post(at(importing, "plan/"), plan_of(importing))
    go_on(importing)
    owner_client.post(at(importing, "start/"))
    go_on(importing)
    rule = Results(importing).rule
    assert matching.contacts(workspace, clean(rule, workspace)).count() == 2


def test_refused_rows_come_back_mended_with_the_choices_of_before(owner_client, workspace, sent):
    importing = sent(csv_of([HEADER, *PEOPLE, ["טל", "broken", ""]]))
    owner_client.post(at(importing, "plan/"), plan_of(importing))
    go_on(importing)
    owner_client.post(at(importing, "start/"))
    go_on(importing)
    rejected = b"".join(owner_client.get(at(importing, "rejects/")).streaming_content)
    again = sent(rejected.replace(b"broken", b"tal@example.test"), "mended.csv")
    body = owner_client.get(at(again, "plan/")).content.decode()
    assert body.count('<option value="full_name" selected>') == 1
    assert body.count('<option value="email" selected>') == 1


@pytest.mark.parametrize("word", naughty.WORDS.values(), ids=naughty.WORDS)
def test_naughty_names_titles_and_cells_are_only_words(owner_client, workspace, sent, word):
    rows = io.StringIO()
    csv.writer(rows).writerows(
        [["מייל", word, "שם"], ["a@example.test", word, word], ["b@example.test", word[::-1], "x"]]
    )
    importing = sent(rows.getvalue().encode("utf-8", "replace"), f"{word[:80]}.csv".replace("/", "_"))
    for step in ("reading/", "plan/"):
        page = owner_client.get(at(importing, step))
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
    columns = {f"target_{n}": "ignore" for n in range(len(importing.headers))}
    said = plan_of(importing) | columns | {"target_0": "email", "target_1": "new", "type_1": "text", "match": "email"}
    answer = owner_client.post(at(importing, "plan/"), said)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert go_on(importing).status in ("checked", "failed")
        owner_client.post(at(importing, "start/"))
        go_on(importing)
    for url in (
        at(importing),
        at(importing, "rows/?outcome=new"),
        at(importing, "rows/?outcome=refused"),
        "/w/foam/imports/",
    ):
        page = owner_client.get(url, follow=True)
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_the_list_of_imports_costs_the_same_however_long(owner_client, workspace, sent):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            owner_client.get("/w/foam/imports/")
        return len(asked)

    for _import in range(2):
        sent()
    few = cost()
    for _import in range(5):
        sent()
    assert cost() == few


def test_drawing_the_plan_does_not_ask_per_column(owner_client, workspace, sent):
    def cost(width):
        importing = sent(csv_of([[f"c{n}" for n in range(width)], ["a@example.test"] * width]))
        with CaptureQueriesContext(connection) as asked:
            assert owner_client.get(at(importing, "plan/")).status_code == 200
        return len(asked)

    assert cost(3) == cost(300)
