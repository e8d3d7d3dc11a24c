"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.visitors import public as views

members: list[URLPattern] = []
public: list[URLPattern] = [
    path("b/<slug:workspace>/", views.beacon, name="beacon"),
    path("b/<slug:workspace>/p.gif", views.pixel, name="pixel"),
]
