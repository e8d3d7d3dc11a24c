"""Stopping, going on, starting anew; chunks and leases; what is dropped after thirty days."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.contacts.models import Contact
from crm.imports import applying, leasing, planning, purging, staging, steering, storing, tasks, working
from crm.imports.models import Import, ImportEffect, ImportPart, ImportRow
from tests.crm.factories import CustomFieldFactory, ListFactory, WorkspaceFactory
from tests.crm.imports.driving import checked, dump, fresh, imported, plan_of, started, undone, uploaded, work

ROWS = [["email", "first_name"], *([f"p{number}@example.test", f"שם {number}"] for number in range(10))]


def stopped_half_way(workspace, monkeypatch) -> Import:
    monkeypatch.setattr(applying, "CHUNK", 3)
    importing = checked(workspace, ROWS)
    steering.start(importing, by=None)
    claimed = leasing.claim()
    applying._chunk(claimed, applying.Policies.from_plan(claimed), 3)
    leasing.release(claimed)
    return steering.stop(importing, by=None)


def test_a_stopped_import_keeps_what_it_did_and_goes_on_from_there(workspace, monkeypatch):
    importing = stopped_half_way(workspace, monkeypatch)
    assert (importing.status, importing.rows_done, Contact.objects.count()) == ("stopped", 3, 3)
    work()
    assert Contact.objects.count() == 3
    steering.resume(importing, by=None)
    work()
    importing = fresh(importing)
    assert (importing.status, importing.rows_done) == ("done", 10)
    assert importing.effects.count() == Contact.objects.count() == 10
    assert importing.tallies["done"] == importing.tallies["checked"]


def test_a_stopped_import_can_be_undone(workspace, monkeypatch):
    before = dump(workspace)
    importing = undone(stopped_half_way(workspace, monkeypatch))
    assert importing.status == Import.Status.UNDONE
    assert dump(workspace) == before


def test_a_worker_that_was_overtaken_writes_nothing_more(workspace):
    importing = checked(workspace, ROWS)
    steering.start(importing, by=None)
    slow = leasing.claim()
    assert leasing.claim() is None
    Import.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = leasing.claim()
    assert quick.pk == slow.pk
    with pytest.raises(leasing.Lost):
        applying.run(slow, until=time.monotonic() + 5)
    assert Contact.objects.count() == 0
    assert applying.run(quick, until=time.monotonic() + 5)


def test_a_reading_that_was_cut_off_goes_on_after_the_last_row_it_kept(workspace, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 4)
    importing = uploaded(workspace, ROWS)
    planning.accept(importing, plan_of(ROWS[0]), by=None)
    claimed = leasing.claim()
    kept = staging.copy
    calls = []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        kept(*arguments)

    monkeypatch.setattr(staging, "copy", failing)
    with pytest.raises(KeyboardInterrupt):
        staging.stage(claimed, until=time.monotonic() + 5)
    leasing.release(claimed)
    assert fresh(importing).rows_read == 4
    work()
    assert fresh(importing).status == Import.Status.CHECKED
    assert list(importing.rows.order_by("number").values_list("number", "email")) == [
        (number + 1, f"p{number}@example.test") for number in range(10)
    ]


def test_a_new_plan_begins_the_check_anew(workspace):
    importing = checked(workspace, ROWS)
    planning.accept(importing, plan_of(["email", "last_name"]), by=None)
    assert importing.rows.count() == 0
    work()
    started(fresh(importing))
    assert Contact.objects.get(email="p3@example.test").last_name == "שם 3"


def test_a_check_can_be_called_off(workspace):
    importing = uploaded(workspace, ROWS)
    planning.accept(importing, plan_of(ROWS[0]), by=None)
    assert steering.stop(importing, by=None).status == Import.Status.UPLOADED
    work()
    assert fresh(importing).rows_read == 0


def test_what_was_not_checked_cannot_be_started_and_what_was_started_cannot_be_planned(workspace):
    importing = uploaded(workspace, ROWS)
    with pytest.raises(ValidationError):
        steering.start(importing, by=None)
    done = imported(workspace, ROWS)
    for verb in (lambda: planning.accept(done, plan_of(ROWS[0]), by=None), lambda: steering.discard(done, by=None)):
        with pytest.raises(ValidationError):
            verb()


def test_a_file_that_changed_nothing_can_be_thrown_away(workspace):
    steering.discard(checked(workspace, ROWS), by=None)
    assert not Import.objects.exists()
    assert not ImportPart.objects.exists()
    assert not ImportRow.objects.exists()


def test_a_file_that_cannot_be_read_on_ends_with_words(workspace):
    importing = uploaded(workspace, ROWS)
    planning.accept(importing, plan_of(ROWS[0]), by=None)
    importing.parts.all().delete()
    work()
    importing = fresh(importing)
    assert importing.status == Import.Status.FAILED
    assert importing.fault


def test_a_file_of_titles_alone_ends_with_words(workspace):
    importing = uploaded(workspace, [["email", "first_name"], ["", ""]])
    planning.accept(importing, plan_of(["email", "first_name"]), by=None)
    work()
    assert fresh(importing).status == Import.Status.FAILED


def test_too_many_rows_are_refused_in_words(workspace, monkeypatch):
    monkeypatch.setattr(staging, "MOST_ROWS", 9)
    importing = checked(workspace, ROWS)
    assert importing.status == Import.Status.FAILED
    assert "9" in importing.fault


def test_after_thirty_days_rows_and_file_are_dropped_and_the_figures_stay(workspace):
    importing, lying = imported(workspace, ROWS), uploaded(workspace, ROWS)
    assert purging.purge(now=timezone.now() + timedelta(days=29)) == 0
    assert purging.purge(now=timezone.now() + timedelta(days=31)) == 2
    for model in (ImportRow, ImportEffect, ImportPart):
        assert not model.objects.exists()
    importing = fresh(importing)
    assert importing.tallies["done"]["rows"] == {"new": 10}
    assert not importing.can_be_undone
    assert not fresh(lying).can_be_planned


def test_the_clock_works_and_purges(workspace):
    importing = uploaded(workspace, ROWS)
    planning.accept(importing, plan_of(ROWS[0]), by=None)
    tasks.work()
    assert fresh(importing).status == Import.Status.CHECKED
    tasks.purge()
    assert fresh(importing).purged_at is None


def test_one_import_that_breaks_does_not_hold_up_the_next(workspace, monkeypatch):
    broken = checked(workspace, ROWS)
    other = checked(WorkspaceFactory(), ROWS)
    steering.start(broken, by=None)
    steering.start(other, by=None)
    whole = working.applying.run

    def run(importing, *, until):
        if importing.pk == broken.pk:
            raise ZeroDivisionError
        return whole(importing, until=until)

    monkeypatch.setattr(working.applying, "run", run)
    work()
    assert (fresh(broken).status, fresh(other).status) == ("failed", "done")


def test_the_file_comes_back_as_it_went_in(workspace, monkeypatch):
    monkeypatch.setattr(storing, "PART", 7)
    content = bytes(range(256)) * 3
    importing = storing.receive(workspace, name="א" * 300 + ".csv", chunks=[content[:100], b"", content[100:]], by=None)
    file = storing.open_file(importing)
    assert file.read() == content
    file.seek(250)
    assert file.read(10) == content[250:260]
    assert file.seek(-3, 2) == len(content) - 3
    assert file.read() == content[-3:]
    assert importing.name.endswith(".csv")


@pytest.mark.parametrize("content", [[b""], [b"x" * 11]])
def test_an_empty_or_too_large_file_is_refused_and_leaves_nothing(workspace, monkeypatch, content):
    monkeypatch.setattr(storing, "MOST_BYTES", 10)
    with pytest.raises(ValidationError):
        storing.receive(workspace, name="x.csv", chunks=content, by=None)
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"columns": [{"target": "first_name"}]}, "columns"),
        ({"columns": [{"target": "f999999"}, {"target": "email"}]}, "columns.0.target"),
        ({"columns": [{"target": "first_name"}, {"target": "first_name"}]}, "columns.1.target"),
        ({"columns": [{"target": "email"}], "match": ["phone"]}, "match"),
        ({"columns": [{"target": "email"}], "match": "email"}, "match"),
        ({"columns": [{"target": "email"}], "lists": [999999]}, "lists"),
        ({"columns": [{"target": "email"}], "lists": [True]}, "lists"),
        ({"columns": [{"target": "email"}], "lists": "x"}, "lists"),
        ({"columns": [{"target": "email"}], "tags": ["x" * 61]}, "tags"),
        ({"columns": [{"target": "email"}], "tags": [5]}, "tags"),
        ({"columns": [{"target": "email"}], "faulty": 5}, "faulty"),
        ({"columns": [{"target": "email"}], "consent": {"basis": "agreed", "channels": ["email"]}}, "consent.wording"),
        ({"columns": [{"target": "email"}], "consent": {"basis": "agreed", "how": "x"}}, "consent.channels"),
        (
            {"columns": [{"target": "email"}], "consent": {"basis": "column", "channels": ["email"], "how": "x"}},
            "consent.basis",
        ),
        ({"columns": [{"target": "email"}, {"target": {"label": "", "type": "text"}}]}, "columns.1.target"),
        ({"columns": [{"target": "email"}, {"target": {"label": "x", "type": "no"}}]}, "columns.1.target"),
        ({"columns": 5}, "columns"),
        ([], "columns"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_at_its_place(workspace, said, place):
    importing = uploaded(workspace, ROWS)
    with pytest.raises(ValidationError) as refused:
        planning.accept(importing, said, by=None)
    assert place in refused.value.message_dict
    assert fresh(importing).status == Import.Status.UPLOADED


def test_lists_and_fields_of_another_business_are_unknown(workspace):
    theirs, field = ListFactory(), CustomFieldFactory()
    importing = uploaded(workspace, ROWS)
    columns = [{"target": "email"}, {"target": field.storage_key}]
    with pytest.raises(ValidationError) as refused:
        planning.accept(importing, {"columns": columns, "lists": [theirs.pk]}, by=None)
    assert set(refused.value.message_dict) == {"lists", "columns.1.target"}


def test_a_missing_field_is_made_on_the_way(workspace):
    importing = uploaded(workspace, [["email", "x"], ["dana@example.test", "שמן"], ["noa@example.test", "יבש, שמן"]])
    target = {"label": "סוג שיער", "type": "choices", "options": ["שמן", "יבש"]}
    importing = planning.accept(importing, {"columns": [{"target": "email"}, {"target": target}]}, by=None)
    work()
    started(fresh(importing))
    field = workspace.custom_fields.get(label="סוג שיער")
    assert Contact.objects.get(email="noa@example.test").values == {field.storage_key: ["o1", "o2"]}
