"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern

from campaigns.automations.seeing_urls import seeing

members: list[URLPattern] = [*seeing]
public: list[URLPattern] = []
