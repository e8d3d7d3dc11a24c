"""Table of contents: the routes of this app's rooms."""

from __future__ import annotations

from django.urls import include, path

from crm.bulk import urls as bulk
from crm.consent import urls as consent
from crm.contacts import urls as contacts
from crm.exports import urls as exports
from crm.files import urls as files
from crm.imports import urls as imports
from crm.notes import urls as notes
from crm.outbox import urls as outbox
from crm.rules import urls as rules
from crm.segments import urls as segments
from crm.timeline import urls as timeline
from crm.visitors import urls as visitors
from crm.workspaces import urls as workspaces

rooms = {
    "workspaces": workspaces,
    "contacts": contacts,
    "notes": notes,
    "imports": imports,
    "segments": segments,
    "bulk": bulk,
    "exports": exports,
    "rules": rules,
    "timeline": timeline,
    "consent": consent,
    "visitors": visitors,
    "files": files,
    "outbox": outbox,
}
members = [path("", include((room.members, name))) for name, room in rooms.items()]
public = [path("", include((room.public, f"{name}_public"))) for name, room in rooms.items()]
