"""A batch says of each row what a single call would have said of it, and takes no longer over a thousand than it must."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.consent.granting import state, suppress, withdraw
from crm.contacts import batching
from crm.contacts.models import Contact, Subscription
from crm.models import Channel, Consent, Event, Suppression, Workspace
from tests.conftest import Api, api_of
from tests.crm.factories import (
    ContactFactory,
    CustomFieldFactory,
    ListFactory,
    SubscriptionFactory,
    WorkspaceFactory,
)


def batch(api: Api, *rows: Any) -> list[dict[str, Any]]:
    response = api.post("contacts/batch/", {"contacts": list(rows)})
    assert response.status_code == 200, response.content
    return list(response.json()["results"])


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [row["status"] for row in results]


def test_each_row_is_answered_in_its_place(api: Api, workspace: Workspace) -> None:
    field = CustomFieldFactory(workspace=workspace, number=True)
    known = ContactFactory(workspace=workspace, email="gil@example.test", first_name="גיל")
    results = batch(
        api,
        {"email": "dana@example.test", "values": {field.storage_key: "1,200"}, "tags": ["VIP"]},
        {"email": "gil@example.test", "last_name": "כהן"},
        {"email": "gil@example.test", "first_name": "גיל"},
        {"email": "x", "values": {field.storage_key: "many"}},
        {"phone": "050-000-0142"},
    )
    assert [row["index"] for row in results] == [0, 1, 2, 3, 4]
    assert statuses(results) == ["created", "updated", "unchanged", "refused", "created"]
    assert set(results[3]["errors"]) == {"contacts.3.email", f"contacts.3.values.{field.storage_key}"}
    assert results[3]["id"] is None
    assert results[1]["id"] == results[2]["id"] == known.pk
    assert Contact.objects.get(pk=results[0]["id"]).values == {field.storage_key: 1200}
    assert Contact.objects.count() == 3
    assert set(Event.objects.values_list("actor", flat=True)) == {f"key:{api.key.pk}"}


WRONG: list[tuple[Any, set[str]]] = [
    ({}, {"contacts.0.email"}),
    ([], {"contacts.0"}),
    (None, {"contacts.0"}),
    ({"email": ["a@b.test"]}, {"contacts.0.email"}),
    ({"email": "a@b.test", "phone": "12"}, {"contacts.0.phone"}),
    ({"email": "a@b.test", "first_name": "x" * 101}, {"contacts.0.first_name"}),
    ({"email": "a@b.test", "values": {"f999999": 1}}, {"contacts.0.values.f999999"}),
    ({"email": "a@b.test", "values": {"email": 1}}, {"contacts.0.values.email"}),
    ({"email": "a@b.test", "lists": [10**6]}, {"contacts.0.lists"}),
    ({"email": "a@b.test", "lists": [1, "x"]}, {"contacts.0.lists.1"}),
    ({"email": "a@b.test", "tags": ["x" * 61]}, {"contacts.0.tags.0"}),
    ({"email": "a@b.test", "tags": ["\u200b"]}, {"contacts.0.tags"}),
    ({"email": "a@b.test", "overwrite": "perhaps"}, {"contacts.0.overwrite"}),
    ({"email": "a@b.test", "consents": [{"channel": "fax"}]}, {"contacts.0.consents.0.channel"}),
    (
        {"email": "a@b.test", "consents": [{"channel": "email"}]},
        {"contacts.0.consents.0.wording", "contacts.0.consents.0.at"},
    ),
    (
        {"email": "a@b.test", "consents": [{"channel": "email", "wording": "כן", "at": "2999-01-01T00:00:00Z"}]},
        {"contacts.0.consents.0.at"},
    ),
]


@pytest.mark.parametrize(("row", "wrong"), WRONG, ids=[str(place) for place in range(len(WRONG))])
def test_a_bad_row_names_its_places_changes_nothing_and_stops_nobody(
    api: Api, workspace: Workspace, row: Any, wrong: set[str]
) -> None:
    refused, taken = batch(api, row, {"email": "gil@example.test"})
    assert (refused["status"], taken["status"]) == ("refused", "created")
    assert set(refused["errors"]) == wrong
    assert all(words and all(isinstance(word, str) for word in words) for words in refused["errors"].values())
    assert Contact.objects.get().email == "gil@example.test"
    assert not workspace.tags.exists()


@pytest.mark.parametrize(
    "body",
    [{}, [], {"contacts": []}, {"contacts": {}}, {"contacts": None}, {"contacts": [{"email": "a@b.test"}] * 1001}],
)
def test_what_is_no_batch_is_refused_whole(api: Api, workspace: Workspace, body: Any) -> None:
    response = api.post("contacts/batch/", body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "contacts"
    assert not Contact.objects.exists()


def test_too_many_bytes_and_too_many_tags_are_refused_whole(api: Api, workspace: Workspace) -> None:
    long = {"contacts": [{"email": f"a{n}@b.test", "source": "x" * 3000} for n in range(800)]}
    assert api.post("contacts/batch/", long).status_code == 413
    tagged = {"contacts": [{"email": f"a{n}@b.test", "tags": [f"t{n}"]} for n in range(201)]}
    assert api.post("contacts/batch/", tagged).status_code == 400
    assert not Contact.objects.exists()


# -- the same as one by one -----------------------------------------------------------------------------------------------


class Twin:
    """A business; its twin has the same things under other ids. `told` is all that is kept, in words without ids."""

    def __init__(self, slug: str) -> None:
        self.workspace = WorkspaceFactory(slug=slug)
        self.api = api_of(self.workspace, secret=f"mk_{slug}")
        made = [CustomFieldFactory(workspace=self.workspace, label=f"field {n}") for n in range(2)]
        status = CustomFieldFactory(workspace=self.workspace, label="status", key="status", choice=True)
        self.fields = [*made, status]
        self.lists = [ListFactory(workspace=self.workspace, name=f"list {n}") for n in range(3)]
        for number in range(4):
            binned = {"deleted_at": timezone.now()} if number % 2 else {}
            phone = f"+9725000000{number:02}" if number < 3 else None
            values = {self.fields[0].storage_key: "old"}
            about = {"first_name": "ישן", "values": values, **binned}
            contact = ContactFactory(workspace=self.workspace, email=f"p{number}@b.test", phone=phone, **about)
            SubscriptionFactory(contact=contact, list=self.lists[0])
            SubscriptionFactory(contact=contact, list=self.lists[1], left=True)
        ContactFactory(workspace=self.workspace, email=None, phone="+972500000007", first_name="")

    def row(self, shape: dict[str, Any]) -> dict[str, Any]:
        """A shape with this twin's ids in it."""
        values = {self.fields[place].storage_key: value for place, value in shape["values"].items()}
        return shape | {"values": values, "lists": [self.lists[place].pk for place in shape["lists"]]}

    def told(self) -> list[Any]:
        people = Contact.objects.filter(workspace=self.workspace).order_by("pk")
        return [self._person(contact) for contact in people]

    def _person(self, contact: Contact) -> Any:
        names = {field.storage_key: field.label for field in self.fields}
        own = [
            contact.email,
            contact.phone,
            contact.first_name,
            contact.last_name,
            contact.source,
            bool(contact.deleted_at),
        ]
        values = sorted((names[key], value) for key, value in contact.values.items())
        lists = sorted(contact.subscriptions.values_list("list__name", "status"))
        tags = sorted(contact.tags.values_list("name", flat=True))
        events = [self._event(event, names) for event in Event.objects.filter(contact=contact).order_by("id")]
        return own, values, lists, tags, events

    def _event(self, event: Event, names: dict[str, str]) -> Any:
        said = {key: names.get(value, value) for key, value in event.properties.items()}
        return event.kind, event.subject_label, event.source, said


def shape(chance: random.Random) -> dict[str, Any]:
    some = {
        "email": lambda: f"p{chance.randrange(8)}@b.test",
        "phone": lambda: f"0500000{chance.randrange(9):03}",
        "first_name": lambda: chance.choice(["דנה", "גיל", ""]),
        "last_name": lambda: chance.choice(["כהן", "לוי"]),
        "source": lambda: chance.choice(["יריד", "אתר"]),
        "overwrite": lambda: chance.random() < 0.6,
    }
    said: dict[str, Any] = {key: make() for key, make in some.items() if chance.random() < 0.6}
    said["values"] = {place: chance.choice(["o1", "o2"]) for place in range(3) if chance.random() < 0.3}
    said["lists"] = [place for place in range(3) if chance.random() < 0.3]
    said["tags"] = [name for name in ("VIP", "vip", "חדש") if chance.random() < 0.2]
    return said


@pytest.mark.parametrize("seed", range(8))
def test_a_batch_leaves_what_single_calls_would_have_left(db: None, seed: int) -> None:
    chance = random.Random(seed)
    shapes = [shape(chance) for _row in range(30)]
    single, many = Twin("single"), Twin("many")
    one_by_one = [single.api.post("contacts/", single.row(said)) for said in shapes]
    results = batch(many.api, *map(many.row, shapes))
    for answer, row in zip(one_by_one, results, strict=True):
        expected = {201: {"created"}, 200: {"updated", "unchanged"}, 400: {"refused"}}[answer.status_code]
        assert row["status"] in expected, (answer.json(), row)
    for told, wanted in zip(many.told(), single.told(), strict=True):
        assert told == wanted
    again = batch(many.api, *[many.row(said) for said in shapes[-1:]])
    assert statuses(again)[0] in {"unchanged", "updated", "refused"}


def test_a_phone_goes_from_one_person_to_another_within_a_batch(api: Api, workspace: Workspace) -> None:
    """The unique index is asked row by row: who lets go must be written before who takes."""
    first, second = (
        ContactFactory(workspace=workspace, email=f"{name}@b.test", phone=phone)
        for name, phone in (("a", "+972500000001"), ("b", "+972500000002"))
    )
    results = batch(
        api,
        {"email": "b@b.test", "phone": "0500000003"},
        {"email": "a@b.test", "phone": "0500000002"},
        {"email": "c@b.test", "phone": "0500000001"},
    )
    assert statuses(results) == ["updated", "updated", "created"]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.phone, second.phone) == ("+972500000002", "+972500000003")
    assert Contact.objects.get(email="c@b.test").phone == "+972500000001"


def test_a_thousand_rows_take_as_many_statements_as_ten(api: Api, workspace: Workspace) -> None:
    field, news = CustomFieldFactory(workspace=workspace), ListFactory(workspace=workspace)
    yes = {"channel": "email", "wording": "כן", "at": "2026-01-01T00:00:00Z"}
    counted = []
    for size, start in ((10, 0), (300, 5)):
        rows = [
            {
                "email": f"p{start + n}@b.test",
                "phone": f"05011{start + n:05}",
                "values": {field.storage_key: str(size)},
                "lists": [news.pk],
                "tags": ["VIP"],
                "consents": [yes],
            }
            for n in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            batch(api, *rows)
        counted.append(len(queries))
    assert counted[1] <= counted[0] + 4, counted
    assert counted[0] < 35, counted


# -- consent, with proof ----------------------------------------------------------------------------------------------------

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
YES = {"channel": "email", "wording": "אפשר לשלוח לי מבצעים", "at": THEN.isoformat()}
NO = {"channel": "email", "state": "withdrawn", "at": THEN.isoformat()}


def became(results: list[dict[str, Any]]) -> list[str]:
    return [told["became"] for row in results for told in row["consents"]]


def test_an_agreement_is_entered_with_its_proof_once(api: Api, workspace: Workspace) -> None:
    row = {"email": "dana@example.test", "consents": [YES]}
    results = batch(api, row, row)
    assert became(results) == ["granted", "unchanged"]
    assert statuses(results + batch(api, row)) == ["created", "unchanged", "unchanged"]
    proof = Consent.objects.get()
    kept = (proof.channel, proof.state, proof.wording, proof.created_at, proof.source, proof.actor, proof.is_current)
    assert kept == (Channel.EMAIL, "granted", YES["wording"], THEN, "api", f"key:{api.key.pk}", True)
    assert Event.objects.filter(kind="consent.granted", source="api").count() == 1


def test_a_new_yes_is_a_proof_of_its_own_and_an_older_one_replaces_nothing(api: Api, workspace: Workspace) -> None:
    older = YES | {"at": (THEN - timedelta(days=1)).isoformat()}
    newer = YES | {"at": (THEN + timedelta(days=1)).isoformat(), "wording": "כן"}
    rows = [{"email": "dana@example.test", "consents": [each]} for each in (YES, older, newer)]
    assert became(batch(api, *rows)) == ["granted", "unchanged", "granted"]
    assert list(Consent.objects.order_by("created_at").values_list("is_current", flat=True)) == [False, True]
    assert Event.objects.filter(kind="consent.granted").count() == 1


def test_a_yes_from_outside_never_undoes_a_no(api: Api, workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace, email="dana@example.test")
    withdraw(contact, Channel.EMAIL, source="preferences")
    tomorrow = {"email": "dana@example.test", "consents": [YES | {"at": timezone.now().isoformat()}]}
    results = batch(api, tomorrow)
    assert (became(results), statuses(results)) == (["kept"], ["unchanged"])
    assert api.post("contacts/", tomorrow).status_code == 200
    assert state(contact, Channel.EMAIL) == "withdrawn"


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_a_yes_from_outside_lifts_no_block(api: Api, workspace: Workspace, reason: str) -> None:
    suppress(workspace, Channel.EMAIL, "dana@example.test", reason=reason)
    assert became(batch(api, {"email": "dana@example.test", "consents": [YES]})) == ["blocked"]
    assert Suppression.objects.exists()
    assert not Consent.objects.exists()


def test_a_no_from_outside_counts_unless_a_yes_came_after_it(api: Api, workspace: Workspace) -> None:
    later = YES | {"at": (THEN + timedelta(days=1)).isoformat()}
    rows = [{"email": f"{name}@b.test", "consents": said} for name, said in {"a": [YES, NO], "b": [later, NO]}.items()]
    assert became(batch(api, *rows)) == ["granted", "withdrawn", "granted", "unchanged"]
    assert became(batch(api, {"email": "a@b.test", "consents": [NO]})) == ["unchanged"]


def test_a_single_call_takes_an_agreement_too(api: Api, workspace: Workspace) -> None:
    assert api.post("contacts/", {"email": "dana@example.test", "consents": [YES]}).status_code == 201
    assert Consent.objects.get().wording == YES["wording"]
    refused = api.post("contacts/", {"email": "gil@example.test", "consents": [{"channel": "email"}]})
    assert {error["attr"] for error in refused.json()["errors"]} == {"consents.0.wording", "consents.0.at"}


# -- several at once --------------------------------------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> Workspace:
    return WorkspaceFactory(slug="foam")


def test_overlapping_batches_and_single_calls_at_once_lose_nothing_and_do_not_lock_up(committed: Workspace) -> None:
    fields = CustomFieldFactory.create_batch(8, workspace=committed)
    news = ListFactory(workspace=committed)
    api_of(committed)
    start = Barrier(8)

    def come(number: int) -> list[int]:
        chance = random.Random(number)
        api = Api()
        api.default_format = "json"
        api.credentials(HTTP_AUTHORIZATION="Bearer mk_tests")
        people = list(range(20))
        chance.shuffle(people)
        about = {"values": {fields[number].storage_key: str(number)}, "lists": [news.pk], "tags": ["VIP"]}
        rows = [{"email": f"p{n}@b.test", "phone": f"05000000{n:02}"} | about for n in people]
        try:
            start.wait(timeout=30)
            if number % 4 == 0:
                return [api.post("contacts/", row).status_code for row in rows]
            return [api.post("contacts/batch/", {"contacts": rows}).status_code for _time in range(3)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [code for codes in pool.map(come, range(8)) for code in codes]
    assert set(answers) <= {200, 201}
    assert Contact.objects.count() == 20
    everything = {field.storage_key: str(number) for number, field in enumerate(fields)}
    assert all(contact.values == everything for contact in Contact.objects.all())
    assert Subscription.objects.count() == 20
    assert Event.objects.filter(kind="contact.created").count() == 20
    assert Event.objects.filter(kind="field.changed").count() == 20 * 7


def test_a_writer_who_takes_no_turns_is_met_again(
    api: Api, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import writes the same address between our reading and our writing."""
    held, came = batching._held, []

    def late(*args: Any) -> Any:
        found = held(*args)
        if not came:
            came.append(ContactFactory.build)
            batching_taken = ContactFactory(workspace=workspace, email="dana@example.test")
            came.append(batching_taken)
        return found

    monkeypatch.setattr(batching, "_held", late)
    (row,) = batch(api, {"email": "dana@example.test", "last_name": "כהן"})
    assert row["status"] in {"created", "updated"}
    assert Contact.objects.get().last_name == "כהן"


def test_a_batch_sent_again_with_its_key_is_done_once(api: Api, workspace: Workspace) -> None:
    rows = {"contacts": [{"email": "dana@example.test"}, {"email": "x"}]}
    answers = [api.post("contacts/batch/", rows, headers={"Idempotency-Key": "one"}) for _time in range(2)]
    assert answers[0].content == answers[1].content
    assert Event.objects.count() == 1
