"""Every screen of the share story, in both languages, wide and on a phone: nothing for axe-core to say against WCAG 2.2 AA,
nothing wider than the phone, nothing in the console. The demo's businesses give the screens something to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps, surveying
from tests.browser.conftest import PHONE, Product, profiles

pytestmark = [pytest.mark.browser]

AXE = (Path(__file__).resolve().parents[1] / "vendor/axe/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  const words = (fault, node) => `${fault.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`;
  return found.violations.flatMap((fault) => fault.nodes.map((node) => words(fault, node)));
}"""
SETTLED = """() => document.readyState === "complete" && !document.querySelector(".htmx-request, [hx-trigger~=load]")"""
PASSWORD = "demo-mashpech"
LONG = "ארוכה_בלי_רווחים_" * 5  # somebody pastes an address
DARK = (  # one of each kind of part
    r"|automations/\d+/|contacts/\d+/|mailings/\d+/(audience/)?|funnels/\d+/|segments/\d+/|pages/\d+/"
    r"|surveys/\d+/(edit|results|responses)/"
)
STEADY = {"reduced_motion": "reduce"}  # colours are measured when they have come to rest


@dataclass(frozen=True)
class Business:
    language: str
    slug: str
    friend_page: str
    list: str


FOAM = Business("he", "foam", "לתת לחבר רכב נקי", "בדיקה")
GLOW = Business("en", "glow", "Give a friend a clean car", "A check")


@dataclass(slots=True)
class Town:
    """A business's addresses: what strangers reach and what members reach."""

    business: Business
    product: Product
    public: list[str]
    screens: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", params=[FOAM, GLOW], ids=["he", "en"])
def town(request: pytest.FixtureRequest, chromium: Any, furnished: Product) -> Iterator[Town]:
    business: Business = request.param
    with profiles(chromium, furnished) as profile:
        owner = enter(profile(language=business.language), business)
        public = strangers_addresses(owner, furnished, business)
        asked, made = surveys_addresses(owner)
        yield Town(business, furnished, [*public, *asked], [*members_addresses(owner), *made])


def enter(page: Any, business: Business) -> steps.Owner:
    page.goto("/login/")
    page.fill("[name=login]", f"owner@{business.slug}.example.test")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    return steps.Owner(page, f"/w/{business.slug}/")


def strangers_addresses(owner: steps.Owner, product: Product, business: Business) -> list[str]:
    """One mailing to one contact gives the personal link and the way to the preferences."""
    email = f"dana.axe.{business.language}@example.test"
    steps.make_list(owner, business.list)
    steps.add_contact(owner, first_name="דנה", email=email, on_list=business.list)
    steps.send_mailing(owner, name="axe", subject="axe", to=business.list, page_name=business.friend_page, button="OK")
    mail = steps.received(product, email)
    preferences = re.search(r"<(http[^>]+/u/[^>]+)>", str(mail["List-Unsubscribe"]))
    assert preferences is not None
    page = f"/p/{business.slug}/friend/"
    kit = f"/p/{business.slug}/kit/"
    return [page, kit, f"{page}thanks/", steps.links_of(mail)[0], preferences[1], "/login/", "/password/"]


def members_addresses(owner: steps.Owner) -> list[str]:
    """The screens that need no number, and one of each that does, found by the links of its list."""

    def first(screen: str, pattern: str) -> str:
        page = owner.go(screen)
        found = re.search(rf"{re.escape(owner.home)}({pattern})", page.content())
        assert found is not None, f"no {pattern} on {screen}"
        return found[1]

    card = first("contacts/?q=dana@example.test", r"contacts/\d+/")
    draft = first("mailings/?status=draft", r"mailings/\d+/compose/").removesuffix("compose/")
    report = first("mailings/?status=sent", r"mailings/\d+/(?=\")")
    page = first("pages/", r"pages/\d+/(?=\")")
    funnel = first("funnels/", r"funnels/\d+/(?=\")")
    segment = first("segments/", r"segments/\d+/(?=\")")
    flow = automation_addresses(owner)
    people = "contacts/ lists/ tags/ fields/ blocked/ segments/ leads/ referrals/".split()
    things = "files/ mailings/ outbox/ pages/ funnels/".split()
    settings = "settings/ settings/sender/ settings/users/ settings/keys/ settings/log/".split()
    new = "contacts/new/ lists/new/ fields/new/ segments/new/ mailings/new/ pages/new/ funnels/new/".split()
    return [
        "",
        *people,
        *things,
        *new,
        *settings,
        *(card, f"{card}edit/", f"{card}consents/"),
        *(f"{draft}{part}/" for part in ("compose", "audience", "check", "details")),
        *(report, f"{report}deliveries/", f"{report}people/opened/"),
        *(page, f"{page}thanks/", f"{page}settings/"),
        *(funnel, f"{funnel}stages/", f"{funnel}people/?stage=1"),
        *(segment, f"{segment}people/"),
        *flow,
    ]


def surveys_addresses(owner: steps.Owner) -> tuple[list[str], list[str]]:
    """What strangers reach, of a closed one too; what members reach: of each kind, with answers and without, open and not."""
    drafts = [surveying.make_from_template(owner, key) for key in ("event", "topics")]
    long = surveying.make_empty(owner, "identified", LONG)
    surveying.ask(owner.page, "rating", LONG, low_label=LONG[:50], high_label=LONG[:50])
    matrix = surveying.make_empty(owner, "identified", LONG)
    for number in range(3):
        surveying.ask(owner.page, "rating", f"{LONG} {number}", low_label=LONG[:50], high_label=LONG[:50])
    waiting = surveying.make_from_template(owner, "topics")
    asked = [surveying.open_survey(owner, waiting)]
    for key in ("nps", "event", "topics"):
        survey = surveying.make_from_template(owner, key)
        asked.append(surveying.open_survey(owner, survey))
    surveying.close_survey(owner, survey)
    asked.append(surveying.open_survey(owner, matrix))
    answered = [answered_one(owner, kind) for kind in ("user-check", "eye-off")]
    whole = surveying.address_in(owner, f"{drafts[0]}edit/", r"surveys/\d+/scores/\d+/")
    question = surveying.address_in(owner, f"{drafts[0]}edit/", r"surveys/\d+/questions/\d+/edit/")
    return [*asked, f"{asked[0]}thanks/", f"{asked[1]}thanks/?note=again", f"{asked[0]}preview/"], [
        *("surveys/", "surveys/new/", "surveys/new/?kind=identified", "surveys/new/?template=topics"),
        *("surveys/templates/", "surveys/?state=closed", "surveys/?q=nothing-of-the-kind"),
        *(f"{draft}{part}/" for draft in drafts for part in ("edit", "open", "settings", "look", "results")),
        *(f"{drafts[0]}questions/new/?type={type}" for type in ("rating", "choice", "long_text")),
        *(question, whole, f"{drafts[0]}scores/new/", f"{drafts[0]}texts/intro/"),
        *(f"{long}{part}/" for part in ("edit", "scores/new")),
        *(f"{waiting}{part}/" for part in ("edit", "results", "people")),
        *(f"{survey}{part}/" for survey in answered for part in ("edit", "results", "people")),
        *(f"{answered[0]}responses/", f"{answered[0]}responses/?which=midway"),
    ]


def answered_one(owner: steps.Owner, icon: str) -> str:
    """The demo's survey of the kind that this icon marks: the only one of its kind that people took part in."""
    page = owner.go("surveys/")
    row = page.locator(f"tr:has(use[href$='#{icon}']):has(a.m-number)")
    found = re.search(r"surveys/\d+/", row.locator("a[href$='/results/']").first.get_attribute("href"))
    assert found is not None
    return found[0]


def automation_addresses(owner: steps.Owner) -> list[str]:
    """A reply to the satisfaction survey, made from its template, with each kind of side open."""
    page = owner.go("automations/new/?template=satisfaction")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    builder = page.url.split(owner.home)[1]
    opened = re.findall(r"\?open=([a-z0-9]{8})\"", page.content())
    sides = ("entry", "trigger-0", "trigger-new", "add-start", "on", "name", *dict.fromkeys(opened))
    lists = "automations/ automations/templates/ automations/new/ automations/walks/".split()
    return [*lists, builder, *(f"{builder}?open={side}" for side in sides), *walked_addresses(owner)]


def walked_addresses(owner: steps.Owner) -> list[str]:
    """What happened in the demo's automation: a walk, the numbers, the people behind one of them, the rehearsal."""
    walk = surveying.address_in(owner, "automations/walks/?state=done", r"automations/walks/\d+/")
    automation = surveying.address_in(owner, walk, r"automations/\d+/")
    people = surveying.address_in(owner, f"{automation}report/", r"automations/\d+/people/\?step=[^\"]+").replace(
        "&amp;", "&"
    )
    done = f"{automation}people/?state=done"
    return [
        walk,
        automation,
        f"{automation}report/",
        people,
        done,
        f"{automation}rehearsal/",
        "automations/walks/?q=nobody",
    ]


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_public_pages_are_accessible(chromium: Any, town: Town, phone: bool) -> None:
    with profiles(chromium, town.product) as profile:
        page = profile(phone=phone, language=town.business.language, **STEADY)
        assert not [fault for path in town.public for fault in faults(page, path, phone=phone)]


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
def test_members_screens_are_accessible(chromium: Any, town: Town, phone: bool) -> None:
    with profiles(chromium, town.product) as profile:
        owner = enter(profile(phone=phone, language=town.business.language, **STEADY), town.business)
        paths = [owner.home + screen for screen in town.screens]
        assert not [fault for path in paths for fault in faults(owner.page, path, phone=phone)]


def test_members_screens_are_accessible_in_the_dark(chromium: Any, town: Town) -> None:
    with profiles(chromium, town.product) as profile:
        page = profile(language=town.business.language, color_scheme="dark", **STEADY)
        owner = enter(page, town.business)
        dark = [screen for screen in town.screens if re.fullmatch(DARK, screen)]
        assert len(dark) >= 5
        assert not [fault for screen in dark for fault in faults(page, owner.home + screen, phone=False)]


def faults(page: Any, path: str, *, phone: bool) -> list[str]:
    """What is wrong with one screen, each with its path."""
    said: list[str] = []
    listen = lambda message: said.append(message.text) if message.type in ("error", "warning") else None  # noqa: E731
    fall = lambda error: said.append(str(error))  # noqa: E731
    page.on("console", listen)
    page.on("pageerror", fall)
    try:
        answer = page.goto(path)
        page.wait_for_function(SETTLED)
        said += [] if answer.status == 200 else [f"status {answer.status}"]
        width = page.evaluate("document.documentElement.scrollWidth")
        said += [f"{width} wide"] if phone and width > PHONE["viewport"]["width"] else []
        page.evaluate(AXE)
        said += page.evaluate(LOOK, TAGS)
    finally:
        page.remove_listener("console", listen)
        page.remove_listener("pageerror", fall)
    return [f"{path}: {fault}" for fault in said]
