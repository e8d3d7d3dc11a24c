"""The frame of `bin/bench`: the business it makes is what its scenarios believe, and goals are judged as they say."""

from __future__ import annotations

import pytest

from config.bench import __main__ as bench
from config.bench import people
from config.bench.measuring import Measured, Scale
from crm.contacts.models import Contact
from crm.timeline.models import Event


@pytest.mark.django_db(transaction=True)
def test_the_large_business_is_made_once_and_found_again() -> None:
    large = people.populate(Scale(contacts=300, events=2_000))
    again = people.populate(Scale(contacts=300, events=2_000))
    everybody = Contact.objects.filter(workspace=large.workspace)
    assert again == large
    assert everybody.count() == 300
    assert everybody.filter(email=None, phone=None).count() == 0
    assert Event.objects.filter(workspace=large.workspace).count() == 4_000  # 2,000 of all, 2,000 of one
    assert Event.objects.filter(contact_id=large.heavy).count() >= 2_000
    assert set(Event.objects.values_list("contact_id", flat=True)) <= set(everybody.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("figure", "at_least", "met"), [(1.9, False, True), (2.1, False, False), (2.1, True, True), (1.9, True, False)]
)
def test_a_goal_is_a_limit_from_above_or_from_below(
    figure: float, at_least: bool, met: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Scenario:
        GOAL = {"ratio": 2.0}
        AT_LEAST = frozenset({"ratio"} if at_least else ())

        @staticmethod
        def run(scale: Scale) -> Measured:
            return Measured({"ratio": figure}, [("what", "ours"), ("count", "1 ms")])

    monkeypatch.setattr(bench.importlib, "import_module", lambda name: Scenario)
    assert bench._run("scenario", Scale()) == (0 if met else 1)
    assert f'"met": {str(met).lower()}' in capsys.readouterr().out
