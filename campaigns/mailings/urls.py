"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from campaigns.mailings import public as strangers
from campaigns.mailings import report_views as reports
from campaigns.mailings import steering_views as verbs
from campaigns.mailings import views

TOKEN = "[A-Za-z0-9_-]+"
members: list[URLPattern] = [
    path("mailings/", views.mailing_list, name="mailing_list"),
    path("mailings/new/", views.mailing_create, name="mailing_create"),
    path("mailings/<int:pk>/", reports.mailing_report, name="mailing_report"),
    path("mailings/<int:pk>/compose/", views.mailing_compose, name="mailing_compose"),
    path("mailings/<int:pk>/details/", views.mailing_details, name="mailing_details"),
    path("mailings/<int:pk>/audience/", views.mailing_audience, name="mailing_audience"),
    path("mailings/<int:pk>/audience/count/", views.mailing_count, name="mailing_count"),
    path("mailings/<int:pk>/check/", views.mailing_check, name="mailing_check"),
    path("mailings/<int:pk>/preview/", views.mailing_preview, name="mailing_preview"),
    path("mailings/<int:pk>/test/", verbs.mailing_test, name="mailing_test"),
    path("mailings/<int:pk>/start/", verbs.mailing_start, name="mailing_start"),
    path("mailings/<int:pk>/pause/", verbs.mailing_pause, name="mailing_pause"),
    path("mailings/<int:pk>/resume/", verbs.mailing_resume, name="mailing_resume"),
    path("mailings/<int:pk>/cancel/", verbs.mailing_cancel, name="mailing_cancel"),
    path("mailings/<int:pk>/uncertain/", verbs.mailing_uncertain, name="mailing_uncertain"),
    path("mailings/<int:pk>/duplicate/", verbs.mailing_duplicate, name="mailing_duplicate"),
    path("mailings/<int:pk>/delete/", verbs.mailing_bin, name="mailing_bin"),
    path("mailings/<int:pk>/restore/", verbs.mailing_restore, name="mailing_restore"),
    path("mailings/<int:pk>/progress/", reports.mailing_progress, name="mailing_progress"),
    path("mailings/<int:pk>/deliveries/", reports.mailing_deliveries, name="mailing_deliveries"),
    path("mailings/<int:pk>/people/<slug:deed>/", reports.mailing_people, name="mailing_people"),
    path("mailings/<int:pk>/links/<int:position>/people/", reports.link_people, name="link_people"),
]
public: list[URLPattern] = [
    re_path(rf"^l/(?P<link>{TOKEN})\.(?P<recipient>{TOKEN})$", strangers.click, name="click"),
    re_path(rf"^o/(?P<recipient>{TOKEN})\.gif$", strangers.open_pixel, name="open"),
]
