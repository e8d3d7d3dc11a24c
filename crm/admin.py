"""Table of contents: what operators see of this app's rooms."""

from crm.bulk import admin as bulk
from crm.consent import admin as consent
from crm.contacts import admin as contacts
from crm.files import admin as files
from crm.imports import admin as imports
from crm.notes import admin as notes
from crm.segments import admin as segments
from crm.timeline import admin as timeline
from crm.visitors import admin as visitors
from crm.workspaces import admin as workspaces

__all__ = ["bulk", "consent", "contacts", "files", "imports", "notes", "segments", "timeline", "visitors", "workspaces"]
