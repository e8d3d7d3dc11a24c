"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.pages import public as strangers

members: list[URLPattern] = []
public: list[URLPattern] = [
    path("p/<slug:workspace>/<slug:page>/", strangers.page, name="page"),
    path("p/<slug:workspace>/<slug:page>/thanks/", strangers.thanks, name="thanks"),
    path("p/<slug:workspace>/<slug:page>/share/", strangers.share, name="share"),
    path("p/<slug:workspace>/<slug:page>/not-you/", strangers.not_you, name="not_you"),
]
