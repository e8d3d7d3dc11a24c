"""REST for those who mirror contacts: what changed since the last call, without a gap."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.contacts import following
from crm.contacts.asking import validated
from crm.contacts.following import Place
from crm.contacts.models import Contact
from crm.contacts.representing import JOINED, ContactSerializer, with_states
from crm.workspaces.models import Workspace
from crm.workspaces.schema import RefusalSerializer

STATES = ("here", "deleted", "merged", "erased")
CURSOR = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")
LARGEST = 2**63 - 1


class Gone(exceptions.APIException):
    status_code = 410
    default_detail = gettext_lazy("This place is no longer known. Read all contacts again, and go on from a new one.")
    default_code = "cursor_lost"


class ChangesQuestion(serializers.Serializer[Any]):
    cursor = serializers.RegexField(
        CURSOR,
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Of the call before; without it, the place of now and no contacts.",
    )
    page_size = serializers.IntegerField(min_value=1, max_value=500, default=100)

    def validate_cursor(self, text: str) -> Place | None:
        if not text:
            return None
        found = CURSOR.fullmatch(text)
        if found is None or max(map(int, found.groups())) > LARGEST:
            raise serializers.ValidationError(_("This place is not known. Begin from the first page."))
        return Place(*map(int, found.groups()))


class Change(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=STATES, help_text="deleted: in the bin for 30 days. erased: gone for good; erase your copy too."
    )
    merged_into = serializers.IntegerField(allow_null=True, help_text="Id of the contact that took this one in.")
    contact = ContactSerializer(allow_null=True, help_text="As they are now; null unless here.")


class Changes(serializers.Serializer[Any]):
    cursor = serializers.CharField(help_text="Where to go on: at once if has_more, else whenever you like.")
    has_more = serializers.BooleanField()
    results = Change(many=True)


class ChangesMixin:
    """`GET changes/` beside a viewset of contacts."""

    workspace: Workspace

    def sight(self) -> dict[str, Any]:
        """What of a contact may be told: part of the serializer's context."""
        raise NotImplementedError

    @extend_schema(
        parameters=[ChangesQuestion],
        responses={
            200: Changes,
            410: OpenApiResponse(RefusalSerializer, "The database was restored from an older copy."),
        },
    )
    @action(detail=False, pagination_class=None)
    def changes(self, request: Request) -> Response:
        """Contacts that were made, changed, deleted, merged or erased since the cursor, each once and as they are now.

        In the order of commits: nothing is missed, something may be told twice. Take a cursor, read all pages, then follow.
        """
        asked = validated(ChangesQuestion, request.query_params)
        if not asked.get("cursor"):
            return Response({"cursor": _text(following.here()), "has_more": False, "results": []})
        try:
            found = following.touched(self.workspace, asked["cursor"], limit=asked["page_size"])
        except following.Lost:
            raise Gone from None
        rows = Contact.objects.filter(workspace=self.workspace, pk__in=found.ids).prefetch_related("tags", JOINED)
        people = {contact.pk: contact for contact in rows}
        context = with_states(list(people.values()), **self.sight())
        results = [_told(pk, people.get(pk), context) for pk in found.ids]
        return Response({"cursor": _text(found.place), "has_more": found.has_more, "results": results})


def _text(place: Place) -> str:
    return f"{place.xid}-{place.event_id}"


def _told(pk: int, contact: Contact | None, context: dict[str, Any]) -> dict[str, Any]:
    state, merged_into = "here", None
    if contact is None:
        state = "erased"
    elif contact.merged_into_id:
        state, merged_into = "merged", contact.merged_into_id
    elif contact.deleted_at:
        state = "deleted"
    whole = ContactSerializer(contact, context=context).data if state == "here" else None
    return {"id": pk, "state": state, "merged_into": merged_into, "contact": whole}
