from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from crm.models import Contact, Segment, User, Workspace
from crm.rules.faults import RuleError
from crm.segments import matching, nesting, saving
from tests.crm.factories import ContactFactory, SegmentFactory, WorkspaceFactory

AT = {"field": "email", "op": "contains", "value": "@"}


def save(workspace: Workspace, name: str, rule: Any, **fields: Any) -> Segment:
    return saving.save_segment(workspace, name=name, rule=rule, by=None, **fields)


def test_a_segment_keeps_the_clean_rule(workspace: Workspace, owner: User) -> None:
    segment = saving.save_segment(workspace, name="  יש   מייל ", rule={"all": [AT]}, by=owner)
    segment.refresh_from_db()
    assert (segment.name, segment.rule, segment.created_by) == ("יש מייל", {"all": [AT]}, owner)
    assert save(workspace, "כולם", None).rule == {}


@pytest.mark.parametrize("name", ["", "   ", "\0", None, 3, "x" * 101])
def test_a_segment_needs_a_name(workspace: Workspace, name: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        save(workspace, name, {})
    assert "name" in raised.value.message_dict


def test_names_differ_without_regard_to_case(workspace: Workspace) -> None:
    segment = save(workspace, "VIP", {})
    with pytest.raises(ValidationError):
        save(workspace, "vip", {})
    assert save(workspace, "vip", {}, segment=segment).name == "vip"
    save(WorkspaceFactory(), "vip", {})


def test_circles_are_refused(workspace: Workspace) -> None:
    first = save(workspace, "1", {"all": [AT]})
    second = save(workspace, "2", {"none": [{"segment": first.pk}]})
    third = save(workspace, "3", {"any": [AT, {"segment": second.pk}]})
    for named in (first, second, third):
        with pytest.raises(RuleError):
            save(workspace, "1", {"all": [{"any": [{"segment": named.pk}, AT]}]}, segment=first)
    first.refresh_from_db()
    assert first.rule == {"all": [AT]}


def test_a_circle_that_two_edits_closed_holds_nobody_and_ends(workspace: Workspace) -> None:
    ContactFactory(workspace=workspace)
    first, second = SegmentFactory(workspace=workspace), SegmentFactory(workspace=workspace)
    for segment, named in ((first, second), (second, first)):
        Segment.objects.filter(pk=segment.pk).update(rule={"all": [{"segment": named.pk}]})
    assert matching.members(Segment.objects.get(pk=first.pk)).count() == 0


def test_segments_of_segments_may_not_grow_without_end(workspace: Workspace) -> None:
    segment = save(workspace, "0", {"any": [AT] * 40})
    segment = save(workspace, "1", {"any": [{"segment": segment.pk}] * 7})
    with pytest.raises(RuleError):
        save(workspace, "2", {"any": [{"segment": segment.pk}] * 2})
    small = save(workspace, "small", {"any": [AT]})
    save(workspace, "many", {"any": [{"segment": small.pk}] * 50})
    with pytest.raises(RuleError):
        save(workspace, "small", {"any": [AT] * 7}, segment=small)
    assert nesting.MAX_EXPANDED == 300


def test_freezing_keeps_these_people_and_only_this_business(workspace: Workspace, owner: User) -> None:
    kept, binned, foreign = (
        ContactFactory(workspace=workspace),
        ContactFactory(workspace=workspace, binned=True),
        ContactFactory(),
    )
    segment = saving.freeze(
        workspace, name="נשרו", contact_ids=[kept.pk, kept.pk, binned.pk, foreign.pk, 10**9], by=owner
    )
    assert list(matching.members(segment)) == [kept]
    assert matching.count(workspace, {"all": [{"segment": segment.pk}]}) == 1
    Contact.objects.filter(pk=kept.pk).update(email=None)
    assert list(matching.members(segment)) == [kept]


def test_a_segment_in_use_cannot_be_deleted_and_a_deleted_one_comes_back(workspace: Workspace) -> None:
    used = save(workspace, "used", {"all": [AT]})
    user = save(workspace, "user", {"any": [{"segment": used.pk}]})
    with pytest.raises(ValidationError, match="user"):
        saving.delete(used)
    saving.delete(user)
    saving.delete(used)
    save(workspace, "used", {})
    saving.restore(used)
    assert used.name == "used (2)"
    assert used.deleted_at is None


def test_a_twin_has_a_name_of_its_own(workspace: Workspace) -> None:
    contact = ContactFactory(workspace=workspace)
    segment = save(workspace, "x" * 100, {"all": [AT]})
    twin = saving.duplicate(segment)
    assert twin.rule == segment.rule
    assert twin.name == "x" * 94 + " (2)"
    fixed = saving.freeze(workspace, name="fixed", contact_ids=[contact.pk])
    assert list(matching.members(saving.duplicate(fixed))) == [contact]
