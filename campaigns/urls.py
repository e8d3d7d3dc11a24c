"""Table of contents: the routes of this app's rooms."""

from __future__ import annotations

from django.urls import include, path

from campaigns.automations import urls as automations
from campaigns.content import urls as content
from campaigns.mailings import urls as mailings
from campaigns.pages import urls as pages

rooms = {"content": content, "mailings": mailings, "pages": pages, "automations": automations}
members = [path("", include((room.members, name))) for name, room in rooms.items()]
public = [path("", include((room.public, f"{name}_public"))) for name, room in rooms.items()]
