"""The public page as HTML. It is given no request: nothing of a session, a member or a browser can reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info

from campaigns.content import merging
from campaigns.content.compiling import PageContext, assemble, compile_web
from campaigns.content.models import Document
from campaigns.content.previewing import visible
from surveys import asking, sealing, stamps
from surveys.asking import Input
from surveys.parts import Part
from surveys.questions import WRITTEN
from surveys.saying import STATES
from surveys.visiting import Visit


@dataclass
class Again:
    """A part that is shown again: what was typed and what is wrong with it, by input name; "" is the form's own."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)


def part_html(visit: Visit, part: Part, *, who: Mapping[str, Any] | None = None, again: Again | None = None) -> str:
    """One part with its form. `who` is what an earlier part was told of the person, to travel with an anonymous one."""
    again, way = again or Again(), visit.way
    inputs = [_input(visit, question, again) for question in way.asked(part)]
    asks_who = visit.asks_who and part.number == 1
    people = asking.who_inputs({**(who or {}), **again.typed}, again.errors) if asks_who else []
    before, following = way.before(part), way.after(part)
    context = {
        "part": part,
        "title": asking.words_of(part.section, visit.language)["section"] if part.section else "",
        "is_first": part.number == 1,
        "is_last": following is None,
        "onward": visit.address(part=str(following.number)) if following and visit.is_preview else "",
        "count": len(way.parts),
        "groups": asking.grouped(inputs),
        "people": people,
        "faults": [row for row in [*people, *inputs] if row.errors],
        "errors": again.errors.get("", []),
        "action": visit.address(),
        "hidden": _hidden(visit, part, who or {}),
        "trap": asking.TRAP,
        "back": _back(visit, before),
        "asks_for_words": any(question.type in WRITTEN for question in visit.questions),
        "intro": content(visit.survey.text_in("intro", visit.language), visit) if part.number == 1 else "",
    }
    return page("surveys/public.html", visit, context)


def _input(visit: Visit, question: Any, again: Again) -> Input:
    name = asking.name_of(question)
    found = asking.input_of(
        question, visit.language, value=visit.way.said.get(question.pk), errors=again.errors.get(name, [])
    )
    if name in again.typed:
        found.value = again.typed[name]
    return found


def _hidden(visit: Visit, part: Part, who: Mapping[str, Any]) -> dict[str, str]:
    """The stamp; of an anonymous survey also everything said before, sealed, and who said to be there."""
    if visit.is_preview:
        return {}
    hidden = {"stamp": stamps.make(visit.survey.pk, part.number, visit.secret)}
    if visit.survey.is_anonymous and part.number > 1:
        hidden |= {name: str(value) for name, value in who.items() if value}
        key, size = sealing.unwrap(visit.survey), visit.survey.sealed_size
        hidden["carried"] = sealing.carry(key, visit.way.said, link=visit.secret, size=size)
    return hidden


def _back(visit: Visit, before: Part | None) -> dict[str, str]:
    """The way back to the part before: an address where answers are kept, a button of the form where they travel with it."""
    if before is None:
        return {}
    travels = visit.survey.is_anonymous and not visit.is_preview
    return {"button": "back"} if travels else {"url": visit.address(part=str(before.number))}


def state_html(visit: Visit, name: str) -> str:
    return page("surveys/public_state.html", visit, {"state": STATES[name]})


def thanks_html(visit: Visit, *, note: str = "") -> str:
    """`note` is "again" where the answer had been received before, "named" where that must not be told."""
    body = content(visit.survey.text_in("thanks", visit.language), visit)
    return page("surveys/public_thanks.html", visit, {"body": body, "note": note})


def refused_html(visit: Visit, words: str) -> str:
    return page("surveys/public_refused.html", visit, {"words": words, "url": visit.address()})


def page(template: str, visit: Visit, context: Mapping[str, Any]) -> str:
    survey = visit.survey
    shared = {"visit": visit, "survey": survey, "workspace": survey.workspace, "languages": languages(visit)}
    shared["name"] = survey.name_in(visit.language)
    return render_to_string(template, {**shared, **context})


def languages(visit: Visit) -> list[dict[str, str]]:
    """The switch: nothing where the survey speaks one language."""
    survey = visit.survey
    if survey.second_language in ("", survey.language):
        return []
    here = visit.address(lang=survey.language)
    urls = {survey.language: here, survey.second_language: visit.address(lang=survey.second_language)}
    return [
        {"code": code, "name": get_language_info(code)["name_local"], "url": "" if code == visit.language else url}
        for code, url in urls.items()
    ]


def content(document: Document | None, visit: Visit) -> SafeString:
    """An intro or thank-you made of blocks. On an anonymous survey, and to whoever proved nothing, it greets nobody."""
    if document is None:
        return SafeString("")
    workspace = visit.survey.workspace
    known = None if visit.survey.is_anonymous or visit.claimed_at else visit.contact
    context = PageContext(language=document.language, medium=document.medium)
    compiled = compile_web(document.blocks, workspace=workspace, page_context=context)
    values = merging.values_of(known, compiled.tags)
    seen = visible(compiled, workspace, known)
    return mark_safe(assemble(compiled.html, values=values, visible=seen, links=[], holes={}))  # noqa: S308
