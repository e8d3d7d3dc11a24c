"""The bar: which entries there are, in the product's words, and what the frame's templates may ask.

An entry appears once its URL name resolves, so that a room shows itself by landing. Everything that costs a query is lazy:
a part rendered for htmx asks for none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

READ, EDIT, MANAGE = "read", "edit", "manage"


@dataclass(frozen=True)
class Entry:
    """One line of the bar or of the create menu; `opens` names further views that belong under it."""

    label: Any
    url_name: str
    icon: str = ""
    needs: str = READ
    second: tuple[Entry, ...] = ()
    opens: tuple[str, ...] = field(default=())
    trial_only: bool = False


ON_A_SURVEY = ("edit", "settings", "text", "look", "open", "results", "people", "responses")
SURVEY_SCREENS = (*(f"surveys:survey_{name}" for name in ON_A_SURVEY), "surveys:question_", "surveys:score_")
AUTOMATION_SCREENS = tuple(f"automations:{noun}_" for noun in ("automation", "trigger", "entry", "step", "path"))
NAVIGATION = (
    Entry(_("Home"), "workspaces:home", "home"),
    Entry(
        _("Contacts"),
        "contacts:contact_list",
        "users",
        second=(
            Entry(
                _("All contacts"),
                "contacts:contact_list",
                opens=(
                    *("contacts:contact_", "contacts:view_", "contacts:duplicate_", "consent:contact_"),
                    *("timeline:contact_", "notes:contact_", "notes:note_", "exports:", "bulk:"),
                    *("contacts:contact_", "consent:contact_", "timeline:contact_"),
                    *("notes:contact_", "notes:note_", "exports:"),
                ),
            ),
            Entry(_("Tasks"), "notes:task_list", opens=("notes:task_",)),
            Entry(_("Lists"), "contacts:list_list", opens=("contacts:list_",)),
            Entry(_("Segments"), "segments:segment_list", opens=("segments:",)),
            Entry(_("Tags"), "contacts:tag_list", opens=("contacts:tag_",)),
            Entry(_("Custom fields"), "contacts:field_list", opens=("contacts:field_", "contacts:group_")),
            Entry(_("Import and export"), "imports:import_list", opens=("imports:", "exports:")),
            Entry(_("Unsubscribed and blocked"), "consent:suppression_list", opens=("consent:suppression_",)),
        ),
    ),
    Entry(
        _("Mails and messages"),
        "mailings:mailing_list",
        "mail",
        second=(
            Entry(_("My mailings"), "mailings:mailing_list", opens=("mailings:",)),
            Entry(_("Outbox"), "outbox:message_list", opens=("outbox:",), trial_only=True),
        ),
    ),
    Entry(
        _("Landing pages"),
        "pages:page_list",
        "layout-grid",
        second=(
            Entry(_("My pages"), "pages:page_list", opens=("pages:page_",)),
            Entry(_("Leads"), "pages:submission_list", opens=("pages:submission_",)),
            Entry(_("Pictures and files"), "files:file_list", opens=("files:",)),
        ),
    ),
    Entry(
        _("Surveys"),
        "surveys:survey_list",
        "clipboard-check",
        second=(
            Entry(
                _("My surveys"), "surveys:survey_list", opens=("surveys:survey_", "surveys:score_", "surveys:question_")
            ),
            Entry(_("New survey"), "surveys:survey_create"),
            Entry(_("Templates"), "surveys:template_list"),
        ),
    ),
    Entry(
        _("Automations"),
        "automations:automation_list",
        "route",
        second=(
            Entry(_("My automations"), "automations:automation_list", opens=AUTOMATION_SCREENS),
            Entry(_("Templates"), "automations:template_list"),
            Entry(_("What happened and why"), "automations:walk_list", opens=("automations:walk_",)),
        ),
    ),
    Entry(
        _("Funnels and reports"),
        "funnels:funnel_list",
        "filter",
        second=(Entry(_("My funnels"), "funnels:funnel_list", opens=("funnels:",)),),
    ),
    Entry(
        _("Campaigns and budget"),
        "pages:referral_list",
        "coin",
        second=(Entry(_("Referrals"), "pages:referral_list", opens=("pages:referral_",)),),
    ),
)
SETTINGS = Entry(
    _("Settings"),
    "workspaces:settings",
    "settings",
    MANAGE,
    second=(
        Entry(_("Business details and brand"), "workspaces:settings", opens=("workspaces:settings",)),
        Entry(_("Sender and domain"), "workspaces:sender", opens=("workspaces:sender",)),
        Entry(
            _("Users and permissions"), "workspaces:member_list", opens=("workspaces:member_", "workspaces:invitation_")
        ),
        Entry(_("Connections and API"), "workspaces:api_key_list", opens=("workspaces:api_key_",)),
        Entry(_("Audit log"), "workspaces:audit_list", opens=("workspaces:audit_",)),
    ),
)
CREATE = (
    Entry(_("New mailing"), "mailings:mailing_create", "mail", EDIT),
    Entry(_("New landing page"), "pages:page_create", "layout-grid", EDIT),
    Entry(_("New survey"), "surveys:survey_create", "clipboard-check", EDIT),
    Entry(_("New automation"), "automations:automation_create", "route", EDIT),
    Entry(_("New contact"), "contacts:contact_create", "user-plus", EDIT),
    Entry(_("New segment"), "segments:segment_create", "users-group", EDIT),
    Entry(_("New funnel"), "funnels:funnel_create", "filter", EDIT),
)


@dataclass(frozen=True)
class Link:
    label: Any
    url: str
    icon: str
    is_current: bool
    is_open: bool
    second: tuple[Link, ...] = ()


def url_of(name: str, slug: str) -> str:
    """The address of a view of this business, or nothing while the view does not exist."""
    try:
        return reverse(name, kwargs={"workspace": slug})
    except NoReverseMatch:
        return ""


class Frame:
    """What base.html asks of a request, each thing computed once and only when asked."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.workspace: Any = getattr(request, "workspace", None)
        self.membership = getattr(request, "membership", None)
        self.user = getattr(request, "user", None)
        match = request.resolver_match
        self.view_name = match.view_name if match else ""

    @property
    def theme(self) -> str:
        return getattr(self.user, "theme", "")

    @property
    def direction(self) -> str:
        return "rtl" if get_language_bidi() else "ltr"

    @property
    def may_edit(self) -> bool:
        return bool(self.membership and self.membership.may_edit)

    @property
    def may_manage(self) -> bool:
        return bool(self.membership and self.membership.may_manage)

    def _allows(self, entry: Entry) -> bool:
        if entry.trial_only and settings.EMAIL_URL:
            return False
        needed = {READ: True, EDIT: self.may_edit, MANAGE: self.may_manage}
        return needed[entry.needs]

    def _opens(self, entry: Entry) -> bool:
        return self.view_name == entry.url_name or any(self.view_name.startswith(prefix) for prefix in entry.opens)

    def _links(self, entries: tuple[Entry, ...]) -> Iterator[Link]:
        for entry in entries:
            second = tuple(self._links(entry.second))
            url = url_of(entry.url_name, self.workspace.slug) or (second[0].url if second else "")
            if url and self._allows(entry):
                is_open = any(link.is_open for link in second) or self._opens(entry)
                yield Link(entry.label, url, entry.icon, self.request.path == url, is_open, second)

    @cached_property
    def navigation(self) -> list[Link]:
        return list(self._links(NAVIGATION)) if self.workspace else []

    @cached_property
    def settings(self) -> Link | None:
        return next(self._links((SETTINGS,)), None) if self.workspace else None

    @cached_property
    def create(self) -> list[Link]:
        return list(self._links(CREATE)) if self.workspace else []

    @cached_property
    def phone_entries(self) -> dict[str, Link]:
        """The entries that the phone bar keeps in sight, by icon; the rest is under "More"."""
        return {link.icon: link for link in self.navigation if link.icon in ("home", "users", "filter")}

    @cached_property
    def other_workspaces(self) -> list[Any]:
        if not (self.user and self.user.pk):
            return []
        memberships = self.user.memberships.select_related("workspace").order_by("workspace__name")
        return [row.workspace for row in memberships if row.workspace != self.workspace]

    @cached_property
    def outbox_count(self) -> int:
        """As many as the outbox shows: mail of the system is for those who manage."""
        if not self.workspace:
            return 0
        kept = self.workspace.outbox
        return int(kept.count() if self.may_manage else kept.filter(owners_only=False).count())

    @property
    def outbox_url(self) -> str:
        return url_of("outbox:message_list", self.workspace.slug) if self.workspace else ""

    @property
    def sender_url(self) -> str:
        """Nothing for those whom that page would turn away."""
        return url_of("workspaces:sender", self.workspace.slug) if self.workspace and self.may_manage else ""


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame`, and `trial_mode` (no way out is connected: mail is kept in the outbox)."""
    return {"frame": SimpleLazyObject(lambda: Frame(request)), "trial_mode": not settings.EMAIL_URL}
