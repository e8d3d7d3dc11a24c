"""The routes of this app, under /w/<workspace>/."""

from __future__ import annotations

from django.urls import URLPattern, path

from funnels import views

members: list[URLPattern] = [
    path("funnels/", views.funnel_list, name="funnel_list"),
    path("funnels/new/", views.funnel_create, name="funnel_create"),
    path("funnels/<int:pk>/", views.funnel_report, name="funnel_report"),
    path("funnels/<int:pk>/stages/", views.stage_edit, name="stage_edit"),
    path("funnels/<int:pk>/people/", views.funnel_people, name="funnel_people"),
    path("funnels/<int:pk>/segment/", views.funnel_segment, name="funnel_segment"),
    path("funnels/<int:pk>/delete/", views.funnel_delete, name="funnel_delete"),
    path("funnels/<int:pk>/restore/", views.funnel_restore, name="funnel_restore"),
]

public: list[URLPattern] = []
