"""Editing on the card, each thing in its place: what is saved, what is refused, and where the keyboard goes."""

from __future__ import annotations

import json

import pytest

from crm.models import Event
from tests.crm.factories import ContactFactory, CustomFieldFactory
from tests.swaps import part

HTMX = {"HX-Request": "true"}


@pytest.fixture
def contact(workspace):
    return ContactFactory(workspace=workspace, email="dana@example.test", first_name="דנה", with_phone=True)


@pytest.mark.parametrize(
    ("detail", "said", "wanted"),
    [
        ("name", {"first_name": "גיל", "last_name": "לוי"}, {"first_name": "גיל", "last_name": "לוי"}),
        ("email", {"email": " New@Example.test "}, {"email": "new@example.test"}),
        ("email", {"email": ""}, {"email": None}),
        ("phone", {"phone": "050-000-7777"}, {"phone": "+972500007777"}),
        ("source", {"source": "יריד"}, {"source": "יריד"}),
    ],
)
def test_each_detail_is_saved_and_told(owner_client, url, contact, detail, said, wanted):
    response = owner_client.post(url("contact_identity", pk=contact.pk, detail=detail), said, headers=HTMX)
    assert json.loads(response.headers["HX-Trigger-After-Settle"]) == {"place:focus": f"identity-{detail}"}
    contact.refresh_from_db()
    assert {name: getattr(contact, name) for name in wanted} == wanted
    assert Event.objects.filter(kind="field.changed").count() == len(wanted)
    reloaded = owner_client.get(url("contact_card", pk=contact.pk))
    assert part(response.content.decode(), "contact-card") == part(reloaded.content.decode(), "contact-card")


@pytest.mark.parametrize(("detail", "said"), [("phone", "12"), ("email", "x"), ("email", "taken@example.test")])
def test_a_fault_stays_in_its_place(owner_client, url, workspace, contact, detail, said):
    ContactFactory(workspace=workspace, email="taken@example.test")
    response = owner_client.post(url("contact_identity", pk=contact.pk, detail=detail), {detail: said}, headers=HTMX)
    assert (response.status_code, response.headers["HX-Retarget"]) == (422, f"#identity-{detail}")
    assert not Event.objects.filter(kind="field.changed").exists()


def test_the_last_address_is_not_emptied(owner_client, url, workspace):
    contact = ContactFactory(workspace=workspace, with_phone_only=True)
    response = owner_client.post(url("contact_identity", pk=contact.pk, detail="phone"), {"phone": ""}, headers=HTMX)
    assert response.status_code == 422
    assert response.context["form"].errors["phone"]


@pytest.mark.parametrize("detail", ["name", "email", "phone", "source"])
def test_cancel_brings_the_line_back_with_the_keyboard(owner_client, url, contact, detail):
    address = url("contact_identity", pk=contact.pk, detail=detail)
    card = owner_client.get(url("contact_card", pk=contact.pk)).content.decode()
    line = owner_client.get(f"{address}?as=line", headers=HTMX)
    assert part(line.content.decode(), f"identity-{detail}") == part(card, f"identity-{detail}")
    assert "place:focus" in line.headers["HX-Trigger-After-Settle"]
    assert owner_client.get(address).status_code == 302, "without htmx, the whole form"


def test_there_is_no_other_detail(owner_client, url, contact):
    assert owner_client.get(url("contact_identity", pk=contact.pk, detail="values"), headers=HTMX).status_code == 404


def test_an_analyst_edits_nothing(client_as, analyst, url, contact):
    response = client_as(analyst).post(url("contact_identity", pk=contact.pk, detail="name"), {"first_name": "א"})
    assert response.status_code == 403


def test_the_status_is_changed_by_one_press(owner_client, url, workspace, contact):
    field = CustomFieldFactory(workspace=workspace, choice=True, key="status")
    body = {field.storage_key: "o2", "place": "status"}
    response = owner_client.post(url("contact_field", pk=contact.pk, field_pk=field.pk), body, headers=HTMX)
    assert json.loads(response.headers["HX-Trigger-After-Settle"]) == {"place:focus": "card-status"}
    assert Event.objects.get(kind="status.changed").subject_label == "משפחתי"
