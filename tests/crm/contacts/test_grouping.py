from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from crm.contacts import grouping
from crm.contacts.models import CustomField, FieldGroup
from crm.models import AuditEntry
from tests.crm.factories import ContactFactory, CustomFieldFactory, FieldGroupFactory


@pytest.fixture
def laid_out(workspace):
    """[no group: a b] [home: c d] [work: e]"""
    home, work = (
        FieldGroupFactory(workspace=workspace, name="בית"),
        FieldGroupFactory(workspace=workspace, name="עבודה"),
    )
    of = {"a": None, "b": None, "c": home, "d": home, "e": work}
    return {name: CustomFieldFactory(workspace=workspace, label=name, group=group) for name, group in of.items()}


def drawn(workspace):
    parts = grouping.sections(workspace, workspace.custom_fields.all())
    return [(part.group.name if part.group else "", "".join(field.label for field in part.fields)) for part in parts]


def test_fields_stand_in_groups_in_their_order(workspace, laid_out):
    assert drawn(workspace) == [("", "ab"), ("בית", "cd"), ("עבודה", "e")]


@pytest.mark.parametrize(
    ("label", "step", "wanted"),
    [
        ("a", 1, ["ba", "cd", "e"]),
        ("b", 1, ["a", "bcd", "e"]),
        ("c", -1, ["abc", "d", "e"]),
        ("d", 1, ["ab", "c", "de"]),
        ("a", -1, ["ab", "cd", "e"]),
        ("e", 1, ["ab", "cd", "e"]),
    ],
)
def test_the_arrows_move_within_a_group_and_over_its_edge(owner_client, url, workspace, laid_out, label, step, wanted):
    owner_client.post(url("field_move", pk=laid_out[label].pk), {"direction": "down" if step > 0 else "up"})
    assert [labels for _name, labels in drawn(workspace)] == wanted


def test_dragging_lays_groups_and_fields_out_at_once(owner_client, url, workspace, laid_out):
    ids = {name: str(field.pk) for name, field in laid_out.items()}
    home, work = (f"g{group.pk}" for group in FieldGroup.objects.order_by("position"))
    said = ["g", ids["e"], work, ids["a"], home, ids["d"], ids["c"], ids["b"]]
    assert owner_client.post(url("field_order"), {"field": said}).status_code == 302
    assert drawn(workspace) == [("", "e"), ("עבודה", "a"), ("בית", "dcb")]


@pytest.mark.parametrize("said", [["g999999"], ["gx"], ["1", "g"], ["g", "999999"], ["g²"], ["g", "-1"]])
def test_nonsense_lays_nothing_out(owner_client, url, workspace, laid_out, said):
    assert owner_client.post(url("field_order"), {"field": said}).status_code == 400
    assert drawn(workspace) == [("", "ab"), ("בית", "cd"), ("עבודה", "e")]


def test_a_group_moves_with_its_fields(owner_client, url, workspace, laid_out):
    owner_client.post(url("group_move", pk=FieldGroup.objects.get(name="עבודה").pk), {"direction": "up"})
    assert drawn(workspace) == [("", "ab"), ("עבודה", "e"), ("בית", "cd")]
    assert owner_client.post(url("group_move", pk=FieldGroup.objects.first().pk)).status_code == 400


def test_a_group_taken_apart_leaves_its_fields(owner_client, url, workspace, laid_out):
    owner_client.post(url("group_delete", pk=FieldGroup.objects.get(name="בית").pk))
    assert drawn(workspace) == [("", "abcd"), ("עבודה", "e")]
    assert AuditEntry.objects.get().action == "field_group.removed"


def test_a_group_is_made_and_renamed(owner_client, url, workspace):
    assert owner_client.get(url("group_create")).status_code == 200
    owner_client.post(url("group_create"), {"name": "  פרטים   אישיים "})
    group = FieldGroup.objects.get()
    assert group.name == "פרטים אישיים"
    owner_client.post(url("group_edit", pk=group.pk), {"name": "הבית"})
    group.refresh_from_db()
    assert group.name == "הבית"


@pytest.mark.parametrize("name", ["", "   ", "א" * 61, "KNOWN"])
def test_a_faulty_name_of_a_group_is_refused(owner_client, url, workspace, name):
    FieldGroupFactory(workspace=workspace, name="Known")
    assert owner_client.post(url("group_create"), {"name": name}).status_code == 422
    assert FieldGroup.objects.count() == 1


def test_a_business_has_a_limit_of_groups(workspace):
    for number in range(grouping.MOST_GROUPS):
        grouping.save_group(workspace, name=f"קבוצה {number}")
    with pytest.raises(ValidationError):
        grouping.save_group(workspace, name="עוד אחת")


def test_the_form_of_a_field_makes_its_group_on_the_way(owner_client, url, workspace):
    said = {"label": "גיל", "type": "number", "group": "פרטים אישיים", "rating_max": "5"}
    owner_client.post(url("field_create"), said)
    owner_client.post(url("field_create"), said | {"label": "עיר", "type": "text"})
    assert FieldGroup.objects.get().fields.count() == 2
    owner_client.post(url("field_create"), said | {"label": "", "group": "לא תיווצר"})
    assert FieldGroup.objects.count() == 1, "a refused field leaves no group behind"


def test_the_database_refuses_a_group_of_another_business(workspace):
    field, foreign = CustomFieldFactory(workspace=workspace), FieldGroupFactory()
    CustomField.objects.filter(pk=field.pk).update(group=foreign)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    CustomField.objects.filter(pk=field.pk).update(group=None)


@pytest.mark.parametrize("name", ["group_edit", "group_delete", "group_move"])
def test_a_foreign_group_is_not_found(owner_client, url, name):
    assert owner_client.post(url(name, pk=FieldGroupFactory().pk), {"direction": "up"}).status_code == 404


def test_the_card_and_the_form_follow_the_groups(owner_client, url, workspace, laid_out):
    values = {field.storage_key: "כן" for name, field in laid_out.items() if name in "ace"}
    contact = ContactFactory(workspace=workspace, values=values)
    card = owner_client.get(url("contact_card", pk=contact.pk)).context["card"]
    assert [(part.name, [fact.field.label for fact in part.facts]) for part in card.filled] == [
        ("", ["a"]),
        ("בית", ["c"]),
        ("עבודה", ["e"]),
    ]
    assert [fact.field.label for fact in card.empty] == ["b", "d"]
    form = owner_client.get(url("contact_create")).context["form"]
    assert [name for name, _inputs in form.sections] == ["", "בית", "עבודה"]
