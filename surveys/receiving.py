"""A part of a survey as it comes in: is it ours, is it whole, and then the verb of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts.capturing import Captured, capture
from crm.visitors.public import from_ourselves
from crm.workspaces.limiting import is_too_often
from crm.workspaces.signing import BadToken
from surveys import answering, asking, sealing, stamps, tallying, tokens
from surveys.answering import EMPTY
from surveys.drawing import Again, part_html, refused_html, state_html
from surveys.parts import Part
from surveys.visiting import Visit, obstacle

LARGEST_FORM = 512 * 1024  # bytes
WINDOW = 600  # seconds in which settings.FORMS_PER_ADDRESS may come from one address
SAID_NOTHING = "said nothing"


def receive(request: HttpRequest, visit: Visit) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FORM:
        return refused(visit, 413, _("That is too much for this form."))
    if not from_ourselves(request):
        return refused(visit, 403, _("This form can be sent only from its own page."))
    if is_too_often(request, "survey", most=settings.FORMS_PER_ADDRESS, seconds=WINDOW):
        return refused(visit, 429, _("Too many forms came from here. Please try again in a few minutes."))
    if visit.is_new_browser:
        return HttpResponse(state_html(visit, "no_cookie"), status=403)
    found = obstacle(
        visit, thorough=not visit.survey.is_anonymous
    )  # there the verb asks, in the statement that answers
    if found:
        return stopped(visit, found)
    try:
        part = visit.way.part(stamps.read(request.POST.get("stamp", ""), survey_id=visit.survey.pk, link=visit.secret))
        return _taken(request, visit, part)
    except (BadToken, ValueError):
        words = _("This form is not here any more. Open the page again and send it from there.")
        return refused(visit, 400, words)


def _taken(request: HttpRequest, visit: Visit, part: Part) -> HttpResponse:
    if request.POST.get(asking.TRAP):
        return thanked(visit)  # a robot need not know that we know
    return anonymous(request, visit, part) if visit.survey.is_anonymous else identified(request, visit, part)


# -- the anonymous kind ------------------------------------------------------------------------------------------------------


def anonymous(request: HttpRequest, visit: Visit, part: Part) -> HttpResponse:
    """Nothing is kept until the last part is sent: earlier answers travel with the form, sealed."""
    way, who = visit.way, {name: request.POST.get(name, "")[:500] for name in asking.IDENTITY} if visit.asks_who else {}
    if part.number > 1:
        key = sealing.unwrap(visit.survey)
        way.said = sealing.carried(key, request.POST.get("carried", ""), link=visit.secret)
    sent = asking.read(way.asked(part), request.POST)
    way.said = _said({**way.said, **sent.said})
    if request.POST.get("go") == "back":
        return HttpResponse(part_html(visit, way.before(part) or part, who=who))
    if visit.asks_who:
        named, told = asking.read_who(request.POST)
        if told.errors:
            first = way.parts[0]
            mixed = Again({**sent.typed, **told.typed}, {**told.errors, **(sent.errors if part == first else {})})
            return again(visit, first, mixed, who=who)
    if sent.errors:
        return again(visit, part, Again(sent.typed, sent.errors), who=who)
    following = way.after(part)
    if following:
        return HttpResponse(part_html(visit, following, who=who))
    if missing := _missing(visit) or _nothing(part, way.said):
        errors = _by_name(missing)
        return again(visit, way.part_of(_ids(errors)) if _ids(errors) else part, Again({}, errors), who=who)
    if visit.asks_who:
        return _counted(visit, _captured(visit, named).contact.pk)
    return _counted(visit, visit.invitation.contact_id if visit.invitation else None)


def _counted(visit: Visit, contact_id: int | None) -> HttpResponse:
    visible = visit.way.visible()
    said = {pk: value for pk, value in visit.way.said.items() if pk in visible}
    if tallying.take_part(visit.survey, said, contact_id=contact_id, browser=visit.browser):
        return thanked(visit, "" if visit.has_link or visit.browser else "named")
    visit.survey.refresh_from_db(fields=["status", "deleted_at"])
    if found := obstacle(visit):
        return stopped(visit, found)
    if visit.contact and visit.contact.pk != contact_id:  # merged meanwhile
        return _counted(visit, visit.contact.pk)
    return thanked(visit, "again" if visit.has_link or visit.browser else "named")


# -- the identified kind -----------------------------------------------------------------------------------------------------


def identified(request: HttpRequest, visit: Visit, part: Part) -> HttpResponse:
    """Kept part by part, on the response and on the card, so that whoever comes back goes on where they were."""
    sent = asking.read(visit.way.asked(part), request.POST)
    named, told = asking.read_who(request.POST) if visit.asks_who else ({}, asking.Sent())
    errors = {**told.errors, **sent.errors}
    if not errors and visit.asks_who and part.number > 1:
        return again(visit, visit.way.parts[0], Again(told.typed, told.errors))
    if not errors:
        visit.way.said = _said({**visit.way.said, **sent.said})
        try:
            return _kept(visit, part, sent.said, named)
        except ValidationError as error:
            code, errors = _code(error), _by_name(error.message_dict)
            if code == "closed":
                return stopped(visit, "closed")
            if code == "answered":
                return thanked(visit, _note(visit))
    at = part if any(name in errors for name in [*sent.typed, *told.typed, ""]) else visit.way.part_of(_ids(errors))
    return again(visit, at, Again({**told.typed, **sent.typed}, errors))


def _kept(visit: Visit, part: Part, said: dict[int, Any], named: Mapping[str, Any]) -> HttpResponse:
    contact, claimed_at, link = visit.contact, visit.claimed_at, visit.link
    following = visit.way.after(part)
    if following is None and not visit.way.said:
        raise ValidationError(_nothing(part, visit.way.said))
    complete = following is None
    if contact:
        answering.answer(visit.survey, contact, said, complete=complete, claimed_at=claimed_at)
    else:
        link = _kept_of_somebody(visit, said, named, complete=complete)
    if following is None:
        return thanked(visit, _note(visit))
    return see_other(visit.address(link=link, part=str(following.number)))


@transaction.atomic
def _kept_of_somebody(visit: Visit, said: dict[int, Any], named: Mapping[str, Any], *, complete: bool) -> str:
    """Who they say to be and what they say, both or neither. The link to go on by."""
    now, captured = timezone.now(), _captured(visit, named)
    claimed_at = None if captured.created else now
    answering.answer(visit.survey, captured.contact, said, complete=complete, claimed_at=claimed_at)
    return tokens.claim(visit.survey.pk, captured.contact.pk, at=now, is_new=captured.created)


def _note(visit: Visit) -> str:
    """Whoever proved nothing is not told whether this person had answered."""
    return "" if visit.has_link and visit.claimed_at is None else "named"


def _captured(visit: Visit, named: Mapping[str, Any]) -> Captured:
    """Anybody can type anybody's address: only blanks are filled. Raises ValidationError keyed by input."""
    return capture(visit.survey.workspace, **named, source="survey", actor="contact", overwrite=False)


# -- answers to the browser --------------------------------------------------------------------------------------------------


def again(visit: Visit, part: Part, shown: Again, *, who: Mapping[str, Any] | None = None) -> HttpResponse:
    return HttpResponse(part_html(visit, part, who=who, again=shown), status=422)


def stopped(visit: Visit, state: str) -> HttpResponse:
    """Nothing was stored. Whoever sends again what had come through is thanked again."""
    if state == "answered":
        return thanked(visit, "again" if _note(visit) == "" else "named")
    status = {"bad_link": 404, "expired": 410}.get(state, 409)
    return HttpResponse(state_html(visit, state), status=status)


def refused(visit: Visit, status: int, words: str) -> HttpResponse:
    return HttpResponse(refused_html(visit, words), status=status)


def thanked(visit: Visit, note: str = "") -> HttpResponse:
    return see_other(visit.address("thanks", note=note))


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


# -- small ---------------------------------------------------------------------------------------------------------------------


def _said(said: Mapping[int, Any]) -> dict[int, Any]:
    return {pk: value for pk, value in said.items() if value not in EMPTY}


def _missing(visit: Visit) -> dict[str, list[str]]:
    visible = visit.way.visible()
    return {
        str(question.pk): [_("This question needs an answer.")]
        for question in visit.questions
        if question.is_required and question.pk in visible and question.pk not in visit.way.said
    }


def _nothing(part: Part, said: Mapping[int, Any]) -> dict[str, list[str]]:
    return {} if said else {"": [_("Nothing was answered yet. Answer one question at least.")]}


def _by_name(errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {asking.name_of(int(key)) if key.isdecimal() else key: list(words) for key, words in errors.items()}


def _ids(errors: Mapping[str, Any]) -> list[int]:
    return [int(name[1:]) for name in errors if name[:1] == "q" and name[1:].isdecimal()]


def _code(error: ValidationError) -> str:
    """Of a refusal of the survey as a whole."""
    whole = getattr(error, "error_dict", {}).get("", [])
    return str(whole[0].code or "") if whole else ""
