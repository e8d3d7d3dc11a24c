"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.bulk import views

members: list[URLPattern] = [
    path("bulk/", views.act_list, name="act_list"),
    path("bulk/new/", views.act_create, name="act_create"),
    path("bulk/moving/", views.act_strip, name="act_strip"),
    path("bulk/<int:pk>/", views.act_page, name="act_page"),
    path("bulk/<int:pk>/progress/", views.act_progress, name="act_progress"),
    path("bulk/<int:pk>/people/<slug:outcome>/", views.act_people, name="act_people"),
    path("bulk/<int:pk>/undo/", views.act_undo, name="act_undo"),
    path("bulk/<int:pk>/stop/", views.act_stop, name="act_stop"),
    path("bulk/<int:pk>/resume/", views.act_resume, name="act_resume"),
    path("bulk/<int:pk>/seen/", views.act_seen, name="act_seen"),
]
public: list[URLPattern] = []
