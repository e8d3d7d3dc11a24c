"""The satisfaction story: a reply, made from its template or from nothing, that whoever answered on a phone receives once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser import automating, steps, surveying
from tests.browser.conftest import Product, until

pytestmark = pytest.mark.browser

Marks = tuple[int, int, int]


@dataclass(frozen=True)
class Words:
    language: str
    business: str
    list: str
    survey: str
    high: str
    low: str
    running: str
    asked: str
    questions: tuple[str, str, str]
    rest: str
    score: str
    bands: tuple[surveying.Band, ...]
    reply: str
    paragraphs: tuple[str, str, str]
    partly: str


HEBREW = Words(
    language="he",
    business="קצף וזוהר",
    list="לקוחות",
    survey="סקר שביעות רצון",
    high="שמחנו לקרוא",
    low="צר לנו",
    running="פועלת",
    asked="איך היה לכם?",
    questions=("הערכה עצמה", "המשלוח והשירות", "היית ממליץ לחבר?"),
    rest="לסיום",
    score="סיכום",
    bands=(("נמוך", "low", 1, 5), ("בינוני", "middling", 6, 10), ("גבוה", "high", 11, 15)),
    reply="קראנו כל מילה",
    paragraphs=("נתקשר היום ונתקן", "תודה, נשתפר", "איזה כיף לשמוע"),
    partly="עצרו באמצע",
)
ENGLISH = Words(
    language="en",
    business="Foam & Glow",
    list="Customers",
    survey="Satisfaction survey",
    high="We are glad you are pleased",
    low="We are sorry",
    running="Running",
    asked="How was it?",
    questions=("The kit itself", "Delivery and service", "Would you recommend us to a friend?"),
    rest="To finish",
    score="Summary",
    bands=(("Low", "low", 1, 5), ("Middling", "middling", 6, 10), ("High", "high", 11, 15)),
    reply="We read every word",
    paragraphs=("We will call today and mend it", "Thank you, we will do better", "How good to hear"),
    partly="Stopped midway",
)
BOTH = pytest.mark.parametrize("words", [HEBREW, ENGLISH], ids=["he", "en"])


@BOTH
def test_whoever_answers_gets_the_reply_of_their_score_once(
    product: Product, device: Callable[..., Any], words: Words
) -> None:
    owner = steps.open_business(device(language=words.language), product, name=words.business, language=words.language)
    steps.say_who_sends(owner, name=words.business)
    public = surveying.open_survey(owner, surveying.make_from_template(owner, "satisfaction"))
    automation = automating.make_from_template(owner, "satisfaction", about=words.survey)
    automating.switch_on(owner, automation, words.running)
    marks = {"high": (5, 5, 1), "low": (1, 2, 1)}
    people = {name: f"{name}.{words.language}@reply.example.test" for name in marks}
    for name, email in people.items():
        answered(device(phone=True, language=words.language), public, name, email, [marks[name]])
    told = {name: text_of(steps.received(product, email)) for name, email in people.items()}
    assert [words.high in told["high"], words.low in told["high"]] == [True, False]
    assert [words.high in told["low"], words.low in told["low"]] == [False, True]
    until(lambda: len(walks_on(owner)) == 2)
    the_card_says_why(owner)
    assert [mails_to(product, email) for email in people.values()] == [1, 1]


def answered(page: Any, public: str, name: str, email: str, parts: Sequence[tuple[int, ...]]) -> None:
    """Somebody new says who they are and answers one part of the survey after the other."""
    page.goto(public)
    page.fill("[name=first_name]", name)
    page.fill("[name=email]", email)
    for marks in parts:
        surveying.rate(page, *marks)
        surveying.send(page)


def text_of(message: Any) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def mails_to(product: Product, email: str) -> int:
    return sum(email in mail["to"] for mail in product.sink.mails)


def walks_on(owner: steps.Owner) -> list[str]:
    page = owner.go("automations/walks/")
    return list(page.locator("main a[href*='/walks/']").all_inner_texts())


def the_card_says_why(owner: steps.Owner) -> None:
    """From the list of walks to one of them, which tells its path; and from there to the card, which leads back."""
    page = owner.page
    with page.expect_navigation():
        page.locator("main a[href*='/walks/']").first.click()
    assert len(page.locator("main li").all_inner_texts()) >= 3
    with page.expect_navigation():
        page.locator("main a[href*='/contacts/']").first.click()
    assert page.locator("main a[href*='/walks/']").count() == 1


# -- from nothing ----------------------------------------------------------------------------------------------------------
@BOTH
def test_a_reply_from_scratch(product: Product, device: Callable[..., Any], words: Words) -> None:
    owner = steps.open_business(device(language=words.language), product, name=words.business, language=words.language)
    steps.say_who_sends(owner, name=words.business)
    steps.make_list(owner, words.list)
    mia = f"mia.{words.language}@scratch.example.test"
    card = steps.add_contact(owner, first_name="Mia", email=mia, on_list=words.list)
    survey, public = survey_from_scratch(owner, words)
    automation = reply_from_scratch(owner, words)
    steps.send_mailing(owner, name="m", subject="m", to=words.list, page_name=words.asked, button=words.asked)
    link = surveying.personal_link(steps.received(product, mia), public)

    def on_phone() -> Any:
        return device(phone=True, language=words.language)

    gil, dan = (f"{name}.{words.language}@scratch.example.test" for name in ("gil", "dan"))
    answered(on_phone(), public, "Gil", gil, [(2, 3), (2,)])
    answered(on_phone(), public, "Dan", dan, [(5, 5)])  # and stops there
    by_link(on_phone(), link, [(5, 5), (1,)])
    assert paragraph_in(replies(product, gil, words, 1), words) == 1
    assert paragraph_in(replies(product, mia, words, 1), words) == 2
    the_card_shows_the_chain(owner, card, words, "11", 2)
    by_link(on_phone(), link, [(1, 1), (2,)])
    assert paragraph_in(replies(product, mia, words, 2), words) == 0
    the_card_shows_the_chain(owner, card, words, "4", 0)
    nobody_else(owner, product, automation, {mia: 2, gil: 1, dan: 0}, words)
    assert words.partly in owner.go(f"{survey}responses/?which=midway").locator("#response-results").inner_text()


def survey_from_scratch(owner: steps.Owner, words: Words) -> tuple[str, str]:
    survey = surveying.make_empty(owner, "identified", words.asked)
    for label in words.questions[:2]:
        surveying.ask(owner.page, "rating", label)
    surveying.ask(owner.page, "rating", words.questions[2], section=words.rest)
    surveying.add_score(owner, survey, words.score, words.bands)
    owner.go(f"{survey}settings/").check("[name=is_editable]")
    owner.submit()
    return survey, surveying.open_survey(owner, survey)


def reply_from_scratch(owner: steps.Owner, words: Words) -> str:
    """Started by the survey, a mail of three paragraphs of which everybody reads one, and a path for the low: a task."""
    page = owner.page
    automation = automating.make_empty(owner, words.reply)
    automating.start_when(page, "survey.answered", words.asked)
    automating.add_step(page, "mail")
    automating.write_mail(page, "service")
    mailing = re.sub(r"^https?://[^/]+/w/[^/]+/(mailings/\d+/).*", r"\1", page.url)
    automating.take_out(page, 2)
    automating.take_out(page, 1)
    for paragraph, (band, *_rest) in zip(words.paragraphs, words.bands, strict=True):
        automating.write_paragraph(page, paragraph, for_band=band)
    automating.give_subject(owner, mailing, words.reply)
    automating.switch_on(owner, automation, words.running)
    return automation


def by_link(page: Any, link: str, parts: Sequence[tuple[int, ...]]) -> None:
    page.goto(link)
    for marks in parts:
        surveying.rate(page, *marks)
        surveying.send(page)
    assert "/thanks/" in page.url
    page.close()


def replies(product: Product, email: str, words: Words, count: int) -> str:
    """The newest reply, once there are so many."""

    def arrived() -> list[Any]:
        mails = [mail for mail in product.sink.mails if email in mail["to"]]
        found = [parsed for parsed in map(steps.parsed, mails) if words.reply in parsed["Subject"]]
        assert len(found) <= count
        return found if len(found) == count else []

    return text_of(until(arrived)[-1])


def paragraph_in(text: str, words: Words) -> int:
    """Which of the paragraphs stands in it, and no other."""
    [place] = [place for place, paragraph in enumerate(words.paragraphs) if paragraph in text]
    return place


def the_card_shows_the_chain(owner: steps.Owner, card: str, words: Words, score: str, band: int) -> None:
    """Answers, score and band, and the walk that replied."""
    page = owner.go(card)
    page.locator("#survey-panel").wait_for()
    told = page.locator("#survey-panel").inner_text()
    assert all(label in told for label in words.questions)
    assert re.search(rf"{words.score}: *{score} · {words.bands[band][0]}", told)
    assert words.reply in page.locator("main a[href*='/walks/']").first.inner_text()


def nobody_else(owner: steps.Owner, product: Product, automation: str, expected: dict[str, int], words: Words) -> None:
    """Who got how many replies; whoever stopped midway did not even enter."""
    until(lambda: len(walks_on(owner)) == sum(expected.values()))
    for email, count in expected.items():
        mails = [steps.parsed(mail) for mail in product.sink.mails if email in mail["to"]]
        assert sum(words.reply in mail["Subject"] for mail in mails) == count
