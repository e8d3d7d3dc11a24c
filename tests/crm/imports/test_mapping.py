"""A first plan that is right for the files people really bring, and never wrong where it cannot know."""

from __future__ import annotations

import pytest
from django.utils import timezone

from crm.contacts.starter import make_starter_fields
from crm.imports.mapping import suggest
from crm.imports.models import Import
from crm.imports.words import meaning
from tests.crm.factories import CustomFieldFactory, ListFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db

MAILCHIMP = (
    "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,"
    "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
GOOGLE = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,"
    "Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Marketing contact status,Create Date,"
    "Associated Company,Unsubscribed from all email"
)
SMOOVE = "id,email,firstName,lastName,phone,cellPhone,dateOfBirth,city,canReceiveEmails,canReceiveSmsMessages,timestampSignup"


def an_import(workspace, titles, **more):
    names = titles.split(",") if isinstance(titles, str) else titles
    return Import.objects.create(workspace=workspace, name="people.csv", headers=names, **more)


def targets(workspace, titles, *rows):
    importing = an_import(workspace, titles)
    found = suggest(importing, [row.split(",") for row in rows] or [[""] * len(importing.headers)])
    return dict(zip(importing.headers, [column["target"] for column in found.plan["columns"]], strict=True))


@pytest.fixture
def starters(workspace):
    return {field.key: field.storage_key for field in make_starter_fields(workspace)}


@pytest.mark.parametrize(
    ("title", "target"),
    [
        ("אימייל", "email"),
        ('דוא"ל', "email"),
        ("דוא״ל:", "email"),
        ("כתובת  מייל", "email"),
        ("E-Mail", "email"),
        ("EMAIL_ADDRESS", "email"),
        ("נייד", "phone"),
        ("טלפון נייד", "phone"),
        ("טלפון 2", "phone"),
        ("Phone (2)", "phone"),
        ("שם פרטי", "first_name"),
        ("שם משפחה", "last_name"),
        ("שם מלא", "full_name"),
        ("תאריך לידה", "birth_date"),
        ("תגיות", "tags"),
        ("מאשר/ת דיוור", ""),
        ("הערות", ""),
        ("עיר", ""),
    ],
)
def test_titles_mean_what_people_mean_by_them(title, target):
    assert meaning(title) == target


def test_a_hebrew_sheet_is_mapped_whole(workspace, starters):
    CustomFieldFactory(workspace=workspace, label="עיר")
    city = workspace.custom_fields.get(label="עיר").storage_key
    assert targets(workspace, 'שם פרטי,שם משפחה,דוא"ל,נייד,תאריך לידה,עיר,תגיות,הערות') == {
        "שם פרטי": "first_name",
        "שם משפחה": "last_name",
        'דוא"ל': "email",
        "נייד": "phone",
        "תאריך לידה": starters["birth_date"],
        "עיר": city,
        "תגיות": "tags",
        "הערות": "ignore",
    }


def test_mailchimp_is_known_by_its_titles(workspace, starters):
    found = targets(workspace, MAILCHIMP)
    assert {title: target for title, target in found.items() if target != "ignore"} == {
        "Email Address": "email",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Phone Number": "phone",
        "OPTIN_TIME": "created_at",
        "CONFIRM_TIME": "consent_at",
        "TAGS": "tags",
    }
    assert suggest(an_import(workspace, MAILCHIMP), [[""] * 21]).preset.name == "Mailchimp"


@pytest.mark.parametrize(("more", "key"), [(",UNSUB_TIME", "mailchimp_left"), (",CLEAN_TIME", "mailchimp_cleaned")])
def test_mailchimp_says_when_its_file_is_of_those_who_left(workspace, more, key):
    found = suggest(an_import(workspace, MAILCHIMP + more), [[""] * 22])
    assert found.preset.key == key
    assert found.preset.note


def test_google_contacts_are_known_and_every_address_is_taken(workspace, starters):
    found = targets(workspace, GOOGLE)
    assert {title: target for title, target in found.items() if target != "ignore"} == {
        "First Name": "first_name",
        "Last Name": "last_name",
        "Birthday": starters["birth_date"],
        "Labels": "tags",
        "E-mail 1 - Value": "email",
        "E-mail 2 - Value": "email",
        "Phone 1 - Value": "phone",
    }


def test_hubspot_is_known(workspace, starters):
    found = targets(workspace, HUBSPOT)
    wanted = {"Email": "email", "Phone Number": "phone", "Record ID": "ignore", "Marketing contact status": "consent"}
    assert wanted.items() <= found.items()


def test_smoove_is_known(workspace, starters):
    found = targets(workspace, SMOOVE)
    wanted = {"email": "email", "cellPhone": "phone", "phone": "phone", "canReceiveEmails": "consent", "id": "ignore"}
    assert wanted.items() <= found.items()
    assert found["dateOfBirth"] == starters["birth_date"]


def test_cells_speak_where_titles_do_not(workspace):
    rows = ["דנה,dana@example.test,0501234567,12/03/1990"] * 10
    assert targets(workspace, "א,ב,ג,ד", *rows) == {"א": "ignore", "ב": "email", "ג": "phone", "ד": "ignore"}


def test_a_name_beside_a_family_name_is_the_first_one(workspace):
    assert targets(workspace, "שם,משפחה,מייל") == {"שם": "first_name", "משפחה": "last_name", "מייל": "email"}


def test_a_choice_is_not_offered_answers_that_it_does_not_have(workspace, starters):
    assert targets(workspace, "מייל,סטטוס", "a@example.test,זהב", "b@example.test,כסף")["סטטוס"] == "ignore"
    assert targets(workspace, "מייל,מגדר", "a@example.test,נקבה", "b@example.test,זכר")["מגדר"] == starters["gender"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", "30"], "number"),
        (["1,250", "-3.5"], "number"),
        (["007", "012"], "text"),
        (["12/03/1990", "1.4.2001", "2020-01-02"], "date"),
        (["12/31/1990", "1/2/2001"], "text"),
        (["כן", "לא", ""], "yes_no"),
        (["https://example.test/a"], "url"),
        (["זהב", "כסף"] * 20, "choice"),
        (["דנה", "גיל", "טל"], "text"),
        (["א" * 300], "long_text"),
        ([], "text"),
    ],
)
def test_a_new_field_gets_the_type_of_its_cells(workspace, cells, kind):
    rows = [["a@example.test", cell] for cell in cells]
    assert suggest(an_import(workspace, "מייל,חדש"), rows).new[1] == {"label": "חדש", "type": kind}


def test_the_same_titles_bring_back_the_plan_of_last_time_but_not_its_consent(workspace):
    kept, gone = ListFactory(workspace=workspace), ListFactory(workspace=workspace, binned=True)
    plan = {
        "columns": [{"target": "email", "policy": "fill"}, {"target": "f999", "policy": "overwrite"}],
        "match": ["email"],
        "lists": [kept.pk, gone.pk],
        "tags": ["vip"],
        "consent": {"basis": "agreed", "channels": ["email"], "how": "", "wording": "x"},
    }
    an_import(workspace, "מייל,שדה", plan=plan, started_at=timezone.now())
    found = suggest(an_import(workspace, "מייל,שדה"), [["", ""]])
    assert found.remembered is not None
    assert found.plan == {
        "columns": [{"target": "email", "policy": "fill"}, {"target": "ignore", "policy": "overwrite"}],
        "match": ["email"],
        "lists": [kept.pk],
        "tags": ["vip"],
    }


def test_other_businesses_and_plans_never_carried_out_are_not_remembered(workspace):
    plan = {"columns": [{"target": "phone", "policy": "fill"}], "match": ["phone"]}
    an_import(WorkspaceFactory(), "מייל", plan=plan, started_at=timezone.now())
    an_import(workspace, "מייל", plan=plan)
    assert suggest(an_import(workspace, "מייל"), [[""]]).remembered is None


def test_samples_are_different_filled_cells(workspace):
    rows = [[cell] for cell in ["", "א", "א", "ב", "ג", "ד"]]
    assert suggest(an_import(workspace, "מייל"), rows).samples == [["א", "ב", "ג"]]


def test_refused_rows_that_come_back_mended_are_planned_as_before(workspace):
    plan = {"columns": [{"target": "email", "policy": "fill"}], "match": ["email"]}
    an_import(workspace, "כתובת", plan=plan, started_at=timezone.now())
    found = suggest(an_import(workspace, "כתובת,What to mend"), [["", ""]])
    assert [column["target"] for column in found.plan["columns"]] == ["email", "ignore"]
