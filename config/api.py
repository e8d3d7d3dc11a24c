"""The REST router: every room's routes under /api/v1/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from campaigns.automations import api as automations
from campaigns.mailings import api as mailings
from campaigns.pages import api as pages
from crm.bulk import api as bulk
from crm.consent import api as consent
from crm.contacts import api as contacts
from crm.exports import api as exports
from crm.imports import api as imports
from crm.notes import api as notes
from crm.segments import api as segments
from crm.timeline import api as timeline
from funnels import api as funnels
from surveys import api as surveys

router = SimpleRouter()
below = (contacts, consent, notes, imports, segments, bulk, exports, timeline)
for room in (*below, pages, mailings, automations, surveys, funnels):
    for prefix, viewset, basename in room.routes:
        router.register(prefix, viewset, basename=basename)
