"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from campaigns.mailings import public as strangers

TOKEN = "[A-Za-z0-9_-]+"
members: list[URLPattern] = []
public: list[URLPattern] = [
    re_path(rf"^l/(?P<link>{TOKEN})\.(?P<recipient>{TOKEN})$", strangers.click, name="click"),
    re_path(rf"^o/(?P<recipient>{TOKEN})\.gif$", strangers.open_pixel, name="open"),
]
