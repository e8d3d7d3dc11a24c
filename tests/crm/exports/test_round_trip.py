"""Export, import, export: the second file is the first."""

from __future__ import annotations

import random
from typing import Any

import pytest

from crm.contacts.defining import define
from crm.contacts.fields import clean_value
from crm.contacts.identity import one_line
from crm.contacts.models import Contact
from crm.exports import columns
from tests.crm.exports.reader import body, csv_rows, take_in, xlsx_rows
from tests.crm.factories import ContactFactory, ContactTagFactory, ListFactory, SubscriptionFactory, TagFactory
from tests.house.naughty import WORDS

OPTIONS = ["אדום", "כחול, כהה", "a;b|c", "=1+1", "o1", "Yes"]
TYPES = ["text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"]
OURS = ("id", "created_at")  # given by the business that takes the people in


@pytest.fixture
def fields(workspace):
    made = {}
    for kind in TYPES:
        options = [{"id": "", "label": label} for label in OPTIONS] if kind.startswith("choice") else ()
        made[kind] = define(workspace, said={"label": f"שדה {kind}", "type": kind}, options=options)
    define(workspace, said={"label": "מייל", "type": "text"})  # as a column of the contact is called
    return made


def said_by(draw: random.Random, fields: Any, text: str) -> dict[str, Any]:
    ids = [option["id"] for option in fields["choice"].options]
    raw = {
        "text": text,
        "long_text": f"{text}\nשורה שנייה\t{text}",
        "number": draw.choice([0, -7, 12.5, 10**15 - 1, 0.0000001]),
        "date": draw.choice(["1875-01-31", "1900-02-28", "1989-03-14", "2026-11-26"]),
        "yes_no": draw.choice([True, False]),
        "choice": draw.choice(ids),
        "choices": draw.sample(ids, draw.randint(1, len(ids))),
        "rating": draw.randint(1, 5),
        "url": "https://example.test/?a=1,2;3",
    }
    return {
        fields[kind].storage_key: value
        for kind in TYPES
        if draw.random() < 0.8 and (value := clean_value(fields[kind], raw[kind])) is not None
    }


@pytest.fixture
def people(workspace, fields):
    """Somebody for every naughty string, with it in every text that a person has."""
    draw = random.Random(30)
    lists = [ListFactory(workspace=workspace, name=name) for name in ("חדשות", "=a;b", "c\\d", "x, y")]
    tags = [TagFactory(workspace=workspace, name=name) for name in ("VIP", "'=1", "ג;ד")]
    for number, text in enumerate([*WORDS.values(), "=1+1", "'=1+1", "''=x", "+972", "-5", "@a", "'a'"]):
        name = one_line(text)[:100]
        contact = ContactFactory(
            workspace=workspace,
            first_name=name,
            last_name=name,
            source=name,
            email=f"p{number}@example.test",
            phone=draw.choice([None, f"+97250{number:07}", f"+1415555{number:04}", f"+97212{number:07}"]),
            values=said_by(draw, fields, name[:200]),
        )
        for row in draw.sample(lists, draw.randint(0, 4)):
            SubscriptionFactory(contact=contact, list=row)
        for row in draw.sample(tags, draw.randint(0, 3)):
            ContactTagFactory(contact=contact, tag=row)


def asked(workspace: Any) -> list[str]:
    return [
        column.key
        for column in columns.of(workspace)
        if not column.key.startswith("consent") and column.key not in OURS
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["he", "en"])
def test_export_import_export_is_identical(download, workspace, people, kind, language):
    workspace.language = language
    workspace.save()
    read = csv_rows if kind == "csv" else xlsx_rows
    first = read(body(download(format=kind, columns=asked(workspace))))
    assert len(first) > 20
    Contact.objects.filter(workspace=workspace).delete()
    take_in(workspace, list(first), guarded=kind == "csv")
    second = read(body(download(format=kind, columns=asked(workspace))))
    assert second[0] == first[0]
    assert sorted(map(str, (row[1:] for row in second))) == sorted(map(str, (row[1:] for row in first)))


def test_a_file_of_ours_changes_nothing_where_it_came_from(download, workspace, people):
    everything = [column.key for column in columns.of(workspace)][1:]
    first = body(download(columns=everything))
    before = {row["id"]: row for row in Contact.objects.values()}
    take_in(workspace, csv_rows(first), guarded=True)
    after = {row["id"]: row for row in Contact.objects.values()}
    assert {pk: row["values"] for pk, row in after.items()} == {pk: row["values"] for pk, row in before.items()}
    assert body(download(columns=everything)) == first
