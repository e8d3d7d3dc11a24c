"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.pages import public as strangers
from campaigns.pages import reports, views

members: list[URLPattern] = [
    path("pages/", views.page_list, name="page_list"),
    path("pages/new/", views.page_create, name="page_create"),
    path("pages/<int:pk>/", views.page_editor, name="page_editor"),
    path("pages/<int:pk>/thanks/", views.page_thanks, name="page_thanks"),
    path("pages/<int:pk>/settings/", views.page_settings, name="page_settings"),
    path("pages/<int:pk>/publication/", views.page_publish, name="page_publish"),
    path("pages/<int:pk>/unpublish/", views.page_unpublish, name="page_unpublish"),
    path("pages/<int:pk>/copies/", views.page_duplicate, name="page_duplicate"),
    path("pages/<int:pk>/delete/", views.page_delete, name="page_delete"),
    path("pages/<int:pk>/restore/", views.page_restore, name="page_restore"),
    path("leads/", reports.submission_list, name="submission_list"),
    path("referrals/", reports.referral_list, name="referral_list"),
]
public: list[URLPattern] = [
    path("p/<slug:workspace>/<slug:page>/", strangers.page, name="page"),
    path("p/<slug:workspace>/<slug:page>/thanks/", strangers.thanks, name="thanks"),
    path("p/<slug:workspace>/<slug:page>/share/", strangers.share, name="share"),
    path("p/<slug:workspace>/<slug:page>/not-you/", strangers.not_you, name="not_you"),
]
