"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from crm.files import public as strangers
from crm.files import views

members: list[URLPattern] = [
    path("files/", views.file_list, name="file_list"),
    path("files/upload/", views.file_upload, name="file_upload"),
    path("files/picker/", views.file_picker, name="file_picker"),
    path("files/<int:pk>/", views.file_detail, name="file_detail"),
]
public: list[URLPattern] = [
    re_path(r"^files/brand/(?P<colour>[0-9a-f]{6})\.css$", strangers.brand, name="brand"),
    re_path(r"^files/(?P<digest>[0-9a-f]{64})\.(?P<extension>[a-z]{3,4})$", strangers.image, name="image"),
]
