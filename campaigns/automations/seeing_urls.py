"""The routes of what can be seen of automations: people behind every number, what happened to each, and the rehearsal."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.automations import rehearsing_views
from campaigns.automations import seeing_views as views

ONE = "automations/<int:pk>"
seeing: list[URLPattern] = [
    path("automations/walks/", views.walk_list, name="walk_list"),
    path("automations/walks/<int:pk>/", views.walk_trace, name="walk_trace"),
    path("automations/walks/<int:pk>/again/", views.walk_again, name="walk_again"),
    path("automations/walks/<int:pk>/leave/", views.walk_leave, name="walk_leave"),
    path(f"{ONE}/report/", views.automation_report, name="automation_report"),
    path(f"{ONE}/people/", views.automation_people, name="automation_people"),
    path(f"{ONE}/people/segment/", views.automation_segment, name="automation_segment"),
    path(f"{ONE}/rehearsal/", rehearsing_views.automation_rehearsal, name="automation_rehearsal"),
]
