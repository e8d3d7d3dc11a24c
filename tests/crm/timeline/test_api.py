"""Events over REST: read everything, add your own, change nothing."""

from __future__ import annotations

import pytest

from crm.timeline.models import Event
from tests.conftest import api_of
from tests.crm.factories import ContactFactory, WorkspaceFactory, make_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(workspace):
    return ContactFactory(workspace=workspace, email="dana@example.test", phone="+972500000142")


@pytest.mark.parametrize(
    "person",
    [{"email": "Dana@Example.test "}, {"phone": "050-000-0142"}, {"phone": "+972 50 000 0142"}, {"contact": None}],
)
def test_a_custom_event_finds_the_contact_however_they_are_named(api, dana, person):
    named = {name: value or dana.pk for name, value in person.items()}
    answer = api.post("events/", {"kind": "custom.demo_booked", "properties": {"room": 4}, **named})
    assert answer.status_code == 201, answer.json()
    event = Event.objects.get()
    assert (event.contact_id, event.kind, event.properties) == (dana.pk, "custom.demo_booked", {"room": 4})
    assert (event.actor, answer.json()["id"]) == (f"key:{api.key.pk}", event.pk)


def test_a_purchase_has_a_value_a_time_and_a_source(api, dana):
    sent = {"kind": "order.placed", "contact": dana.pk, "value": "289.00", "currency": "ILS", "source": "shop"}
    answer = api.post(
        "events/", {**sent, "occurred_at": "2026-11-07T20:14:00+02:00", "properties": {"product": "שריון"}}
    )
    assert answer.status_code == 201
    told = answer.json()
    assert (told["value"], told["currency"], told["source"], told["properties"]) == (
        "289.00",
        "ILS",
        "shop",
        {"product": "שריון"},
    )
    assert Event.objects.get().occurred_at.isoformat() == "2026-11-07T18:14:00+00:00"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "mailing.opened"}, "kind"),
        ({"kind": "custom."}, "kind"),
        ({"kind": "custom.Upper"}, "kind"),
        ({"kind": "custom.a b"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"contact": 10**30}, "contact"),
        ({"contact": 999_999}, "contact"),
        ({"email": "dana@example.test"}, "contact"),
        ({"contact": None, "email": "nobody@example.test"}, "email"),
        ({"contact": None, "email": "nonsense"}, "email"),
        ({"contact": None, "phone": "12"}, "phone"),
        ({"contact": None}, "contact"),
        ({"value": "5"}, "currency"),
        ({"value": "NaN", "currency": "ILS"}, "value"),
        ({"value": "-5", "currency": "ILS"}, "value"),
        ({"currency": "shekel"}, "currency"),
        ({"occurred_at": "1066-10-14T09:00Z"}, "occurred_at"),
        ({"occurred_at": "2999-01-01T09:00Z"}, "occurred_at"),
        ({"properties": {"deep": {"a": 1}}}, "properties"),
        ({"properties": {"zero": "\0"}}, "properties"),
        ({"properties": {"long": "x" * 5000}}, "properties"),
        ({"properties": {str(number): 1 for number in range(31)}}, "properties"),
        ({"properties": [1]}, "properties"),
        ({"source": "x" * 101}, "source"),
        ({"source": "a\0b"}, "source"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_its_field(api, dana, wrong, field):
    sent = {"kind": "custom.demo", "contact": dana.pk} | wrong
    answer = api.post("events/", {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 400, answer.json()
    assert {error["attr"].split(".")[0] for error in answer.json()["errors"]} == {field}
    assert not Event.objects.exists()


def test_a_contact_of_another_business_or_in_the_bin_is_nobody(api, dana):
    for other in (ContactFactory(), ContactFactory(workspace=dana.workspace, binned=True)):
        assert api.post("events/", {"kind": "custom.demo", "contact": other.pk}).status_code == 400
        assert api.post("events/", {"kind": "custom.demo", "email": other.email}).status_code == 400
    assert not Event.objects.exists()


def test_events_are_listed_newest_first_and_narrowed(api, dana):
    gil = ContactFactory(workspace=dana.workspace)
    first = make_event("custom.a", contact=dana)
    second = make_event("custom.b", contact=gil, verdict="robot")
    make_event("custom.a", contact=ContactFactory())

    def listed(query=""):
        return [row["id"] for row in api.get(f"events/{query}").json()["results"]]

    assert listed() == [second.pk, first.pk]
    assert listed("?kind=custom.a") == listed(f"?contact={dana.pk}") == listed("?people=true") == [first.pk]
    assert listed("?until=2000-01-01T00:00:00Z") == []
    assert api.get("events/?contact=x").status_code == api.get("events/?since=yesterday").status_code == 400


def test_an_event_of_another_business_is_not_there_and_none_can_be_changed(api, dana):
    mine, foreign = make_event("custom.a", contact=dana), make_event("custom.a", contact=ContactFactory())
    assert api.get(f"events/{mine.pk}/").json()["kind"] == "custom.a"
    assert api.get(f"events/{foreign.pk}/").status_code == 404
    for method in (api.put, api.patch, api.delete):
        assert method(f"events/{mine.pk}/", {"kind": "custom.b"}).status_code == 405


def test_a_key_that_only_reads_writes_nothing(dana):
    reading = api_of(dana.workspace, secret="mk_reading", scopes=["read"])
    assert reading.post("events/", {"kind": "custom.a", "contact": dana.pk}).status_code == 403
    assert api_of(WorkspaceFactory(), secret="mk_other").get("events/").json()["results"] == []
