"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.rules import views

members: list[URLPattern] = [path("rules/builder/", views.builder, name="builder")]
public: list[URLPattern] = []
