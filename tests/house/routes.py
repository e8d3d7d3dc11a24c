"""The catalogue: every route of the resolver, and for each argument of each the thing that it names.

Generated, so a new route is in every test of the house on the day it lands. An argument that no entry of THINGS explains fails
`test_every_argument_has_a_thing`: add the entry, and the matrix has the route.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from campaigns.mailings import tokens
from crm.consent import confirming
from crm.consent import tokens as consent_tokens
from surveys import tokens as survey_tokens
from tests.house.worlds import World

MEMBERS, REST, OPERATORS, PUBLIC = "members", "rest", "operators", "public"
WRITES = ("POST", "PUT", "PATCH", "DELETE")

Thing = Callable[[World], Any]


def of(name: str, attribute: str = "pk") -> Thing:
    return lambda world: getattr(getattr(world, name), attribute)


# "<view name or its noun>.<argument>" or ".<argument>" for every view -> the thing. The longest that fits is taken.
THINGS: dict[str, Thing] = {
    ".workspace": lambda world: world.slug,
    ".field_pk": of("field"),
    ".other_pk": of("friend"),
    ".request_pk": of("asked"),
    "contacts:contact_unmerge.pk": of("merged"),
    "person.pk": of("contact"),
    "person-unmerge.pk": of("merged"),
    "duplicate.pk": of("duplicate"),
    "contact-consent.pk": of("contact"),
    "consent_public:confirmation.token": lambda world: confirming.token_of(world.pending),
    ".list_pk": of("list"),
    ".tag_pk": of("tag"),
    ".block": lambda world: world.block["id"],
    "workspaces:member.pk": of("membership"),
    "workspaces:invitation.pk": of("invitation"),
    "workspaces:api_key.pk": of("key"),
    "contacts:contact.pk": of("contact"),
    "contacts:contact_identity.detail": lambda world: "email",
    "contacts:group.pk": of("field_group"),
    "field-group.pk": of("field_group"),
    "notes:contact.pk": of("contact"),
    "notes:note.pk": of("note"),
    "notes:note_restore.pk": of("binned_note"),
    "notes:task.pk": of("task"),
    "notes:task_reopen.pk": of("done_task"),
    "notes:task_restore.pk": of("binned_task"),
    "note.pk": of("note"),
    "note.contact_pk": of("contact"),
    "task.pk": of("task"),
    "contacts:contact_restore.pk": of("binned"),
    "contacts:list.pk": of("list"),
    "contacts:list_restore.pk": of("binned_list"),
    "contacts:tag.pk": of("tag"),
    "contacts:field.pk": of("field"),
    "contacts:field_unarchive.pk": of("archived_field"),
    "contacts:view.pk": of("view"),
    "contacts:view_restore.pk": of("binned_view"),
    "bulk:act.pk": of("act"),
    "bulk:act_people.outcome": lambda world: "changed",
    "timeline:contact.pk": of("contact"),
    "segments:segment.pk": of("segment"),
    "segments:segment_restore.pk": of("binned_segment"),
    "segments:segment_why_person.contact_pk": of("contact"),
    "segment-why.contact_pk": of("contact"),
    "content:editor.pk": of("document"),
    "content:preview.pk": of("document"),
    "pages:page.pk": of("page"),
    "pages:page_restore.pk": of("binned_page"),
    "funnels:funnel.pk": of("funnel"),
    "funnels:stage.pk": of("funnel"),
    "funnels:funnel_restore.pk": of("binned_funnel"),
    "surveys:survey.pk": of("survey"),
    "surveys:survey_results.pk": of("answered_survey"),
    "surveys:survey_people.pk": of("answered_survey"),
    "surveys:survey_responses.pk": of("answered_survey"),
    "surveys:survey_export.pk": of("answered_survey"),
    "surveys:score.pk": of("answered_survey"),
    "surveys:score.score_pk": of("score"),
    "survey.pk": of("answered_survey"),
    "surveys:survey_restore.pk": of("binned_survey"),
    "surveys:survey_text.part": lambda world: "intro",
    "surveys:question.pk": of("survey"),
    "surveys:question.question_pk": of("question"),
    "surveys:question_delete.question_pk": lambda world: world.survey.questions.last().pk,
    "surveys:question_restore.question_pk": of("removed_question"),
    "mailings:mailing.pk": of("mailing"),
    "mailings:mailing_restore.pk": of("binned_mailing"),
    "mailings:mailing_report.pk": of("sent"),
    "mailings:mailing_progress.pk": of("sent"),
    "mailings:mailing_deliveries.pk": of("sent"),
    "mailings:mailing_uncertain.pk": of("sent"),
    "mailings:mailing_people.pk": of("sent"),
    "mailings:mailing_people.deed": lambda world: "clicked",
    "mailings:link_people.pk": of("sent"),
    "mailings:link_people.position": of("link", "position"),
    "automations:.pk": of("automation"),
    "automations:.step": lambda world: world.automation_step,
    "automations:.path": lambda world: world.automation_path,
    "automations:.place": lambda world: 0,
    "automations:step_restore.step": lambda world: world.taken_step,
    "automations:mail_create.step": lambda world: world.automation_mail_step,
    "automations:mail_renew.step": lambda world: world.automation_mail_step,
    "automations:path_create.step": lambda world: world.automation.draft["steps"][1]["id"],
    "automations:automation_pause.pk": of("running_automation"),
    "automations:automation_resume.pk": of("running_automation"),
    "automations:automation_off.pk": of("running_automation"),
    "automations:automation_again.pk": of("running_automation"),
    "automations:automation_enrol.pk": of("running_automation"),
    "automations:automation_report.pk": of("running_automation"),
    "automations:automation_people.pk": of("running_automation"),
    "automations:automation_segment.pk": of("running_automation"),
    "automations:walk.pk": of("walk"),
    "automations:walk_again.pk": of("stuck_walk"),
    "automation.pk": of("automation"),
    "automation-pause.pk": of("running_automation"),
    "automation-resume.pk": of("running_automation"),
    "automation-switch-off.pk": of("running_automation"),
    "automation-enrol.pk": of("running_automation"),
    "enrolment.pk": of("walk"),
    "enrolment-again.pk": of("stuck_walk"),
    "automations:automation_restore.pk": of("binned_automation"),
    "consent:contact.pk": of("contact"),
    "imports:import.pk": of("importing"),
    "imports:import_page.pk": of("done_import"),
    "imports:import_rows.pk": of("done_import"),
    "imports:import_rejects.pk": of("done_import"),
    "imports:import_undo.pk": of("done_import"),
    "imports:import_start.pk": of("checked_import"),
    "outbox:message.pk": of("message"),
    "files:file.pk": of("file"),
    "consent:suppression.pk": of("suppression"),
    # REST
    "contact.pk": of("contact"),
    "list.pk": of("list"),
    "tag.pk": of("tag"),
    "custom-field.pk": of("field"),
    "segment.pk": of("segment"),
    "import.pk": of("importing"),
    "view.pk": of("view"),
    "bulk-act.pk": of("act"),
    "event.pk": lambda world: world.contact.events.first().pk,
    "page.pk": of("page"),
    "submission.pk": of("submission"),
    "referral.pk": of("referral"),
    "mailing.pk": of("mailing"),
    "api-funnel.pk": of("funnel"),
    # strangers
    "pages_public:.page": of("page", "slug"),
    "surveys_public:.code": of("answered_survey", "code"),
    "surveys_public:personal.link": lambda world: survey_tokens.make(world.answered_survey.pk, world.friend.pk),
    "accept_invitation.token": lambda world: world.invitation_token,
    "account_reset_password_from_key.uidb36": lambda world: "1a",
    "account_reset_password_from_key.key": lambda world: "set-password",
    "consent_public:preferences.token": lambda world: consent_tokens.make(
        world.workspace.pk, world.contact.pk, world.contact.email, mailing_id=world.sent.pk
    ),
    "files_public:brand.colour": lambda world: "0b5f70",
    "files_public:image.digest": of("file", "digest"),
    "files_public:image.extension": of("file", "extension"),
    "mailings_public:click.link": lambda world: tokens.make_link(
        tokens.LinkToken(world.workspace.pk, world.sent.pk, world.link.position, world.link.url)
    ),
    "mailings_public:.recipient": lambda world: tokens.make_recipient(
        tokens.RecipientToken(world.workspace.pk, world.sent.pk, world.delivery.pk, world.contact.pk)
    ),
}

# What a view asks for beside the path, or it would not look at what the path names: in the address ...
QUERIES: dict[str, str] = {
    "bulk:act_create": "?kind=tag&all=1&state=",
    "funnels:funnel_people": "?stage=0",
    "imports:import_rows": "?outcome=refused",
    "funnels:funnel_segment": "?stage=0",
    "content:editor_block": "?revision=1",
    "content:editor_place": "?revision=1",
    "content:editor_copies": "?revision=1",
    "content:editor_deletion": "?revision=1",
    "content:editor_audience": "?revision=1",
    "content:editor_pair": "?revision=1",
}
# ... or in the body.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "contacts:contact_join": lambda world: {"list": world.list.pk},
    "content:editor_audience": lambda world: {"audience": "known"},
}


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    callback: Any
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def area(self) -> str:
        if self.pattern.startswith("w/<slug:workspace>/"):
            return MEMBERS
        return next(
            (area for start, area in (("api/v1/", REST), ("operators/", OPERATORS)) if self.pattern.startswith(start)),
            PUBLIC,
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """Who passes the gate; empty where a view has none."""
        return tuple(getattr(self.callback, "gate_roles", ()))

    @property
    def ids(self) -> tuple[str, ...]:
        """The arguments that name a thing of a business."""
        return tuple(name for name in self.arguments if name != "workspace")

    @property
    def actions(self) -> dict[str, str]:
        """REST: method -> the viewset's action, as the router mapped and the viewset allows them."""
        allowed = set(getattr(getattr(self.callback, "cls", None), "http_method_names", ()))
        return {
            method.upper(): action
            for method, action in getattr(self.callback, "actions", {}).items()
            if method in allowed
        }

    def url(self, world: World, **instead: World) -> str:
        """The address with this world's things; `instead` names arguments whose thing is another world's."""
        found = {name: thing_of(self, name)(instead.get(name, world)) for name in self.arguments}
        return reverse(self.name, kwargs=found) + QUERIES.get(self.name, "")

    def body(self, world: World) -> dict[str, Any]:
        return BODIES.get(self.name, lambda _world: {})(world)


def thing_of(route: Route, argument: str) -> Thing:
    """Raises LookupError with what to write where nobody says what the argument names."""
    fitting = [
        key for key in THINGS
        if (parts := key.rpartition("."))[2] == argument and (route.name == parts[0] or _is_noun(route.name, parts[0]))
    ]  # fmt: skip
    if not fitting:
        raise LookupError(f"tests/house/routes.py: THINGS needs an entry for {route.name}.{argument}")
    return THINGS[max(fitting, key=len)]


def _is_noun(name: str, start: str) -> bool:
    return (
        not start
        or (start.endswith(":") and name.startswith(start))
        or re.match(re.escape(start) + r"[_-]", name) is not None
    )


def walk(resolver: URLResolver, before: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, pattern, (*spaces, *([entry.namespace] if entry.namespace else [])))
        elif isinstance(entry, URLPattern):
            named = re.findall(r"<(?:\w+:)?(\w+)>", pattern)
            yield Route(":".join([*spaces, entry.name or "?"]), pattern, entry.callback, tuple(named))


@cache
def every() -> tuple[Route, ...]:
    return tuple(walk(get_resolver()))


def members() -> list[Route]:
    return [route for route in every() if route.area == MEMBERS]


def rest() -> list[Route]:
    return [route for route in every() if route.area == REST]


def operators() -> list[Route]:
    return [route for route in every() if route.area == OPERATORS]


def public() -> list[Route]:
    return [route for route in every() if route.area == PUBLIC]
