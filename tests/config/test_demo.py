"""The demo tells one story, and every figure of it is counted from its rows."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from django.db import models
from django.utils import timezone

from campaigns.automations import flow, triggering
from campaigns.automations.models import Automation, Enrolment, Passage
from campaigns.mailings import ledger
from campaigns.models import LandingPage, Mailing, Referral
from campaigns.pages.counting import of_pages, of_sharing
from config.demo.clock import Clock
from config.demo.load import load
from config.demo.polls import Polls
from config.demo.story import ENGLISH, HEBREW
from crm.models import Contact, Event, Segment, Workspace
from crm.notes.models import Task
from crm.segments import matching
from funnels import reports
from funnels.models import Funnel
from surveys import asked, listing, reading, results, slicing
from surveys.models import Response, SealedAnswer, Survey
from tests.crm.factories import make_event


@pytest.fixture
def glow(db: None) -> Workspace:
    return load(ENGLISH)


def test_the_story_adds_up_on_every_screen(glow: Workspace) -> None:
    figures = ENGLISH.figures
    now = timezone.now()
    counted = {
        funnel.name: [stage.people for stage in reports.report(funnel, reports.span_of("365", now=now), now=now).counts]
        for funnel in Funnel.objects.filter(workspace=glow)
    }
    sale = counted[ENGLISH.words["sale_funnel"]]
    visitors = sum(source.visitors for source in figures.sources)
    engaged = sum(source.engaged for source in figures.sources)
    assert sale == [visitors, engaged, figures.leads, figures.buyers, figures.bought_again]
    share = counted[ENGLISH.words["share_funnel"]]
    assert share[:3] == [figures.clicked + figures.landed, figures.joined, figures.shared]
    sharing = of_sharing(glow)
    assert (sharing.tapped, sharing.landed, sharing.robots, sharing.joined) == (
        figures.shared,
        figures.landed,
        figures.landed_robots,
        figures.joined,
    )
    kit = LandingPage.objects.get(workspace=glow, slug="kit")
    assert of_pages(glow, [kit.pk])[kit.pk].leads == figures.leads


def test_the_mailing_s_books_balance(glow: Workspace) -> None:
    figures = ENGLISH.figures
    mailing = Mailing.objects.get(workspace=glow, name=ENGLISH.words["share_mailing"])
    states = {state: number for state, number in ledger.states(mailing.pk).items() if number}
    skipped = figures.no_consent + figures.no_address + figures.suppressed
    assert states["skipped"] == skipped
    assert (states["failed"], states["uncertain"]) == (figures.failed, figures.uncertain)
    assert sum(states.values()) == mailing.audience_size


def test_dana_brought_gil_and_both_cards_know(glow: Workspace) -> None:
    referral = Referral.objects.get(workspace=glow, friend__email="gil@example.test")
    assert referral.sharer is not None
    assert referral.sharer.email == "dana@example.test"
    assert set(referral.friend.events.values_list("kind", flat=True)) >= {"form.submitted", "referral.joined"}
    assert "referral.credited" in referral.sharer.events.values_list("kind", flat=True)


def test_nothing_of_the_story_is_in_the_future_and_segments_hold_somebody(glow: Workspace) -> None:
    assert not Contact.objects.filter(workspace=glow, created_at__gt=timezone.now()).exists()
    for segment in Segment.objects.filter(workspace=glow):
        assert 0 < matching.members(segment).count() < Contact.objects.filter(workspace=glow).count()


def test_both_languages_have_the_same_words() -> None:
    assert HEBREW.words.keys() == ENGLISH.words.keys()
    assert [len(options) for _label, options in HEBREW.fields.values()] == [
        len(options) for _label, options in ENGLISH.fields.values()
    ]
    assert sum(package.price * package.sold for package in HEBREW.packages) == 99_984


def test_the_satisfaction_survey_says_what_the_story_says(glow: Workspace) -> None:
    figures = ENGLISH.figures
    survey = Survey.objects.get(workspace=glow, kind="identified")
    row = listing.row_of(survey)
    assert (row.participants, row.midway) == (figures.high + figures.middling + figures.low, figures.midway)
    (score,) = reading.scores_of(survey, results.whole_responses(survey))
    assert [band.count for band in score.bands] == [figures.high, figures.middling, figures.low]
    yoav = Contact.objects.get(workspace=glow, email="yoav@example.test")
    assert yoav.values[score.score.field.storage_key] == 11
    last = results.of_survey(survey)[2]
    dissatisfied = slicing.slices(last, {})[-1]
    behind = slicing.behind(survey, {"question": str(last.question.pk), "first": "1", "last": "2"})
    assert behind is not None
    people = matching.contacts(glow, behind.rule)
    assert yoav in people
    assert people.count() == dissatisfied.count


def test_every_buyer_was_asked_and_whoever_was_let_down_is_called(glow: Workspace) -> None:
    figures = ENGLISH.figures
    survey = Survey.objects.get(workspace=glow, kind="identified")
    told = asked.of(survey)
    assert told is not None
    assert (told.asked, told.answered) == (figures.buyers, figures.high + figures.middling + figures.low)
    sent = dict(
        Event.objects.filter(workspace=glow, kind="mailing.sent")
        .filter(subject_label=ENGLISH.words["ask_mailing"])
        .values_list("contact", "occurred_at")
    )
    answers = Response.objects.filter(survey=survey).values_list("contact", "started_at")
    assert all(sent[contact] <= at for contact, at in answers)
    score = survey.scores.get()
    low = matching.contacts(glow, {"all": [{"score": score.pk, "band": score.bands.all()[0].name}]})
    tasks = Task.objects.filter(workspace=glow)
    assert set(tasks.values_list("contact", flat=True)) == set(low.values_list("pk", flat=True))
    assert tasks.filter(done_at__isnull=False).count() == figures.called
    again = low.filter(pk__in=Event.objects.filter(kind="order.placed", value=59).values("contact"))
    assert again.count() == figures.low_again


def test_everybody_who_answered_got_one_reply_that_fits(glow: Workspace) -> None:
    figures = ENGLISH.figures
    (automation,) = Automation.objects.filter(workspace=glow)
    walks = automation.enrolments.all()
    number = figures.high + figures.middling + figures.low
    assert (automation.status, walks.count(), walks.filter(state="done").count()) == ("on", number, number)
    assert not walks.exclude(entered_at=models.F("event_at")).exists()
    (mailing,) = Mailing.objects.filter(workspace=glow, is_automatic=True)
    assert mailing.deliveries.filter(state="accepted").values("contact").distinct().count() == number
    branch = next(said for said in flow.walk(automation.draft["steps"]) if said["type"] == "branch")
    taken = Counter(
        Passage.objects.filter(enrolment__automation=automation, step=branch["id"]).values_list("path", flat=True)
    )
    assert [taken[path["id"]] for path in branch["paths"]] == [figures.high, figures.middling, figures.low]


def test_what_was_answered_before_is_not_replied_to_again(glow: Workspace) -> None:
    """What the running product reads first is the whole story: only somebody who answers anew is let in."""
    before = Enrolment.objects.count()
    answered = list(Event.objects.filter(workspace=glow, kind="survey.answered"))
    triggering.work(answered)
    assert Enrolment.objects.count() == before == len(answered)
    anew = answered[0]
    triggering.work([make_event(anew.kind, contact=anew.contact, subject_type="survey", subject_id=anew.subject_id)])
    assert Enrolment.objects.count() == before + 1


def test_the_poll_says_how_many_and_who_and_nothing_between(glow: Workspace) -> None:
    survey = Survey.objects.get(workspace=glow, kind="anonymous")
    (question,) = results.of_survey(survey)
    assert sorted((line.count for line in question.lines), reverse=True) == list(ENGLISH.figures.votes)
    assert survey.counted == survey.participations.count() == sum(ENGLISH.figures.votes)
    assert survey.key is None
    assert not SealedAnswer.objects.filter(survey=survey).exists()


def test_the_hebrew_story_s_bands_and_parts_are_those_of_the_story() -> None:
    marks = list(Polls(Workspace(), HEBREW, Random(1), Clock(Random(1), timezone.now()))._marks())
    sums = [sum(one) for one in marks]
    assert [sum(low <= one <= high for one in sums) for low, high in ((11, 15), (6, 10), (3, 5))] == [131, 41, 15]
    parts = [
        [sum(low <= one[place] <= high for one in marks) for low, high in ((4, 5), (3, 3), (1, 2))]
        for place in range(3)
    ]
    assert parts == [[141, 31, 15], [128, 39, 20], [133, 32, 22]]
