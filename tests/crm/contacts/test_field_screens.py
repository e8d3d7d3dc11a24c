from __future__ import annotations

import json

import pytest

from crm.contacts import defining
from crm.contacts.models import CustomField
from crm.models import AuditEntry
from tests.crm.factories import ContactFactory, CustomFieldFactory
from tests.swaps import assert_swap_equals_reload

HTMX = {"HX-Request": "true"}


def say(**more):
    return {"label": "סוג הרכב", "type": "text", "help_text": "", "rating_max": "5"} | more


def test_a_field_is_made_and_logged(owner_client, url, workspace):
    response = owner_client.post(
        url("field_create"), say(type="choice", option_label=["קטן", "משפחתי", ""], option_id=["", "", ""])
    )
    assert response.url == url("field_list")
    field = CustomField.objects.get()
    assert (field.workspace, field.label, field.type) == (workspace, "סוג הרכב", "choice")
    assert field.options == [{"id": "o1", "label": "קטן"}, {"id": "o2", "label": "משפחתי"}]
    assert AuditEntry.objects.get().action == "field.created"


def test_a_rating_keeps_its_ends(owner_client, url):
    owner_client.post(url("field_create"), say(type="rating", rating_max="7", low_label="אכזב", high_label="מעולה"))
    field = CustomField.objects.get()
    assert (field.rating_max, field.low_label, field.high_label) == (7, "אכזב", "מעולה")


def test_renaming_an_option_keeps_its_id_and_its_answers(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace, choice=True)
    rows = {"option_id": ["o2", "o1", "o3", ""], "option_label": ["גדול", "קטן", "שטח", "מסחרי"]}
    owner_client.post(url("field_edit", pk=field.pk), say(**rows))
    field.refresh_from_db()
    assert [option["label"] for option in field.options] == ["גדול", "קטן", "שטח", "מסחרי"]
    assert [option["id"] for option in field.options][:3] == ["o2", "o1", "o3"]
    assert field.options[3]["id"] not in ("", "o4"), "an id that no dropped option ever had"
    assert field.type == "choice"


@pytest.mark.parametrize("type", ["choice", "choices"])
def test_an_option_that_was_chosen_cannot_be_dropped(owner_client, url, workspace, type):
    field = CustomFieldFactory(workspace=workspace, **{type: True})
    ContactFactory(workspace=workspace, values={field.storage_key: "o2" if type == "choice" else ["o1", "o2"]})
    response = owner_client.post(
        url("field_edit", pk=field.pk), say(option_id=["o1", "o3"], option_label=["קטן", "שטח"])
    )
    assert response.status_code == 422
    assert "משפחתי" in response.context["form"].option_errors[0]
    field.refresh_from_db()
    assert len(field.options) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"label": ""},
        {"label": "א" * 101},
        {"type": "nonsense"},
        {"type": "choice"},
        {"type": "choice", "option_label": ["א", "א"], "option_id": ["", ""]},
        {"type": "choice", "option_label": ["א"], "option_id": ["o9"]},
        {"type": "choice", "option_label": ["א" * 101], "option_id": [""]},
        {"type": "choice", "option_label": [str(n) for n in range(300)]},
        {"type": "rating", "rating_max": "99"},
        {"label": "KNOWN"},
    ],
)
def test_a_faulty_field_is_refused(owner_client, url, workspace, said):
    CustomFieldFactory(workspace=workspace, label="Known")
    response = owner_client.post(url("field_create"), say(**said))
    assert response.status_code == 422
    assert CustomField.objects.count() == 1


def test_ratings_already_given_hold_the_highest(workspace):
    field = CustomFieldFactory(workspace=workspace, rating=True)
    ContactFactory(workspace=workspace, values={field.storage_key: 5})
    with pytest.raises(defining.ValidationError):
        defining.define(workspace, field=field, said={"rating_max": 3})


def test_another_type_is_drawn_without_saving(owner_client, url):
    response = owner_client.post(url("field_create"), say(type="choice", redraw="type"), headers=HTMX)
    assert response.status_code == 200
    assert 'name="option_label"' in response.content.decode()
    assert 'value="סוג הרכב"' in response.content.decode(), "what was typed stays"
    assert not CustomField.objects.exists()


def test_another_option_adds_a_blank_row(owner_client, url):
    said = say(type="choice", redraw="option", option_label=["א", "ב", "ג"], option_id=["", "", ""])
    page = owner_client.post(url("field_create"), said, headers=HTMX).content.decode()
    assert page.count('name="option_label"') == 4
    few = say(type="choice", redraw="option", option_label=["א", "", ""], option_id=["", "", ""])
    page = owner_client.post(url("field_create"), few, headers=HTMX).content.decode()
    assert page.count('name="option_label"') == 4, "also when blank rows are left"


def test_a_field_is_made_on_the_spot(owner_client, url):
    assert 'id="field-quick"' in owner_client.get(url("field_quick_create"), headers=HTMX).content.decode()
    assert owner_client.post(url("field_quick_create"), say(label=""), headers=HTMX).status_code == 422
    response = owner_client.post(url("field_quick_create"), say(), headers=HTMX)
    field = CustomField.objects.get()
    told = json.loads(response.headers["HX-Trigger"])["field:created"]
    assert told == {"id": field.pk, "key": field.storage_key, "label": "סוג הרכב", "type": "text"}


def test_archiving_keeps_the_answers_and_comes_back(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = ContactFactory(workspace=workspace, values={field.storage_key: "x"})
    owner_client.post(url("field_archive", pk=field.pk))
    assert not workspace.custom_fields.active().exists()
    response = owner_client.get(url("field_list"))
    assert (response.context["fields"], response.context["archived"]) == ([], [field])
    owner_client.post(url("field_unarchive", pk=field.pk))
    contact.refresh_from_db()
    assert contact.values == {field.storage_key: "x"}
    assert workspace.custom_fields.active().get() == field


def test_fields_stand_in_the_order_given(owner_client, url, workspace):
    fields = CustomFieldFactory.create_batch(3, workspace=workspace)
    owner_client.post(url("field_order"), {"field": [fields[2].pk, fields[0].pk]})
    assert list(workspace.custom_fields.all()) == [fields[2], fields[0], fields[1]]
    owner_client.post(url("field_move", pk=fields[1].pk), {"direction": "up"})
    assert list(workspace.custom_fields.all()) == [fields[2], fields[1], fields[0]]
    owner_client.post(url("field_move", pk=fields[2].pk), {"direction": "up"})
    assert list(workspace.custom_fields.all()) == [fields[2], fields[1], fields[0]]
    for bad in ({"field": [CustomFieldFactory().pk]}, {"field": ["x"]}):
        assert owner_client.post(url("field_order"), bad).status_code == 400
    assert owner_client.post(url("field_move", pk=fields[0].pk), {"direction": "aside"}).status_code == 400


def test_the_list_counts_who_filled_in_each_and_costs_no_more_for_many(
    owner_client, url, workspace, django_assert_max_num_queries
):
    fields = CustomFieldFactory.create_batch(20, workspace=workspace)
    ContactFactory(workspace=workspace, values={fields[0].storage_key: 1})
    ContactFactory(workspace=workspace, values={fields[0].storage_key: 1}, binned=True)
    ContactFactory(values={fields[0].storage_key: 1})
    assert owner_client.get(url("field_list")).context["fields"][0].people == 1
    with django_assert_max_num_queries(8):
        owner_client.get(url("field_list"))
    assert_swap_equals_reload(owner_client, url("field_list"), "field-results")


@pytest.mark.parametrize("name", ["field_edit", "field_archive", "field_unarchive", "field_move"])
def test_a_foreign_field_is_not_found(owner_client, url, name):
    assert owner_client.post(url(name, pk=CustomFieldFactory().pk)).status_code == 404


def test_the_quick_form_without_htmx_is_the_whole_form(owner_client, url):
    assert owner_client.get(url("field_quick_create")).url == url("field_create")
