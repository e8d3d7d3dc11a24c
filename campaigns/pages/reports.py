"""What pages brought, for members: leads, and who brought whom."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.content.merging import IDENTITY
from campaigns.pages import counting
from campaigns.pages.models import LandingPage, Referral, Submission
from crm.contacts import masking
from crm.contacts.models import Contact, CustomField
from crm.workspaces.http import MemberRequest, reader, wants_part, whole

ROWS = 50
PERIODS = {"today": 0, "week": 7, "month": 30}


@require_safe
@reader
def submission_list(request: MemberRequest) -> HttpResponse:
    filters = _filters(request, "q", "page_id", "who", "period")
    leads = _leads(request, filters)
    shown = Paginator(leads, ROWS).get_page(request.GET.get("page"))
    fields = {field.storage_key: field for field in CustomField.objects.filter(workspace=request.workspace)}
    rows = [{"lead": lead, "answers": _answers(lead, fields)} for lead in shown]
    context: dict[str, Any] = {"rows": rows, "page": shown, "filters": filters, "is_filtered": any(filters.values())}
    context |= {"pages": _pages(request), "people": leads.values("contact_id").distinct().count()}
    context |= {"chosen": _pages(request).filter(pk=whole(filters["page_id"]) or 0).first()}
    context |= {"kept": [(name, value) for name, value in filters.items() if name != "q"]}
    if rows and not filters["q"] and not filters["who"]:
        context["save_url"] = _segment_url(
            request, "form.submitted", filters["page_id"], PERIODS.get(filters["period"], 0)
        )
    part = "_submission_results.html" if wants_part(request) else "submission_list.html"
    return render(request, f"campaigns/pages/{part}", context)


def _leads(request: MemberRequest, filters: dict[str, str]) -> QuerySet[Submission]:
    leads = Submission.objects.filter(workspace=request.workspace).select_related("page", "contact")
    page_id = whole(filters["page_id"])
    if page_id is not None:
        leads = leads.filter(page_id=page_id)
    if filters["who"] in ("new", "known"):
        leads = leads.filter(is_new_contact=filters["who"] == "new")
    if filters["period"] in PERIODS:
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        leads = leads.filter(created_at__gte=midnight - timedelta(days=PERIODS[filters["period"]]))
    return leads.filter(_about(filters["q"])) if filters["q"] else leads


def _about(words: str) -> Q:
    wanted = Q()
    for word in words.split()[:5]:
        digits = word.replace("-", "").lstrip("0")
        phone = Q(contact__phone__contains=digits) if digits.isdecimal() else Q()
        wanted &= (
            Q(contact__first_name__icontains=word)
            | Q(contact__last_name__icontains=word)
            | Q(contact__email__icontains=word)
            | phone
        )
    return wanted


def _answers(lead: Submission, fields: dict[str, CustomField]) -> list[tuple[str, str, str]]:
    """(field, its title, the answer in words), in the order they were sent."""
    said = []
    for key, value in lead.answers.items():
        if key in ("first_name", "last_name") or value in (None, ""):
            continue  # a name stands beside it; what was left empty says nothing
        if key in IDENTITY:
            said.append((key, str(IDENTITY[key]), str(value)))
        elif key in fields:
            said.append((key, fields[key].label, masking.shown(fields[key], value)))
    return said


@require_safe
@reader
def referral_list(request: MemberRequest) -> HttpResponse:
    """Two views of one thing: the sharers with what each brought, and the friends with who brought them."""
    filters = _filters(request, "page_id", "view", "sharer")
    chosen = LandingPage.objects.filter(workspace=request.workspace, pk=whole(filters["page_id"]) or 0).first()
    figures = counting.of_sharing(request.workspace, chosen)
    is_friends = filters["view"] == "friends"
    found: Any = _friends(request, chosen, filters["sharer"]) if is_friends else figures.rows
    context = {"figures": figures, "page": Paginator(found, ROWS).get_page(request.GET.get("page")), "filters": filters}
    context |= {"pages": _pages(request), "is_friends": is_friends, "chosen": chosen}
    if is_friends and not filters["sharer"]:
        context["save_url"] = _segment_url(request, "referral.joined")
    elif not is_friends:
        context["save_url"] = _segment_url(request, "share.clicked", filters["page_id"])
    context["sharer"] = Contact.objects.filter(workspace=request.workspace, pk=whole(filters["sharer"]) or 0).first()
    part = "_referral_results.html" if wants_part(request) else "referral_list.html"
    return render(request, f"campaigns/pages/{part}", context)


def _friends(request: MemberRequest, page: LandingPage | None, sharer: str) -> QuerySet[Referral]:
    friends = Referral.objects.filter(workspace=request.workspace).select_related("friend", "sharer", "page")
    friends = friends.filter(page=page) if page else friends
    wanted = whole(sharer)
    return friends.filter(Q(sharer=wanted) | Q(sharer__merged_into=wanted)) if wanted else friends


def _segment_url(request: MemberRequest, kind: str, page_id: str = "", days: int = 0) -> str:
    """Where these very people become a segment: a rule that says what they did. Nothing for who may not make one."""
    if not request.membership.may_edit:
        return ""
    rule: dict[str, Any] = {"event": kind}
    page = whole(page_id)
    rule |= {"subject": page} if page else {}
    rule |= {"within_days": days} if days else {}
    url = reverse("segments:segment_create", args=[request.workspace.slug])
    return f"{url}?{urlencode({'rule': json.dumps({'all': [rule]})})}"


def _filters(request: MemberRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\0", "").strip()[:100] for name in names}


def _pages(request: MemberRequest) -> QuerySet[LandingPage]:
    return LandingPage.objects.filter(workspace=request.workspace, deleted_at=None).order_by("name")
