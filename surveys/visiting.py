"""Who came to which survey, by which link, in which language; and whether there is anything to answer."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from crm.contacts.models import Contact
from crm.visitors.cookies import living
from surveys import asking, tallying, tokens
from surveys.at_hand import Defined, define
from surveys.models import Question, Response, Survey
from surveys.parts import Way
from surveys.tokens import BadToken, Invitation

COOKIE, SECRET = "mp_s", re.compile(r"[0-9a-f]{32}")
COOKIE_LIFE = timedelta(days=396)
Access = Survey.Access


@dataclass
class Visit:
    """`link` is the token in the address, "" without one. `browser` is the secret of an open poll's cookie, "" elsewhere."""

    survey: Survey
    language: str
    link: str = ""
    invitation: Invitation | None = None
    browser: str = ""
    is_new_browser: bool = False
    query: dict[str, str] = field(default_factory=dict)
    is_preview: bool = (
        False  # whoever tries a mailing's link: all is shown, as to whom a link names, and nothing can be sent
    )

    at_hand: Defined | None = None

    @property
    def has_link(self) -> bool:
        """Whether the link says who this is; whether that person is still there, `contact` asks the database."""
        return self.invitation is not None and self.invitation.survey_id == self.survey.pk

    @cached_property
    def contact(self) -> Contact | None:
        found = self.invitation if self.has_link else None
        return living(self.survey.workspace, found.contact_id) if found else None

    @property
    def claimed_at(self) -> datetime | None:
        """Since when somebody says to be this person without any proof; None where the link proves it, or nobody was known."""
        return self.invitation.claimed_at if self.invitation and not self.invitation.is_new else None

    @property
    def asks_who(self) -> bool:
        return asking.asks_who(self.survey, has_link=self.has_link or self.is_preview)

    @property
    def secret(self) -> str:
        """What the stamp and what is carried are bound to."""
        return self.link + self.browser

    @cached_property
    def defined(self) -> Defined:
        return self.at_hand or define(self.survey)

    @cached_property
    def questions(self) -> list[Question]:
        return self.defined.questions

    @cached_property
    def response(self) -> Response | None:
        if self.survey.is_anonymous or self.contact is None:
            return None
        return Response.objects.filter(survey=self.survey, contact=self.contact).first()

    @property
    def is_own_response(self) -> bool:
        """Whether what was answered before may be shown: not to whoever only typed somebody's address."""
        return self.response is not None and (self.claimed_at is None or self.response.started_at >= self.claimed_at)

    @cached_property
    def way(self) -> Way:
        own = self.response.answers if self.response and self.is_own_response else {}
        asked = {question.pk for question in self.questions}
        said: dict[int, Any] = {int(pk): value for pk, value in own.items() if int(pk) in asked}
        return Way(self.survey, self.defined.parts, said)

    def address(self, name: str = "", *, link: str | None = None, **query: str) -> str:
        kwargs, name = {"code": self.survey.code}, name or ("preview" if self.is_preview else "survey")
        token = self.link if link is None else link
        if name == "survey" and token:
            name, kwargs = "personal", kwargs | {"link": token}
        asked = {**self.query, **query}
        said = "&".join(f"{key}={value}" for key, value in asked.items() if value)
        return reverse(f"surveys_public:{name}", kwargs=kwargs) + (f"?{said}" if said else "")


def arrive(request: HttpRequest, survey: Survey, link: str, *, at_hand: Defined | None = None) -> Visit:
    """Reads the link and the cookie; asks the database nothing."""
    language = language_of(request, survey)
    query = {"lang": language} if language != survey.language else {}
    visit = Visit(survey, language, link, query=query, at_hand=at_hand)
    if link:
        try:
            visit.invitation = tokens.read(link)
        except BadToken:
            return visit
    elif survey.is_anonymous and survey.access == Access.ANYBODY:
        secret = request.COOKIES.get(COOKIE, "")
        visit.is_new_browser = SECRET.fullmatch(secret) is None
        visit.browser = secrets.token_hex(16) if visit.is_new_browser else secret
    return visit


def language_of(request: HttpRequest, survey: Survey) -> str:
    asked = request.GET.get("lang", "")
    known = {survey.language, survey.second_language} & dict(settings.LANGUAGES).keys()
    return asked if asked in known else survey.language


def remember_browser(response: HttpResponse, visit: Visit) -> None:
    """The one cookie of an open poll: a secret that says nothing, of this survey alone, and no script can read it."""
    if visit.browser and visit.is_new_browser:
        secure = settings.PUBLIC_URL.startswith("https://")
        path = reverse("surveys_public:survey", kwargs={"code": visit.survey.code})
        response.set_cookie(
            COOKIE, visit.browser, max_age=COOKIE_LIFE, path=path, httponly=True, samesite="Lax", secure=secure
        )


def obstacle(visit: Visit, *, thorough: bool = True) -> str:
    """Why there is nothing to answer here, as a name of saying.STATES; "" where there is.

    Not `thorough`, it asks the database nothing: not whether the person is still there, nor whether they have answered."""
    survey, invitation = visit.survey, visit.invitation
    if visit.link and (not visit.has_link or (thorough and visit.contact is None)):
        return "bad_link"
    if survey.status == Survey.Status.DRAFT:
        return "early"
    if not survey.is_open:
        return "closed"
    if invitation and invitation.is_expired:
        return "expired"
    if survey.access == Access.INVITED and not visit.has_link:
        return "invited"
    return "answered" if thorough and has_answered(visit) else ""


def has_answered(visit: Visit) -> bool:
    if visit.survey.is_anonymous:
        return bool(visit.contact or visit.browser) and tallying.has_answered(
            visit.survey, visit.contact, browser=visit.browser
        )
    done = visit.response is not None and visit.response.is_complete
    return done and not (visit.survey.is_editable and visit.is_own_response)
