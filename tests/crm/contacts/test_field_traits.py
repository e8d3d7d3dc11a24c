"""What a field asks of people and hides from them: required, default, sensitive, fast to filter, and where it is used."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from campaigns.content import merging
from crm.contacts import defining, editing, masking, usage
from crm.contacts.capturing import capture
from crm.models import AuditEntry, Contact, CustomField, Event
from tests.campaigns.factories import DocumentFactory, block
from tests.campaigns.mailings.factories import MailingFactory
from tests.crm.factories import ContactFactory, CustomFieldFactory, MembershipFactory, SegmentFactory

HTMX = {"HX-Request": "true"}
SECRET = "038765432"


def contact_with(workspace, field, value=SECRET):
    return ContactFactory(workspace=workspace, values={field.storage_key: value})


# -- required ------------------------------------------------------------------------------------------------------------


def test_a_required_field_is_asked_of_a_new_contact_by_hand(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace, required=True)
    said = {"email": "dana@example.test"}
    assert owner_client.post(url("contact_create"), said).status_code == 422
    assert owner_client.post(url("contact_create"), said | {field.storage_key: "אדום"}).status_code == 302


def test_a_required_field_never_stops_the_api_an_import_or_an_edit_of_something_else(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace, required=True)
    contact = capture(workspace, email="dana@example.test").contact
    assert contact.values == {}
    said = {"email": "dana@example.test", "first_name": "דנה", "last_name": "", "phone": ""}
    assert owner_client.post(url("contact_edit", pk=contact.pk), said).status_code == 302
    editing.edit(contact, changes={field.storage_key: None, "last_name": "לוי"}, actor="")


def test_a_required_answer_is_not_emptied_by_hand(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace, required=True)
    contact = contact_with(workspace, field)
    for name, kwargs in (("contact_edit", {}), ("contact_field", {"field_pk": field.pk})):
        said = {"email": contact.email, field.storage_key: ""}
        assert owner_client.post(url(name, pk=contact.pk, **kwargs), said).status_code == 422
    contact.refresh_from_db()
    assert contact.values == {field.storage_key: SECRET}


# -- default -------------------------------------------------------------------------------------------------------------


def test_a_new_contact_gets_the_default_where_nothing_was_said(workspace):
    field = defining.define(workspace, said={"label": "עיר", "type": "text", "default": " חיפה "})
    assert field.default == "חיפה", "cleaned by the definition of its type"
    assert capture(workspace, email="a@example.test").contact.values == {field.storage_key: "חיפה"}
    said = capture(workspace, email="b@example.test", values={field.pk: "לוד"}).contact
    assert said.values == {field.storage_key: "לוד"}


def test_a_known_contact_gets_no_default(workspace):
    contact = ContactFactory(workspace=workspace, email="a@example.test")
    defining.define(workspace, said={"label": "עיר", "type": "text", "default": "חיפה"})
    assert capture(workspace, email="a@example.test", first_name="גיל").contact.values == {}
    contact.refresh_from_db()
    assert contact.values == {}


def test_a_member_sees_the_default_and_may_empty_it(owner_client, url, workspace):
    field = defining.define(workspace, said={"label": "עיר", "type": "text", "default": "חיפה"})
    form = owner_client.get(url("contact_create")).context["form"]
    assert form[field.storage_key].value() == "חיפה"
    owner_client.post(url("contact_create"), {"email": "a@example.test", field.storage_key: ""})
    assert Contact.objects.get().values == {}


def test_a_default_status_is_a_status(workspace):
    options = [{"id": "", "label": "חדש"}]
    field = defining.define(workspace, said={"label": "מצב", "type": "choice", "default": "חדש"}, options=options)
    CustomField.objects.update(key="status")
    capture(workspace, email="a@example.test")
    assert Event.objects.get(kind="status.changed").subject_label == "חדש"
    assert field.default == "o1"


@pytest.mark.parametrize(
    ("kind", "default"), [("number", "הרבה"), ("choice", "o9"), ("rating", 6), ("date", "31/02/2020"), ("choices", {})]
)
def test_a_default_that_does_not_fit_the_type_is_refused(workspace, kind, default):
    field = CustomFieldFactory(workspace=workspace, **{kind: True})
    with pytest.raises(ValidationError) as fault:
        defining.define(workspace, field=field, said={"default": default})
    assert list(fault.value.message_dict) == ["default"]


def test_an_option_that_is_the_default_is_not_dropped(workspace):
    field = CustomFieldFactory(workspace=workspace, choice=True, default="o3")
    with pytest.raises(ValidationError):
        defining.define(workspace, field=field, said={}, options=field.options[:2])


# -- sensitive -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(workspace):
    return CustomFieldFactory(workspace=workspace, label="תעודת זהות", is_sensitive=True)


@pytest.mark.parametrize("role", ["owner", "editor", "analyst"])
def test_a_sensitive_answer_stands_on_no_screen(client, url, workspace, hidden, role):
    contact = contact_with(workspace, hidden)
    editing.edit(contact, changes={hidden.storage_key: SECRET + "1"}, actor="")
    client.force_login(MembershipFactory(workspace=workspace, role=role).user)
    names = [("contact_card", {"pk": contact.pk}), ("contact_list", {})]
    if role != "analyst":
        names += [("contact_edit", {"pk": contact.pk})]
    for name, kwargs in names:
        response = client.get(url(name, **kwargs))
        assert response.status_code == 200
        assert SECRET not in response.content.decode(), name
    if role != "analyst":
        assert (
            SECRET
            not in client.get(url("contact_field", pk=contact.pk, field_pk=hidden.pk), headers=HTMX).content.decode()
        ), "the input is not filled in"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_whoever_may_edit_sees_it_by_asking_and_the_log_keeps_who(owner_client, url, workspace, hidden, headers):
    contact = contact_with(workspace, hidden)
    response = owner_client.post(url("contact_field_show", pk=contact.pk, field_pk=hidden.pk), headers=headers)
    assert SECRET in response.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("contact.field_shown", f"#{contact.pk}")
    assert SECRET not in json.dumps(entry.details)


def test_an_analyst_cannot_ask(client, url, workspace, hidden):
    client.force_login(MembershipFactory(workspace=workspace, analyst=True).user)
    response = client.post(url("contact_field_show", pk=contact_with(workspace, hidden).pk, field_pk=hidden.pk))
    assert response.status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("said", "wanted"), [({}, SECRET), ({"empty": "1"}, None), ({"value": "111"}, "111"), ({"value": ""}, SECRET)]
)
def test_a_hidden_answer_is_replaced_or_emptied_and_never_lost_by_accident(
    owner_client, url, workspace, hidden, said, wanted
):
    contact = contact_with(workspace, hidden)
    body = {hidden.storage_key: said.pop("value", "")} | said
    owner_client.post(url("contact_field", pk=contact.pk, field_pk=hidden.pk), body)
    contact.refresh_from_db()
    assert contact.values.get(hidden.storage_key) == wanted


def test_the_timeline_says_that_it_changed_and_not_to_what(workspace, hidden):
    contact = contact_with(workspace, hidden)
    editing.edit(contact, changes={hidden.storage_key: "123"}, actor="")
    assert Event.objects.get(kind="field.changed").properties == {"field": hidden.storage_key, "hidden": True}


def test_a_field_that_becomes_sensitive_is_taken_out_of_the_timeline(workspace):
    field, other = CustomFieldFactory(workspace=workspace), CustomFieldFactory(workspace=workspace)
    contact = contact_with(workspace, field)
    editing.edit(contact, changes={field.storage_key: "123", other.storage_key: "456"}, actor="")
    defining.define(workspace, field=field, said={"is_sensitive": True})
    told = {event.subject_id: event.properties for event in Event.objects.filter(kind="field.changed")}
    assert told[field.pk] == {"field": field.storage_key, "hidden": True}
    assert told[other.pk]["new"] == "456"


def test_the_status_cannot_be_hidden(workspace):
    field = CustomFieldFactory(workspace=workspace, choice=True, key="status")
    with pytest.raises(ValidationError):
        defining.define(workspace, field=field, said={"is_sensitive": True})


def test_a_sensitive_answer_is_no_personal_detail(workspace, hidden):
    contact = contact_with(workspace, hidden)
    key = f'{hidden.storage_key} | default: "שלום"'
    assert merging.values_of(contact, [key]) == {key: "שלום"}
    with pytest.raises(merging.MergeError):
        merging.clean("{{ " + hidden.storage_key + " }}", workspace)


def test_rest_leaves_it_out_until_asked_and_the_log_keeps_who_asked(api, workspace, hidden):
    contact = contact_with(workspace, hidden)
    assert api.get(f"contacts/{contact.pk}/").json()["values"] == {}
    assert api.get("contacts/").json()["results"][0]["values"] == {}
    assert not AuditEntry.objects.exists()
    asked = api.get(f"contacts/{contact.pk}/?sensitive=true").json()
    assert asked["values"] == {hidden.storage_key: SECRET}
    assert AuditEntry.objects.get().action == "contacts.sensitive_read"


def test_a_mask_says_only_that_there_is_an_answer(hidden):
    assert masking.shown(hidden, SECRET) == masking.MASK
    assert masking.shown(hidden, None) == ""


# -- where it is used ----------------------------------------------------------------------------------------------------


def test_a_field_in_use_is_archived_only_by_who_saw_where(owner_client, url, workspace):
    field = CustomFieldFactory(workspace=workspace)
    rule = {"all": [{"field": field.storage_key, "op": "filled"}]}
    SegmentFactory(workspace=workspace, name="עונים", rule=rule)
    mail = [block("heading", text="היי {{ " + field.storage_key + " }}")]
    MailingFactory(workspace=workspace, name="חגים", document=DocumentFactory(workspace=workspace, blocks=mail))
    assert [use.name for use in usage.uses_of(field)] == ["עונים", "חגים"]
    response = owner_client.post(url("field_archive", pk=field.pk))
    assert response.status_code == 409
    assert "עונים" in response.content.decode()
    assert CustomField.objects.active().filter(pk=field.pk).exists()
    owner_client.post(url("field_archive", pk=field.pk), {"sure": "1"})
    assert not CustomField.objects.active().filter(pk=field.pk).exists()


def test_a_field_named_like_the_start_of_another_is_not_in_use(workspace):
    field = CustomFieldFactory(workspace=workspace)
    rule = {"all": [{"field": f"{field.storage_key}1", "op": "filled"}]}
    SegmentFactory(workspace=workspace, rule=rule)
    assert usage.uses_of(field) == []


def test_what_lies_in_the_bin_uses_nothing(workspace):
    field = CustomFieldFactory(workspace=workspace)
    rule = {"all": [{"field": field.storage_key, "op": "filled"}]}
    SegmentFactory(workspace=workspace, rule=rule, deleted_at="2026-01-01T00:00Z")
    SegmentFactory(rule=rule)
    assert usage.uses_of(field) == []


# -- the form and REST ---------------------------------------------------------------------------------------------------


def test_the_form_keeps_every_trait(owner_client, url, workspace):
    said = {"label": "רכב", "type": "choice", "option_label": ["קטן", "גדול"], "option_id": ["", ""], "default": "גדול"}
    owner_client.post(url("field_create"), said | {"required": "on", "is_sensitive": "on", "is_filterable": "on"})
    field = CustomField.objects.get()
    assert (field.required, field.is_sensitive, field.is_filterable, field.default) == (True, True, True, "o2")
    same = {"label": "רכב", "option_label": ["קטן", "גדול"], "option_id": ["o1", "o2"], "default": ""}
    owner_client.post(url("field_edit", pk=field.pk), same)
    field.refresh_from_db()
    assert (field.required, field.is_sensitive, field.is_filterable, field.default) == (False, False, False, None)


def test_a_faulty_default_is_told_beside_it(owner_client, url, workspace):
    said = {"label": "גיל", "type": "number", "default": "הרבה"}
    response = owner_client.post(url("field_create"), said)
    assert response.status_code == 422
    assert response.context["form"].errors["default"]


@pytest.mark.parametrize(
    "type", ["text", "long_text", "number", "date", "yes_no", "choice", "choices", "rating", "url"]
)
def test_the_form_asks_the_default_as_the_type_asks(owner_client, url, workspace, type):
    typed = {"redraw": "type", "type": type, "label": "א", "option_label": ["קטן"], "option_id": [""], "required": "on"}
    response = owner_client.post(url("field_create"), typed, headers=HTMX)
    form = response.context["form"]
    assert response.status_code == 200
    assert form["required"].value() is True
    assert form["default"].field.custom_field.type == type


def test_rest_knows_every_trait(api, workspace):
    group = api.post("field-groups/", {"name": "פרטים"}).json()
    said = {"label": "רכב", "type": "number", "group": group["id"], "required": True, "default": 4}
    made = api.post("custom-fields/", said | {"is_sensitive": True, "is_filterable": True}, format="json").json()
    assert {name: made[name] for name in said} == said
    assert (made["is_sensitive"], made["is_filterable"], made["index_state"]) == (True, True, "")
    address = f"custom-fields/{made['id']}/"
    changed = api.patch(address, {"group": None, "default": None, "required": False}).json()
    assert (changed["group"], changed["default"], changed["required"]) == (None, None, False)
    assert api.patch(address, {"group": 999999}).status_code == 400
    assert api.patch(address, {"default": "הרבה"}).status_code == 400


def test_rest_changes_a_type_after_a_preview(api, workspace):
    field = CustomFieldFactory(workspace=workspace)
    contact = contact_with(workspace, field, "7")
    address = f"custom-fields/{field.pk}/type/"
    seen = api.post(f"{address}preview/", {"type": "date"}).json()
    assert (seen["possible"], seen["failing"], seen["faults"][0]["value"]) == (False, 1, "7")
    assert api.post(address, {"type": "date"}).status_code == 400
    assert api.post(address, {"type": "number"}).json()["converting"] == 1
    contact.refresh_from_db()
    assert contact.values == {field.storage_key: 7}
    assert AuditEntry.objects.get().action == "field.type_changed"


def test_rest_archives_what_is_used_only_by_force(api, workspace):
    field = CustomFieldFactory(workspace=workspace)
    rule = {"all": [{"field": field.storage_key, "op": "filled"}]}
    SegmentFactory(workspace=workspace, name="עונים", rule=rule)
    response = api.delete(f"custom-fields/{field.pk}/")
    assert (response.status_code, response.json()[0]["name"]) == (409, "עונים")
    assert api.delete(f"custom-fields/{field.pk}/?force=true").status_code == 204


def test_rest_arranges_groups_and_fields(api, workspace):
    first, second = CustomFieldFactory(workspace=workspace), CustomFieldFactory(workspace=workspace)
    group = api.post("field-groups/", {"name": "פרטים"}).json()["id"]
    parts = [{"group": None, "fields": [second.pk]}, {"group": group, "fields": [first.pk]}]
    assert api.post("custom-fields/order/", {"parts": parts}).status_code == 204
    first.refresh_from_db()
    assert first.group_id == group
    foreign = [{"group": None, "fields": [CustomFieldFactory().pk]}]
    assert api.post("custom-fields/order/", {"parts": foreign}).status_code == 400
    assert api.delete(f"field-groups/{group}/").status_code == 204
