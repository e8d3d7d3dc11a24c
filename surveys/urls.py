"""The routes of this app: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from surveys import public as strangers

members: list[URLPattern] = []
public: list[URLPattern] = [
    path("s/<slug:code>/", strangers.survey, name="survey"),
    path("s/<slug:code>/thanks/", strangers.thanks, name="thanks"),
    path("s/<slug:code>/preview/", strangers.preview, name="preview"),
    path("s/<slug:code>/<str:link>/", strangers.survey, name="personal"),
]
