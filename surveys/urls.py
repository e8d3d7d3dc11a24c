"""The routes of this app: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern

members: list[URLPattern] = []
public: list[URLPattern] = []
