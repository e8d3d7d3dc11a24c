from __future__ import annotations

import pytest

from crm.contacts import editing, merging, suggesting, unmerging
from crm.contacts.starter import make_starter_fields
from crm.models import DuplicateSuggestion
from tests.crm.factories import ContactFactory, CustomFieldFactory


def pairs(workspace):
    suggesting.search(workspace)
    return {(row.one, row.other): row.reason for row in suggesting.suggestions(workspace)}


@pytest.fixture
def area(workspace):
    return next(field for field in make_starter_fields(workspace) if field.key == "area").storage_key


def person(workspace, first="", last="", **fields):
    return ContactFactory(workspace=workspace, first_name=first, last_name=last, **fields)


def test_a_phone_written_in_a_text_field_is_the_same_phone(workspace):
    field = CustomFieldFactory(workspace=workspace)
    one = person(workspace, phone="+972501234567", email=None)
    other = person(workspace, values={field.storage_key: "050-123 4567"})
    person(workspace, values={field.storage_key: "501234"})
    assert pairs(workspace) == {(one, other): "phone"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dana.cohen@gmail.com", "danacohen@gmail.com"),
        ("danacohen@googlemail.com", "dana.c.ohen@gmail.com"),
        ("dana+sale@example.test", "dana@example.test"),
    ],
)
def test_one_address_in_two_spellings_is_suggested(workspace, first, second):
    one, other = person(workspace, email=first), person(workspace, email=second)
    assert pairs(workspace) == {(one, other): "email"}


def test_dots_tell_addresses_apart_outside_gmail(workspace):
    person(workspace, email="dana.cohen@example.test")
    person(workspace, email="danacohen@example.test")
    assert pairs(workspace) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("שירית", "כהן"), ("שרית", "כהן")),
        (("דנה", "לוי"), ("לוי", "דנה")),
        (("ז'קלין", "אברהם"), ("ז׳קלין", "אברהם")),
        (("Dana", "COHEN"), ("dana", "Cohen")),
    ],
)
def test_a_similar_name_in_the_same_area_is_suggested(workspace, area, first, second):
    one = person(workspace, *first, values={area: "o3"})
    other = person(workspace, *second, values={area: "o3"})
    person(workspace, *second, values={area: "o4"})
    assert pairs(workspace) == {(one, other): "name"}


def test_one_by_phone_and_one_by_e_mail_of_one_name_are_suggested(workspace):
    one = person(workspace, "דנה", "כהן", with_phone_only=True)
    other = person(workspace, "דנה", "כהן")
    assert pairs(workspace) == {(one, other): "channels"}


def test_a_first_name_alone_and_a_name_that_many_share_say_nothing(workspace, area):
    person(workspace, "דנה", with_phone_only=True)
    person(workspace, "דנה")
    for _number in range(5):
        person(workspace, "משה", "כהן", values={area: "o1"})
    assert pairs(workspace) == {}


def test_the_surest_reason_is_told_once(workspace, area):
    one = person(workspace, "דנה", "כהן", email="dana+a@example.test", values={area: "o1"})
    other = person(workspace, "דנה", "כהן", email="dana@example.test", values={area: "o1"})
    assert pairs(workspace) == {(one, other): "email"}


def test_two_people_are_never_suggested_again(workspace):
    one, other = person(workspace, email="dana+a@example.test"), person(workspace, email="dana@example.test")
    assert pairs(workspace)
    suggesting.tell_apart(other, one, "user:1")
    assert pairs(workspace) == {}
    assert suggesting.leave_open(one, other)
    assert list(pairs(workspace)) == [(one, other)]


def test_whoever_is_not_the_loser_is_not_the_winner(workspace):
    winner, loser, third = (person(workspace, email=f"dana+{name}@example.test") for name in "abc")
    suggesting.tell_apart(loser, third, "user:1")
    merging.merge(winner, loser, "user:1")
    assert pairs(workspace) == {}
    unmerging.unmerge(loser, "user:1")
    assert set(pairs(workspace)) == {(winner, loser), (winner, third)}


def test_a_pair_that_no_longer_looks_alike_goes(workspace):
    one, _other = person(workspace, email="dana+a@example.test"), person(workspace, email="dana@example.test")
    assert pairs(workspace)
    editing.edit(one, changes={"email": "gil@example.test"}, actor="user:1")
    assert pairs(workspace) == {}
    assert not DuplicateSuggestion.objects.exists()


def test_the_binned_the_merged_and_other_businesses_are_left_out(workspace):
    person(workspace, email="dana+a@example.test", binned=True)
    person(workspace, email="dana@example.test")
    ContactFactory(email="dana+b@example.test")
    assert pairs(workspace) == {}


def test_a_search_asks_the_same_number_of_questions_whatever_it_finds(workspace, django_assert_max_num_queries):
    for number in range(60):
        person(workspace, email=f"dana{number // 2}+{number}@example.test")
    with django_assert_max_num_queries(24):
        assert suggesting.search(workspace) == 30
