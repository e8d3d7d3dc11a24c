"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.consent import public as strangers
from crm.consent import views

members: list[URLPattern] = [
    path("contacts/<int:pk>/consents/", views.contact_consents, name="contact_consents"),
    path("contacts/<int:pk>/consents/panel/", views.contact_panel, name="contact_panel"),
    path("contacts/<int:pk>/confirmation/", views.contact_ask_again, name="contact_ask_again"),
    path("contacts/<int:pk>/requests/<int:request_pk>/done/", views.contact_request_done, name="contact_request_done"),
    path("blocked/", views.suppression_list, name="suppression_list"),
    path("blocked/new/", views.suppression_create, name="suppression_create"),
    path("blocked/<int:pk>/lift/", views.suppression_lift, name="suppression_lift"),
]
public: list[URLPattern] = [
    path("u/<str:token>/", strangers.preferences, name="preferences"),
    path("confirm/<str:token>/", strangers.confirmation, name="confirmation"),
]
