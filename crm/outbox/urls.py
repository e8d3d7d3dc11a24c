"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.outbox import views

members: list[URLPattern] = [
    path("outbox/", views.message_list, name="message_list"),
    path("outbox/<int:pk>/", views.message_page, name="message_page"),
    path("outbox/<int:pk>/html/", views.message_html, name="message_html"),
]
public: list[URLPattern] = []
