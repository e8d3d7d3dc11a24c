"""Kept membership is what the rules say, however people change. The oracle is the rule itself, asked of everybody."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from crm.consent.granting import grant, withdraw
from crm.contacts import capturing, editing, erasing, merging, subscribing
from crm.contacts.models import Contact, CustomField, List, Tag
from crm.rules import grammar, mentioning
from crm.segments import following, matching, refreshing, saving, tasks
from crm.segments.models import Segment, SegmentMember
from crm.timeline.models import Event, EventCursor
from crm.timeline.recording import record
from crm.visitors.identifying import identify_by_form
from crm.visitors.models import Visitor
from crm.workspaces.models import Workspace
from tests.crm.factories import CustomFieldFactory, ListFactory, TagFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Nobody hears the doorbell; what rang is noted."""
    heard: list[bool] = []
    monkeypatch.setattr(tasks.follow, "apply_async", lambda **_how: heard.append(True))
    return heard


class Life:
    """A business in which things happen to people, drawn by a seed."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace, self.chance, self.numbers = workspace, random.Random(seed), iter(range(10**6))
        self.field: CustomField = CustomFieldFactory(workspace=workspace, number=True)
        self.lists: list[List] = [ListFactory(workspace=workspace) for _ in range(2)]
        self.tags: list[Tag] = [TagFactory(workspace=workspace, name=name) for name in ("VIP", "חבר")]
        self.segments = self._segments()
        refreshing.refresh_due()
        self.verbs: list[Callable[[], object]] = [
            self.come, self.come, self.answer, self.answer, self.rename, self.join, self.leave, self.tag, self.untag,
            self.agree, self.disagree, self.buy, self.browse, self.browse, self.identify, self.bin, self.restore,
            self.erase, self.merge, self.unmerge,
        ]  # fmt: skip

    def _segments(self) -> list[Segment]:
        number, first, tag = self.field.storage_key, self.lists[0].pk, "VIP"
        rules: list[Any] = [
            {"all": [{"field": number, "op": ">", "value": 3}]},
            {"any": [{"list": first}, {"none": [{"tag": tag}]}]},
            {"all": [{"consent": "email"}, {"field": "first_name", "op": "contains", "value": "א"}]},
            {"all": [{"event": "custom.buy", "times": [">=", 2]}]},
            {"any": [{"event": "page.viewed", "within_days": 30}, {"field": "phone", "op": "filled"}]},
            {"none": [{"event": "page.viewed"}, {"tag": "חבר"}]},
            {},
        ]
        made = [saving.save_segment(self.workspace, name=f"s{n}", rule=rule) for n, rule in enumerate(rules)]
        nested = {"any": [{"segment": made[0].pk}, {"none": [{"segment": made[3].pk}, {"segment": made[1].pk}]}]}
        made.append(saving.save_segment(self.workspace, name="nested", rule=nested))
        outer = {"all": [{"segment": made[-1].pk}, {"list": self.lists[1].pk}]}
        return [*made, saving.save_segment(self.workspace, name="outer", rule=outer)]

    def someone(self, **narrow: Any) -> Contact | None:
        narrow = narrow or {"deleted_at": None, "merged_into": None}
        ids = list(Contact.objects.filter(workspace=self.workspace, **narrow).values_list("pk", flat=True))
        return Contact.objects.select_related("workspace").get(pk=self.chance.choice(ids)) if ids else None

    def happen(self) -> None:
        with suppress(ValidationError):
            self.chance.choice(self.verbs)()

    def come(self) -> None:
        number = next(self.numbers)
        capturing.capture(
            self.workspace,
            email=f"p{number}@x.test",
            phone=f"+97250{number:07}" if self.chance.random() < 0.3 else "",
            first_name=self.chance.choice(["אבי", "דנה", ""]),
            values={self.field.storage_key: self.chance.randint(0, 6)},
            lists=self.chance.sample(self.lists, self.chance.randint(0, 2)),
            tags=self.chance.sample(["VIP", "חבר"], self.chance.randint(0, 1)),
            actor="system",
        )

    def each(self, act: Callable[[Contact], object]) -> None:
        if contact := self.someone():
            act(contact)

    def answer(self) -> None:
        value = self.chance.choice([None, 1, 3, 4, 6])
        self.each(lambda c: editing.edit(c, changes={self.field.storage_key: value}, actor="system"))

    def rename(self) -> None:
        name = self.chance.choice(["אבי", "אורי", "דן", ""])
        self.each(lambda c: editing.edit(c, changes={"first_name": name}, actor="system"))

    def join(self) -> None:
        self.each(lambda c: subscribing.join(c, self.chance.choice(self.lists), actor="system"))

    def leave(self) -> None:
        self.each(lambda c: subscribing.leave(c, self.chance.choice(self.lists), actor="system"))

    def tag(self) -> None:
        self.each(lambda c: subscribing.tag(c, self.chance.choice(["vip", "חבר"]), actor="system"))

    def untag(self) -> None:
        self.each(lambda c: subscribing.untag(c, self.chance.choice(["VIP", "חבר"]), actor="system"))

    def agree(self) -> None:
        self.each(lambda c: grant(c, "email", source="form", actor="contact", wording="כן"))

    def disagree(self) -> None:
        self.each(lambda c: withdraw(c, "email", source="form", actor="contact"))

    def buy(self) -> None:
        self.each(lambda c: record(self.workspace, "custom.buy", contact=c))

    def browse(self) -> None:
        visitor = self._browser() if self.chance.random() < 0.7 else None
        record(self.workspace, "page.viewed", visitor=visitor or Visitor.objects.create(workspace=self.workspace))

    def _browser(self) -> Visitor | None:
        """One that is there still: with an erased person their browsers go too."""
        visitors = list(Visitor.objects.filter(workspace=self.workspace).order_by("pk"))
        return self.chance.choice(visitors) if visitors else None

    def identify(self) -> None:
        if visitor := self._browser():
            self.each(lambda c: identify_by_form(visitor, c, is_new=False))

    def bin(self) -> None:
        self.each(lambda c: editing.bin(c, actor="system"))

    def restore(self) -> None:
        if binned := self.someone(deleted_at__isnull=False):
            editing.restore(binned, actor="system")

    def erase(self) -> None:
        if self.chance.random() < 0.5:
            self.each(lambda c: erasing.erase(c, actor="system"))

    def merge(self) -> None:
        winner, loser = self.someone(), self.someone()
        if winner and loser:
            merging.merge(winner, loser, actor="system")

    def unmerge(self) -> None:
        if loser := self.someone(merged_into__isnull=False):
            merging.unmerge(loser, actor="system")

    def check(self, *, told: bool = True) -> None:
        """What is kept, what is counted, and what was `told` of entering and leaving, all say the same."""
        for segment in Segment.objects.filter(pk__in=[segment.pk for segment in self.segments]):
            kept = set(SegmentMember.objects.filter(segment=segment).values_list("contact", flat=True))
            right = set(matching.contacts(self.workspace, segment.rule).values_list("pk", flat=True))
            assert kept == right, (segment.name, segment.rule, "missing", right - kept, "too many", kept - right)
            assert segment.size == len(kept), segment.name
            if told:
                self._check_told(segment, kept)

    def _check_told(self, segment: Segment, kept: set[int]) -> None:
        inside: dict[int, bool] = {}
        told = Event.objects.filter(subject_type="segment", subject_id=segment.pk, contact__isnull=False)
        for kind, contact in told.order_by("id").values_list("kind", "contact_id"):
            assert inside.get(contact, False) != (kind == "segment.entered"), (segment.name, contact, kind)
            inside[contact] = kind == "segment.entered"
        living = set(Contact.objects.filter(pk__in=inside).values_list("pk", flat=True))
        assert {pk for pk, is_in in inside.items() if is_in} & living == kept


def caught_up() -> None:
    """Hands on what was recorded since the last call, as the cursor does. Not through the cursor: that stops behind every
    transaction in flight in the whole cluster, this test's own too (tests/faults has it)."""
    cursor, _made = EventCursor.objects.get_or_create(name="test")
    unread = list(Event.objects.filter(pk__gt=cursor.event_id).order_by("pk"))
    while unread:
        following.work(unread)
        EventCursor.objects.filter(name="test").update(event_id=unread[-1].pk)
        unread = list(Event.objects.filter(pk__gt=unread[-1].pk).order_by("pk"))


def live(seed: int, changes: int, *, every: int) -> None:
    life = Life(WorkspaceFactory(slug=f"life-{seed}"), seed)
    for number in range(changes):
        life.happen()
        if number % every == 0:
            caught_up()
    caught_up()
    life.check()


@pytest.mark.parametrize("seed", [1, 2])
def test_following_the_log_keeps_what_working_out_everybody_would_find(seed: int) -> None:
    live(seed, 250, every=20)


@pytest.mark.faults
def test_after_ten_thousand_changes_every_segment_is_right() -> None:
    live(20261126, 10_000, every=250)


def test_one_read_that_holds_many_changes_asks_each_segment_once(django_assert_max_num_queries: Any) -> None:
    life = Life(WorkspaceFactory(), 7)
    for _ in range(60):
        life.come()
    events = list(Event.objects.all())
    assert len(events) > 60
    with django_assert_max_num_queries(80):
        following.work(events)
    life.check()


def test_nothing_is_asked_where_nothing_mentions_the_change() -> None:
    life = Life(WorkspaceFactory(), 3)
    life.come()
    caught_up()
    before = Event.objects.count()
    record(life.workspace, "custom.other", contact=life.someone())
    index, everyones = following.index_of(life.workspace.pk)
    other = Event.objects.get(kind="custom.other")
    assert following.asked_again([other], index, everyones) == {}
    caught_up()
    assert Event.objects.count() == before + 1


def test_the_first_answer_after_a_rule_was_written_or_edited_tells_nobody() -> None:
    life = Life(WorkspaceFactory(), 4)
    for _ in range(5):
        life.come()
    caught_up()
    everybody = {"field": "email", "op": "filled"}
    made = saving.save_segment(life.workspace, name="כולם", rule={"all": [everybody]})
    saving.save_segment(life.workspace, name="s0", rule={"all": [everybody]}, segment=life.segments[0])
    stale = Segment.objects.filter(refreshed_at=None).values_list("name", flat=True)
    assert set(stale) == {"כולם", "s0", "nested", "outer"}
    before = Event.objects.filter(subject_type="segment").count()
    refreshing.refresh_due()
    assert Event.objects.filter(subject_type="segment").count() == before
    made.refresh_from_db()
    assert (made.size, made.is_settled) == (5, True)
    life.come()
    caught_up()
    assert Event.objects.filter(kind="segment.entered", subject_id=made.pk).count() == 1


def test_a_tag_that_is_renamed_or_deleted_makes_its_segments_due() -> None:
    life = Life(WorkspaceFactory(), 5)
    named = Segment.objects.filter(workspace=life.workspace, name__in=["s1", "s5", "nested", "outer"])
    for change in (lambda: Tag.objects.get(pk=life.tags[0].pk).save(), life.tags[1].delete):
        assert not Segment.objects.due(timezone.now()).exists()
        change()
        assert set(Segment.objects.due(timezone.now())) == set(named)
        refreshing.refresh_due()


def test_a_segment_in_the_bin_is_left_alone_and_worked_out_when_it_is_back() -> None:
    life = Life(WorkspaceFactory(), 6)
    segment = life.segments[2]
    saving.delete(segment)
    for _ in range(3):
        life.come()
        life.agree()
    caught_up()
    assert not SegmentMember.objects.filter(segment=segment).exists()
    saving.restore(segment)
    refreshing.refresh_due()
    life.check(told=False)


def test_every_condition_says_what_it_mentions() -> None:
    life = Life(WorkspaceFactory(), 8)
    marks = {name: mentioning.marks_of(life.segments[n].rule, life.workspace) for n, name in enumerate("abcdefgh")}
    assert marks["a"] == {f"field:{life.field.storage_key}"}
    assert marks["b"] == {f"list:{life.lists[0].pk}", "tag:vip"}
    assert marks["e"] == {"event:page.viewed", "clock", "field:phone"}
    assert marks["h"] >= marks["a"] | marks["b"] | {"event:custom.buy", f"segment:{life.segments[0].pk}"}
    relative = grammar.clean({"all": [{"field": "created_at", "op": "last", "value": 3}]}, life.workspace)
    assert "clock" in mentioning.marks_of(relative, life.workspace)


def test_the_doorbell_wakes_the_reader_once_in_a_second(
    rings: list[bool], django_capture_on_commit_callbacks: Any
) -> None:
    life = Life(WorkspaceFactory(), 9)
    cache.clear()
    with django_capture_on_commit_callbacks(execute=True):
        life.come()
        life.come()
    assert rings == [True]


@pytest.mark.django_db(transaction=True)
def test_the_cursor_hands_the_log_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the log has settled; a transaction of anybody's in the cluster may hold it back, so this looks at what passed."""
    life = Life(WorkspaceFactory(), 10)
    life.come()
    seen: list[Event] = []
    monkeypatch.setattr(following, "work", lambda events: seen.extend(events))
    passed = following.follow()
    assert passed == len(seen)
