"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.consent import public as strangers

members: list[URLPattern] = []
public: list[URLPattern] = [path("u/<str:token>/", strangers.preferences, name="preferences")]
