"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.segments import views, why_views

members: list[URLPattern] = [
    path("segments/", views.segment_list, name="segment_list"),
    path("segments/new/", views.segment_create, name="segment_create"),
    path("segments/sample/", views.segment_sample, name="segment_sample"),
    path("segments/<int:pk>/", views.segment_edit, name="segment_edit"),
    path("segments/<int:pk>/people/", views.segment_people, name="segment_people"),
    path("segments/<int:pk>/why/", why_views.segment_why, name="segment_why"),
    path("segments/<int:pk>/why/<int:contact_pk>/", why_views.segment_why_person, name="segment_why_person"),
    path("segments/<int:pk>/duplicate/", views.segment_duplicate, name="segment_duplicate"),
    path("segments/<int:pk>/delete/", views.segment_delete, name="segment_delete"),
    path("segments/<int:pk>/restore/", views.segment_restore, name="segment_restore"),
]
public: list[URLPattern] = []
