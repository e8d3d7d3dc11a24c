from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from campaigns.mailings import audience, planning
from campaigns.mailings.models import Delivery, Link, Mailing
from crm.consent.granting import suppress
from tests.campaigns.mailings.factories import MailingFactory, make_list, make_people, started
from tests.crm.factories import ConsentFactory, ContactFactory, ListFactory, SegmentFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def skipped(mailing: Mailing) -> dict[str, int]:
    rows = mailing.deliveries.filter(state="skipped").values_list("skip_reason", flat=True)
    return {reason: list(rows).count(reason) for reason in set(rows)}


@pytest.fixture
def mailing() -> Mailing:
    """Two who may be written to, and one of each who may not."""
    mailing = MailingFactory()
    workspace = mailing.workspace
    make_people(workspace, 2)
    ConsentFactory(contact=ContactFactory(workspace=workspace, with_phone_only=True))
    ContactFactory(workspace=workspace)
    ConsentFactory(contact=ContactFactory(workspace=workspace), withdrawn=True)
    blocked = ContactFactory(workspace=workspace)
    ConsentFactory(contact=blocked)
    suppress(workspace, "email", blocked.email, reason="dead")
    ConsentFactory(contact=ContactFactory(workspace=workspace, binned=True))
    ConsentFactory(contact=ContactFactory())
    return mailing


def test_the_count_says_who_will_not_get_it_and_why(mailing):
    counted = planning.count(mailing)
    assert (counted.will_send, counted.audience) == (2, 6)
    assert counted.skipped == {"no_consent": 2, "no_address": 1, "suppressed": 1}


def test_what_was_counted_is_what_is_frozen(mailing):
    counted = planning.count(mailing)
    started(mailing)
    assert mailing.deliveries.filter(state="queued").count() == counted.will_send
    assert skipped(mailing) == counted.skipped
    assert mailing.audience_size == counted.audience == mailing.deliveries.count()


def test_service_mail_needs_no_consent_but_honours_a_block(mailing):
    mailing.purpose = Mailing.Purpose.SERVICE
    mailing.save()
    assert planning.count(mailing).skipped == {"no_address": 1, "suppressed": 1}
    started(mailing)
    assert skipped(mailing) == {"no_address": 1, "suppressed": 1}


def test_an_audience_is_lists_and_segments_minus_lists_and_segments():
    mailing = MailingFactory()
    workspace = mailing.workspace
    first, second, left_out = (ListFactory(workspace=workspace) for _ in range(3))
    people = make_people(workspace, 6)
    for person, lists in zip(
        people, [[first], [first, second], [second, left_out], [], [first], [second]], strict=True
    ):
        for each in lists:
            SubscriptionFactory(contact=person, list=each)
    SubscriptionFactory(contact=people[3], list=first, left=True)
    named = SegmentFactory(workspace=workspace, rule={"field": "email", "op": "equals", "value": "p3@example.test"})
    unwanted = SegmentFactory(workspace=workspace, rule={"field": "email", "op": "equals", "value": "p4@example.test"})
    mailing.audience = audience.clean(
        {
            "lists": [first.pk, second.pk],
            "segments": [named.pk],
            "not_lists": [left_out.pk],
            "not_segments": [unwanted.pk],
        },
        workspace,
    )
    mailing.save()
    assert planning.count(mailing).will_send == 4
    started(mailing)
    assert sorted(mailing.deliveries.values_list("address", flat=True)) == [f"p{n}@example.test" for n in (0, 1, 3, 5)]


def test_freezing_goes_on_where_it_stopped(mailing):
    planning.start(mailing, None)
    assert planning.freeze(mailing.pk, chunk=2)
    assert mailing.deliveries.count() == 2
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.FREEZING
    Mailing.objects.filter(pk=mailing.pk).update(frozen_up_to=0)  # as if the worker had died before noting it
    while planning.freeze(mailing.pk, chunk=2):
        pass
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.SENDING
    assert mailing.deliveries.count() == mailing.audience_size == 6


def test_one_address_gets_one_mail():
    mailing = MailingFactory()
    first, second = make_people(mailing.workspace, 2)
    planning.start(mailing, None)
    planning.freeze(mailing.pk, chunk=1)
    second.email, first.email = first.email, None  # a merge or an edit while the audience is being frozen
    first.save()
    second.save()
    while planning.freeze(mailing.pk, chunk=1):
        pass
    assert list(mailing.deliveries.order_by("contact").values_list("state", "skip_reason")) == [
        ("queued", ""),
        ("skipped", Delivery.Skip.SAME_ADDRESS),
    ]


def test_a_start_is_refused_with_all_that_is_missing():
    mailing = MailingFactory(workspace__sender_name="", subject=" ", audience={}, document__blocks=[])
    assert [problem.code for problem in planning.problems(mailing)] == ["sender", "subject", "audience", "content"]
    with pytest.raises(ValidationError) as refused:
        planning.start(mailing, None)
    assert len(refused.value.messages) == 4
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.DRAFT


def test_a_mailing_starts_once(mailing):
    planning.start(mailing, None)
    with pytest.raises(ValidationError, match=r"כבר|already"):
        planning.start(mailing, None)
    assert Link.objects.filter(mailing=mailing).count() == 1


@pytest.mark.parametrize(
    "raw", [[], {"lists": "1"}, {"lists": [True]}, {"other": []}, {"lists": [99]}, {"segments": [{}]}]
)
def test_an_audience_of_anything_else_is_refused(workspace, raw):
    with pytest.raises(ValidationError):
        audience.clean(raw, workspace)


def test_an_audience_names_only_what_is_the_businesss_own(workspace):
    with pytest.raises(ValidationError):
        audience.clean({"lists": [make_list(MailingFactory().workspace).pk]}, workspace)
