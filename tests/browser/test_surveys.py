"""A business asks its customers: each by name, with a score on the card; and all together, so that nobody knows whose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser import steps, surveying
from tests.browser.conftest import Product, until

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Words:
    language: str
    business: str
    list: str
    known: str
    idle: str
    survey: str
    questions: tuple[str, str, str]
    low: str
    high: str
    rest: str
    score: str
    bands: tuple[surveying.Band, ...]
    of_five: str
    answered: str
    template: str
    poll: str
    options: tuple[str, str, str]
    empty: str
    took_part: str
    thanks: str


HEBREW = Words(
    language="he",
    business="קצף וזוהר",
    list="לקוחות",
    known="יואב",
    idle="דנה",
    survey="איך היה לכם?",
    questions=("הערכה עצמה", "המשלוח והשירות", "היית ממליץ לחבר?"),
    low="אכזב",
    high="מעולה",
    rest="לסיום",
    score="סיכום",
    bands=(("נמוך", "low", 1, 5), ("בינוני", "middling", 6, 10), ("גבוה", "high", 11, 15)),
    of_five="5 מתוך 5",
    answered="מענה על הסקר",
    template="סקר שביעות רצון",
    poll="מה כדאי שנכין לחורף?",
    options=("ערכת אופנוע", "בושם לרכב", "מברשת חישוקים"),
    empty="כדי לשמור על אנונימיות, התוצאות יוצגו אחרי 10 תשובות",
    took_part="השתתפות בסקר",
    thanks="תודה",
)
ENGLISH = Words(
    language="en",
    business="Foam & Glow",
    list="Customers",
    known="Yoav",
    idle="Dana",
    survey="How was it?",
    questions=("The kit itself", "Delivery and service", "Would you recommend us to a friend?"),
    low="Disappointing",
    high="Excellent",
    rest="To finish",
    score="Summary",
    bands=(("Low", "low", 1, 5), ("Middling", "middling", 6, 10), ("High", "high", 11, 15)),
    of_five="5 of 5",
    answered="Answered the survey",
    template="Satisfaction survey",
    poll="What should we prepare for the winter?",
    options=("A motorcycle kit", "A scent", "A rim brush"),
    empty="To keep it anonymous, results will be shown after 10 answers",
    took_part="Took part in the survey",
    thanks="Thank you",
)


@dataclass
class Town:
    """An owner at work, and the customers: whoever answers it all, and whoever stops midway. By first name: (card, e-mail)."""

    words: Words
    owner: steps.Owner
    product: Product
    people: dict[str, tuple[str, str]]


@pytest.fixture(params=[HEBREW, ENGLISH], ids=["he", "en"])
def town(product: Product, device: Callable[..., Any], request: pytest.FixtureRequest) -> Town:
    words: Words = request.param
    owner = steps.open_business(device(language=words.language), product, name=words.business, language=words.language)
    steps.say_who_sends(owner, name=words.business)
    steps.make_list(owner, words.list)
    people = {}
    for number, name in enumerate((words.known, words.idle)):
        email = f"{('yoav', 'idle')[number]}.{words.language}@survey.example.test"
        people[name] = steps.add_contact(owner, first_name=name, email=email, on_list=words.list), email
    return Town(words, owner, product, people)


def invited(town: Town, name: str, public: str) -> dict[str, str]:
    """A mailing whose button leads to the survey; each reader's own link, by first name."""
    words = town.words
    steps.send_mailing(town.owner, name=name, subject=name, to=words.list, page_name=name, button=name)
    found = {}
    for person, (_card, email) in town.people.items():
        mail = until(lambda email=email: said_to(town.product, email, name))  # type: ignore[misc]
        found[person] = surveying.personal_link(mail, public)
    assert len(set(found.values())) == len(found)
    return found


def said_to(product: Product, email: str, subject: str) -> Any:
    mail = steps.received(product, email)
    return mail if subject in mail["Subject"] else None


def test_the_survey_story(town: Town, device: Callable[..., Any]) -> None:
    words = town.words
    a_ready_made_survey_is_answered_by_whoever_comes(town, device)
    survey, public = a_survey_from_scratch(town)
    links = invited(town, words.survey, public)
    answered_on_a_phone(device(phone=True, language=words.language), links[words.known], words)
    left_midway(device(phone=True, language=words.language), links[words.idle], words)
    the_results_tell(town, survey)
    the_card_tells(town)
    an_anonymous_poll(town, device)


# -- by name ---------------------------------------------------------------------------------------------------------------


def a_ready_made_survey_is_answered_by_whoever_comes(town: Town, device: Callable[..., Any]) -> None:
    """Taken from the templates and opened as it is; somebody new answers it, says an address, and has a card and a score."""
    words, owner = town.words, town.owner
    survey = surveying.make_from_template(owner, "satisfaction")
    assert len(surveying.labels(owner.page)) == 3
    assert owner.page.locator(".s-band").all_inner_texts()[2].endswith("11-15")
    public = surveying.open_survey(owner, survey)
    page = device(phone=True, language=words.language)
    page.goto(public)
    page.fill("[name=first_name]", "Gil")
    page.fill("[name=email]", f"gil.{words.language}@survey.example.test")
    surveying.rate(page, 5, 5, 1)
    surveying.send(page)
    assert words.thanks in page.locator("h1").inner_text()
    page = owner.go(f"{survey}results/")
    assert [text.split()[0] for text in page.locator(".sr-band").all_inner_texts()] == ["1", "0", "0"]
    assert "Gil" in owner.go(f"{survey}responses/").locator("#response-results").inner_text()


def a_survey_from_scratch(town: Town) -> tuple[str, str]:
    words, owner = town.words, town.owner
    survey = surveying.make_empty(owner, "identified", words.survey)
    ends = {"low_label": words.low, "high_label": words.high}
    for label in words.questions[:2]:
        surveying.ask(owner.page, "rating", label, **ends)
    surveying.ask(owner.page, "rating", words.questions[2], section=words.rest, **ends)
    assert owner.page.locator(".s-question .m-pill--ember").count() == 0  # each has its field of the card
    surveying.add_score(owner, survey, words.score, words.bands)
    return survey, surveying.open_survey(owner, survey)


def answered_on_a_phone(page: Any, link: str, words: Words) -> None:
    """5 and 5, then 1 on the part after it. Nobody is asked who they are, nothing is wider than the phone."""
    page.goto(link)
    assert page.locator("[name=email]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    the_scale_runs_with_the_writing(page, words)
    surveying.rate(page, 5, 5)
    surveying.send(page)
    surveying.rate(page, 1)
    surveying.send(page)
    assert "/thanks/" in page.url
    assert words.thanks in page.locator("h1").inner_text()


def the_scale_runs_with_the_writing(page: Any, words: Words) -> None:
    """1 stands where a line begins, beside the words for the lowest: on the right in Hebrew, on the left in English."""
    scale = page.locator("fieldset.s-question--rating").first
    steps_at = [scale.locator(".s-step").nth(place).bounding_box()["x"] for place in range(5)]
    assert steps_at == sorted(steps_at, reverse=words.language == "he")
    ends = scale.locator(".s-ends > span")
    assert [words.low in ends.nth(0).inner_text(), words.high in ends.nth(1).inner_text()] == [True, True]
    low, high = (ends.nth(place).bounding_box()["x"] for place in (0, 1))
    assert (low > high) == (words.language == "he")


def left_midway(page: Any, link: str, words: Words) -> None:
    page.goto(link)
    surveying.rate(page, 2, 3)
    surveying.send(page)
    assert page.locator("h2", has_text=words.rest).count() == 1
    page.close()


def the_results_tell(town: Town, survey: str) -> None:
    """One answered it all: in the high band, and among the dissatisfied of the third question. The other stopped midway."""
    words, owner = town.words, town.owner
    page = owner.go(f"{survey}results/")
    bands = page.locator(".sr-band").all_inner_texts()
    assert [re.findall(r"\d+", band)[0] for band in sorted(bands)].count("1") == 1
    with page.expect_navigation():
        page.locator(".sr-band--high a").click()
    assert people_on(page) == [words.known]
    owner.go(f"{survey}results/")
    with page.expect_navigation():
        page.locator(".sr-question").nth(2).locator(".sr-slices a.m-balance--low").click()
    assert people_on(page) == [words.known]
    owner.go(f"{survey}responses/?which=midway")
    rows = page.locator("#response-results")
    assert words.idle in rows.inner_text()
    assert words.known not in rows.inner_text()
    assert rows.locator(".sr-tone").count() == 0
    owner.go(f"{survey}responses/?which=whole")
    assert [words.idle in rows.inner_text(), words.known in rows.inner_text()] == [False, True]
    assert re.search(rf"{words.score}\W+11\W+{words.bands[2][0]}", rows.locator(".sr-tone").inner_text())


def people_on(page: Any) -> list[str]:
    return [text.strip().split()[0] for text in page.locator("#people-results a[href*='/contacts/']").all_inner_texts()]


def the_card_tells(town: Town) -> None:
    words, owner = town.words, town.owner
    page = owner.go(town.people[words.known][0])
    panel = page.locator("#survey-panel")
    panel.wait_for()
    told = panel.inner_text()
    assert all(label in told for label in words.questions)
    assert told.count(words.of_five) == 2
    assert re.search(rf"{words.score}: *11 · {words.bands[2][0]}", told)
    assert re.search(
        rf"{words.answered}\s+{re.escape(words.survey)}",
        page.locator("#timeline-title >> xpath=ancestor::section").inner_text(),
    )
    page = owner.go(town.people[words.idle][0])
    panel.wait_for()
    assert words.questions[0] in panel.inner_text()
    assert words.score not in panel.inner_text()


# -- all together -----------------------------------------------------------------------------------------------------------


def an_anonymous_poll(town: Town, device: Callable[..., Any]) -> None:
    words, owner = town.words, town.owner
    poll = surveying.make_empty(owner, "anonymous", words.poll)
    surveying.ask(owner.page, "choice", words.poll, options=words.options)
    public = surveying.open_survey(owner, poll)
    links = invited(town, words.poll, public)
    page = device(phone=True, language=words.language)
    page.goto(links[words.known])
    page.get_by_label(words.options[0]).check()
    surveying.send(page)
    assert words.thanks in page.locator("h1").inner_text()
    page = owner.go(f"{poll}results/")
    assert words.empty in page.locator("main").inner_text()
    for number in range(9):
        surveying.vote(public, number % 3, f"voter{number}.{words.language}@survey.example.test")
    until(lambda: owner.go(f"{poll}results/").locator(".sr-question").count())
    assert counted(page) == 5
    surveying.close_survey(owner, poll)
    owner.go(f"{poll}results/")
    assert counted(page) == 10
    who_and_never_what(town, poll)


def counted(page: Any) -> int:
    """The sum over the options of the first question, as the screen has it."""
    return sum(int(text) for text in page.locator(".sr-question .sr-bars b").all_inner_texts())


def who_and_never_what(town: Town, poll: str) -> None:
    words, owner = town.words, town.owner
    page = owner.go(f"{poll}people/")
    assert words.known in people_on(page)
    assert len(people_on(page)) == 10
    assert owner.page.goto(f"{owner.home}{poll}responses/").status == 404
    page = owner.go(town.people[words.known][0])
    page.locator("#survey-panel").wait_for()
    told = page.locator("main").inner_text()
    assert words.took_part in told
    assert not [option for option in words.options if option in told]


# -- with the keyboard alone ------------------------------------------------------------------------------------------------


def test_the_keyboard_alone_builds_answers_and_reads(product: Product, device: Callable[..., Any]) -> None:
    words = HEBREW
    owner = steps.open_business(device(), product, name=words.business, language="he")
    survey = surveying.make_empty(owner, "identified", words.survey)
    page = owner.page
    for label in words.questions:
        typed_question(page, label)
    assert surveying.labels(page) == list(words.questions)
    moved_by_keyboard(page, words)
    with page.expect_navigation():
        pressed(page, "main a[href$='/open/']")
    with page.expect_navigation():
        pressed(page, "main form button.m-button--primary")
    public = page.locator("[data-copy]").get_attribute("data-copy")
    answered_by_keyboard(device(), public)
    owner.go("surveys/")
    with page.expect_navigation():
        pressed(page, f"main a[href$='/{survey}results/']")
    assert people_of_three(page) == ["1", "1", "1"]
    pressed(page, ".sr-question details summary")
    assert page.locator(".sr-question table").first.is_visible()


def pressed(page: Any, selector: str, key: str = "Enter") -> None:
    surveying.tab_to(page, selector)
    page.keyboard.press(key)


def typed_question(page: Any, label: str) -> None:
    """The keyboard is in the new form at once, Enter saves it, and the keyboard is at the question that came of it."""
    pressed(page, "#question-new a[href$='type=rating']")
    page.locator("#form-new").wait_for()
    until(lambda: surveying.is_at(page, "#form-new [name=label]"))
    page.keyboard.type(label)
    page.keyboard.press("Enter")
    page.locator("#form-new").wait_for(state="detached")
    until(lambda: page.evaluate("document.activeElement.id").startswith("edit-"))


def moved_by_keyboard(page: Any, words: Words) -> None:
    """The last goes up twice by one button, on which the keyboard stays; up there it can go no further and stands beside."""
    first, second, third = words.questions
    last = page.locator("#question-list article", has_text=third).get_attribute("id")
    pressed(page, f"#{last} button[id^=up-]")
    until(lambda: surveying.labels(page) == [first, third, second])
    until(lambda: surveying.is_at(page, f"#{last} button[id^=up-]"))
    page.keyboard.press("Enter")
    until(lambda: surveying.labels(page) == [third, first, second])
    until(lambda: surveying.is_at(page, f"#{last} button[id^=down-]"))


def answered_by_keyboard(page: Any, public: str) -> None:
    page.goto(public)
    surveying.tab_to(page, "[name=email]")
    page.keyboard.type("keys@survey.example.test")
    for place, mark in enumerate((1, 5, 5)):
        surveying.tab_to(page, f".s-matrix fieldset:nth-of-type({place + 1}) input[type=radio]")
        page.keyboard.press("Space")
        for _step in range(mark - 1):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    with page.expect_navigation():
        pressed(page, "form.s-form .s-steps button")
    assert "/thanks/" in page.url


def people_of_three(page: Any) -> list[str]:
    """How many answered each question as it was answered: the third of the owner's became the first, and got the 1."""
    found = []
    for place, mark in enumerate((1, 5, 5)):
        column = page.locator(".sr-question").nth(place).locator(".sr-rating li").nth(mark - 1)
        found.append(column.locator(".m-number").inner_text())
    return found
