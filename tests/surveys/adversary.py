"""The adversary of anonymous surveys, who holds everything but the keys outside the database.

They watched every request (who answered when), read the whole database after every answer (adversary_watch.py, with `xmin`,
`ctid` and the numbers of the sequences), polled the results after each, and half of the voters told them what they had
answered: a quarter to learn from, a quarter to choose the best attack by (adversary_attacks.py). Used on the others, it must
do no better than guessing the commonest answer of each published group. Over HTTP (test_adversary_http.py) they hold besides
what was heard of every request - the logs, the size of the answer - the mail each voter got, every screen and call of results
after every answer, and the exports.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db import connection

from crm.models import Contact, Workspace
from surveys import tallying
from surveys.models import Survey
from tests.crm.factories import WorkspaceFactory
from tests.surveys.adversary_watch import Loot, Watch, dump
from tests.surveys.factories import make_survey

Answer = Callable[[Survey, dict[int, Any], Contact], str]  # one person answers; returns what was heard of it


def answer_by_verb(survey: Survey, said: dict[int, Any], contact: Contact) -> str:
    assert tallying.take_part(survey, said, contact=contact)
    return ""


def play(seed: int, *, voters: int = 1000, answer: Answer = answer_by_verb, workspace: Workspace | None = None) -> Loot:
    """One survey from its opening to its close; the clock comes at moments of its own."""
    chance = random.Random(seed)
    workspace = workspace or WorkspaceFactory()
    survey = make_survey(workspace, "rating", "choice", "long_text")
    tallying.open_anonymous(survey)
    people = Contact.objects.bulk_create(
        [Contact(workspace=workspace, email=f"v{n}@example.test") for n in range(voters)]
    )
    chance.shuffle(people)
    asked = list(survey.questions.values_list("pk", flat=True))
    loot = Loot(rating=asked[0], before=dump(survey))
    weights = [chance.random() + 0.05 for _rating in range(5)]
    watch = Watch(survey, loot)
    for place, contact in enumerate(people):
        rating = chance.choices(range(1, 6), weights)[0]
        loot.truth[contact.pk] = rating
        loot.heard[contact.pk] = answer(survey, said(asked, rating, chance), contact)
        watch.see(contact.pk)
        while chance.random() < 0.25 and tallying.count_batch(survey):
            watch.see()
        if place % (voters // 3) == 1:
            loot.during.append(dump(survey))
    while tallying.count_batch(survey):
        watch.see()
    tallying.close(survey)
    watch.see()
    loot.after = dump(survey)
    confessed = chance.sample(sorted(loot.truth), voters // 2)
    loot.taught, loot.trusted = set(confessed[::2]), set(confessed[1::2])
    return loot


def said(asked: list[int], rating: int, chance: random.Random) -> dict[int, Any]:
    """An answer whose every part gives the rating away to whoever knows whose it is."""
    first, second, third = asked
    words = f"{rating} " + "כי ככה " * (3 * rating + chance.randint(0, 1))
    return {first: rating, second: f"o{1 + rating % 3}", third: words}


def sweep() -> None:
    """Nothing of one survey slows the next down."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_workspace CASCADE")
