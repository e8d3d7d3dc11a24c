"""The panel "who brought whom" of a contact's card: from whom they came, what they passed on, and who came of it."""

from __future__ import annotations

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from campaigns.pages.counting import PEOPLE, ROBOTS
from campaigns.pages.models import Referral, ShareLink
from crm.contacts.merging import ids_of
from crm.contacts.models import Contact
from crm.timeline.models import Event
from crm.workspaces.http import MemberRequest

SHOWN = 5


def who_brought_whom(request: MemberRequest, contact: Contact) -> SafeString | str:
    """Nothing for a contact who neither came by a friend nor shared."""
    ids = ids_of(contact)
    brought_by = Referral.objects.select_related("sharer", "page").filter(friend_id__in=ids).first()
    friends = Referral.objects.select_related("friend").filter(sharer_id__in=ids)
    taps = Event.objects.filter(PEOPLE, contact_id__in=ids, kind="share.clicked").count()
    if not brought_by and not taps and not friends:
        return ""
    context = {"contact": contact, "brought_by": brought_by, "taps": taps, "friends": friends[:SHOWN]}
    context |= {"landed": _landings(request, ids, PEOPLE), "robots": _landings(request, ids, ROBOTS)}
    context |= {"more": max(0, friends.count() - SHOWN)}
    return render_to_string("campaigns/pages/_who_brought_whom.html", context, request=request)


def _landings(request: MemberRequest, ids: list[int], which: Q) -> int:
    """Landings by the codes that are theirs, also those from before they were known."""
    own = Q(contact_id__in=ids) | Q(visitor__identity__contact_id__in=ids)
    codes = list(ShareLink.objects.filter(own, workspace=request.workspace).values_list("code", flat=True))
    landings = Event.objects.filter(which, workspace=request.workspace, kind="share.landed")
    return landings.filter(properties__code__in=codes).count() if codes else 0
