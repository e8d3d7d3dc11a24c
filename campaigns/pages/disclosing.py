"""What this room holds about a person: forms they sent, codes they shared by, and who brought whom."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.pages.models import Referral, ShareLink, Submission
from crm.contacts.disclosing import Section, register_discloser
from crm.contacts.fields import display
from crm.contacts.models import Contact, CustomField
from crm.workspaces.models import Workspace


def tell(workspace: Workspace, ids: list[int]) -> Iterable[Section]:
    yield _submissions(workspace, ids)
    yield _shares(workspace, ids)
    yield _referrals(workspace, ids)


def _submissions(workspace: Workspace, ids: list[int]) -> Section:
    found = (
        Submission.objects.filter(workspace=workspace, contact__in=ids).select_related("page").order_by("created_at")
    )
    labels = {field.storage_key: field for field in workspace.custom_fields.all()}
    rows = [
        {"page": row.page.name, "at": row.created_at, "answers": row.answers, "text": _in_words(row.answers, labels)}
        for row in found
    ]
    columns = (("page", _("Landing page")), ("at", _("When")), ("text", _("Answers")))
    return Section("submissions", _("Forms sent"), columns, rows)


def _in_words(answers: dict[str, object], fields: dict[str, CustomField]) -> str:
    return "\n".join(f"{_label(key, fields)}: {_shown(key, value, fields)}" for key, value in answers.items())


def _label(key: str, fields: dict[str, CustomField]) -> str:
    own = {field.name: field.verbose_name for field in Contact._meta.fields}
    return fields[key].label if key in fields else str(own.get(key, key))


def _shown(key: str, value: object, fields: dict[str, CustomField]) -> str:
    return display(fields[key], value) if key in fields else str(value)


def _shares(workspace: Workspace, ids: list[int]) -> Section:
    own = Q(contact__in=ids) | Q(visitor__identity__contact__in=ids)
    found = ShareLink.objects.filter(own, workspace=workspace).select_related("page").order_by("pk").distinct()
    rows = [{"page": link.page.name, "code": link.code, "since": link.created_at} for link in found]
    columns = (("page", _("Landing page")), ("code", _("Code")), ("since", _("Since")))
    return Section("share_links", _("Links for friends"), columns, rows)


def _referrals(workspace: Workspace, ids: list[int]) -> Section:
    """Another person's name is theirs: it is told that somebody came or brought, not who."""
    found = Referral.objects.filter(Q(friend__in=ids) | Q(sharer__in=ids), workspace=workspace).select_related("page")
    rows = [
        {
            "page": row.page.name,
            "at": row.created_at,
            "role": "friend" if row.friend_id in ids else "sharer",
            "role_text": _("Came thanks to a friend") if row.friend_id in ids else _("A friend joined thanks to them"),
        }
        for row in found.order_by("created_at", "pk")
    ]
    columns = (("role_text", _("What happened")), ("page", _("Landing page")), ("at", _("When")))
    return Section("referrals", _("Friends"), columns, rows)


register_discloser(
    "pages",
    tell,
    covers=[
        *("campaigns.Submission.contact", "campaigns.ShareLink.contact"),
        *("campaigns.Referral.friend", "campaigns.Referral.sharer"),
    ],
    order=60,
)
