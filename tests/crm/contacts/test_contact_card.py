from __future__ import annotations

import pytest
from django.utils.html import format_html

from crm.contacts import card
from crm.contacts.capturing import capture
from crm.contacts.starter import make_starter_fields
from crm.models import AuditEntry, Contact, Event
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    TagFactory,
    make_event,
)
from tests.swaps import assert_swap_equals_reload, part

HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(workspace):
    return capture(workspace, email="dana@example.test", phone="050-000-0142", first_name="דנה", source="רשתות").contact


def test_the_card_shows_who_they_are_and_what_they_said(owner_client, url, workspace, dana):
    rating = CustomFieldFactory(workspace=workspace, label="המשלוח", rating=True)
    dana.values = {rating.storage_key: 4}
    dana.save()
    page = owner_client.get(url("contact_card", pk=dana.pk)).content.decode()
    assert "dana@example.test" in page
    assert "050-000-0142" in page
    assert "המשלוח" in page
    assert page.count("m-rating--on") == 4
    assert "רשתות" in page


def test_the_sentence_and_the_journey_are_counted_from_rows(owner_client, url, dana):
    make_event("form.submitted", contact=dana, subject_id=1, subject_label="דף")
    make_event("form.submitted", contact=dana, subject_id=1, subject_label="דף")
    make_event("form.submitted", contact=dana, subject_id=1, subject_label="דף", verdict="robot")
    context = owner_client.get(url("contact_card", pk=dana.pk)).context["card"]
    assert [clause.words for clause in context.clauses] == ["2 טפסים שנשלחו"]
    assert len(context.turns) == 2, "became a contact, and the first form"


def test_names_and_values_of_people_are_never_markup(owner_client, url, workspace):
    evil = '<script>alert("x")</script>'
    field = CustomFieldFactory(workspace=workspace, label=evil, help_text=evil)
    contact = ContactFactory(workspace=workspace, first_name=evil, source=evil, values={field.storage_key: evil})
    SubscriptionFactory(contact=contact, list__name=evil)
    for name in ("contact_card", "contact_edit"):
        assert evil not in owner_client.get(url(name, pk=contact.pk)).content.decode()
    assert evil not in owner_client.get(url("contact_list")).content.decode()


def test_a_panel_of_a_room_above_stands_on_the_card(owner_client, url, dana, monkeypatch):
    monkeypatch.setattr(card, "_panels", {})
    card.register_panel("start", lambda request, contact: format_html("<b id={}></b>", "early"), order=10)
    card.register_panel("side", lambda request, contact: format_html("<b id=late>{}</b>", contact.pk), order=60)
    card.register_panel("quiet", lambda request, contact: "")
    page = owner_client.get(url("contact_card", pk=dana.pk))
    assert page.context["card"].start == ["<b id=early></b>"]
    assert page.context["card"].side == [f"<b id=late>{dana.pk}</b>"]
    assert f"<b id=late>{dana.pk}</b>" in page.content.decode()


@pytest.mark.parametrize("kind", ["foreign", "binned"])
def test_a_card_that_is_not_there_is_not_found(owner_client, url, workspace, dana, kind):
    contact = {
        "foreign": lambda: ContactFactory(),
        "binned": lambda: ContactFactory(workspace=workspace, binned=True),
    }[kind]()
    assert owner_client.get(url("contact_card", pk=contact.pk)).status_code == 404


def test_the_swapped_card_equals_a_reload(owner_client, url, workspace, dana):
    make_starter_fields(workspace)
    assert_swap_equals_reload(owner_client, url("contact_card", pk=dana.pk), "contact-card")


VERBS = [
    ("contact_join", lambda world: {"list": world["list"].pk}, {}),
    ("contact_leave", lambda world: {}, {"list_pk": "list"}),
    ("contact_tag", lambda world: {"tag": "חדשה"}, {}),
    ("contact_untag", lambda world: {}, {"tag_pk": "tag"}),
    ("contact_field", lambda world: {world["field"].storage_key: "חיפה"}, {"field_pk": "field"}),
]


@pytest.mark.parametrize(("name", "said", "places"), VERBS, ids=[verb[0] for verb in VERBS])
def test_a_verb_on_the_card_draws_what_a_reload_would(owner_client, url, workspace, dana, name, said, places):
    world = {
        "list": ListFactory(workspace=workspace),
        "tag": TagFactory(workspace=workspace),
        "field": CustomFieldFactory(workspace=workspace),
    }
    address = url(name, pk=dana.pk, **{key: world[noun].pk for key, noun in places.items()})
    swapped = owner_client.post(address, said(world), headers=HTMX)
    assert swapped.status_code == 200
    reloaded = owner_client.get(url("contact_card", pk=dana.pk))
    assert part(swapped.content.decode(), "contact-card") == part(reloaded.content.decode(), "contact-card")
    plain = owner_client.post(address, said(world))
    assert (plain.status_code, plain.url) == (302, url("contact_card", pk=dana.pk))


def test_a_list_is_joined_and_left_from_the_card(owner_client, url, workspace, dana, owner):
    news = ListFactory(workspace=workspace, name="ניוזלטר")
    owner_client.post(url("contact_join", pk=dana.pk), {"list": news.pk})
    assert list(dana.lists.all()) == [news]
    assert Event.objects.get(kind="list.joined").actor == f"user:{owner.pk}"
    owner_client.post(url("contact_leave", pk=dana.pk, list_pk=news.pk))
    assert dana.subscriptions.get().status == "left"
    assert owner_client.post(url("contact_join", pk=dana.pk), {"list": ListFactory().pk}).status_code == 404
    assert owner_client.post(url("contact_join", pk=dana.pk), {"list": "x"}).status_code == 404


def test_one_field_is_edited_in_its_place(owner_client, url, workspace, dana):
    field = CustomFieldFactory(workspace=workspace, number=True)
    address = url("contact_field", pk=dana.pk, field_pk=field.pk)
    assert f'name="{field.storage_key}"' in owner_client.get(address, headers=HTMX).content.decode()
    bad = owner_client.post(address, {field.storage_key: "הרבה"}, headers=HTMX)
    assert bad.status_code == 422
    assert bad.headers["HX-Retarget"] == f"#field-{field.pk}"
    assert "הרבה" in bad.content.decode(), "what was typed stays"
    owner_client.post(address, {field.storage_key: "1,200"}, headers=HTMX)
    dana.refresh_from_db()
    assert dana.values == {field.storage_key: 1200}
    assert owner_client.get(address).url.startswith(url("contact_edit", pk=dana.pk))


def test_only_what_was_changed_in_the_form_is_written(owner_client, url, workspace, dana):
    one, other = CustomFieldFactory(workspace=workspace), CustomFieldFactory(workspace=workspace)
    dana.values = {one.storage_key: "א", other.storage_key: "ב"}
    dana.save()
    form = {"first_name": "דניאלה", "last_name": "", "email": dana.email, "phone": "050-000-0142"}
    saved = owner_client.post(
        url("contact_edit", pk=dana.pk), form | {one.storage_key: "ג", other.storage_key: "ב"}, follow=True
    )
    assert saved.status_code == 200
    dana.refresh_from_db()
    assert (dana.first_name, dana.values) == ("דניאלה", {one.storage_key: "ג", other.storage_key: "ב"})
    changed = {event.properties["field"] for event in Event.objects.filter(kind="field.changed")}
    assert changed == {"first_name", one.storage_key}


def test_an_edit_that_fails_says_why_beside_the_field(owner_client, url, workspace, dana):
    ContactFactory(workspace=workspace, email="gil@example.test", first_name="גיל")
    response = owner_client.post(url("contact_edit", pk=dana.pk), {"email": "gil@example.test", "phone": "12"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"phone"}
    response = owner_client.post(url("contact_edit", pk=dana.pk), {"email": "gil@example.test"})
    assert "גיל" in response.context["form"].errors["email"][0]
    response = owner_client.post(url("contact_edit", pk=dana.pk), {})
    assert set(response.context["form"].errors) == {"email"}


def test_a_person_is_added_by_hand(owner_client, url, workspace, owner):
    news, field = ListFactory(workspace=workspace), CustomFieldFactory(workspace=workspace)
    form = {"first_name": "אורי", "phone": "050-000-0111", "source": "שיחה", "lists": [news.pk], "tags": "VIP, טנדר"}
    response = owner_client.post(url("contact_create"), form | {field.storage_key: "ערך"})
    contact = Contact.objects.get()
    assert response.url == url("contact_card", pk=contact.pk)
    assert (contact.phone, contact.source, contact.values) == ("+972500000111", "שיחה", {field.storage_key: "ערך"})
    assert list(contact.lists.all()) == [news]
    assert {tag.name for tag in contact.tags.all()} == {"VIP", "טנדר"}
    assert Event.objects.get(kind="contact.created").actor == f"user:{owner.pk}"


def test_a_known_person_is_pointed_to_and_not_written_over(owner_client, url, dana):
    response = owner_client.post(url("contact_create"), {"email": "DANA@example.test", "first_name": "אחרת"})
    assert response.status_code == 422
    assert url("contact_card", pk=dana.pk) in response.content.decode()
    dana.refresh_from_db()
    assert dana.first_name == "דנה"


def test_adding_needs_an_address(owner_client, url):
    response = owner_client.post(url("contact_create"), {"first_name": "דנה"})
    assert response.status_code == 422
    assert "email" in response.context["form"].errors
    assert not Contact.objects.exists()


def test_the_bin_gives_back(owner_client, url, dana):
    response = owner_client.post(url("contact_bin", pk=dana.pk), follow=True)
    assert url("contact_restore", pk=dana.pk) in response.content.decode(), "the toast undoes it"
    assert not Contact.objects.alive().exists()
    assert owner_client.post(url("contact_restore", pk=dana.pk)).url == url("contact_card", pk=dana.pk)
    assert Contact.objects.alive().get() == dana


def test_only_an_owner_erases_and_the_log_keeps_no_name(owner_client, client_as, editor_user, url, dana):
    assert client_as(editor_user).post(url("contact_erase", pk=dana.pk), {"typed": dana.phone}).status_code == 403
    owner_client.post(url("contact_erase", pk=dana.pk), {"typed": dana.phone})
    assert not Contact.objects.exists()
    entry = AuditEntry.objects.get(action="contact.erased")
    assert "דנה" not in entry.subject


WRITES = ["contact_create", "contact_edit", "contact_bin", "contact_restore", "contact_join", "contact_tag"]


@pytest.mark.parametrize("name", WRITES)
def test_an_analyst_reads_and_does_not_write(client_as, analyst, url, dana, name):
    client = client_as(analyst)
    assert client.get(url("contact_card", pk=dana.pk)).status_code == 200
    place = {} if name == "contact_create" else {"pk": dana.pk}
    assert client.post(url(name, **place), {"tag": "x"}).status_code == 403


def test_the_card_costs_few_statements_however_much_happened(
    owner_client, url, workspace, dana, django_assert_max_num_queries
):
    make_starter_fields(workspace)
    for _number in range(60):
        make_event("custom.visit", contact=dana)
    SubscriptionFactory.create_batch(5, contact=dana)
    owner_client.get(url("contact_card", pk=dana.pk))
    with django_assert_max_num_queries(39):
        owner_client.get(url("contact_card", pk=dana.pk))
