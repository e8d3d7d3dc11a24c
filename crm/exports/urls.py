"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.exports import views

members: list[URLPattern] = [path("contacts/export/", views.contacts, name="contacts")]
public: list[URLPattern] = []
