"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.timeline import views

members: list[URLPattern] = [
    path("contacts/<int:pk>/timeline/", views.contact_timeline, name="contact_timeline"),
]
public: list[URLPattern] = []
