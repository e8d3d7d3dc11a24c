"""The routes of this room: `members` under /w/<workspace>/, `accounts` at the root."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import URLPattern, path, re_path

from crm.workspaces import entering, views

accounts: list[URLPattern] = [
    path("", entering.start, name="start"),
    path("setup/", entering.setup, name="setup"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("signup/", allauth.signup, name="account_signup"),  # closed; allauth links to it
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("password/", allauth.password_reset, name="account_reset_password"),
    path("password/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",  # the key holds a hyphen too
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("businesses/new/", entering.business_create, name="business_create"),
    path("invitations/<str:token>/", entering.accept_invitation, name="accept_invitation"),
    path("preferences/", entering.set_preferences, name="set_preferences"),
]

members: list[URLPattern] = [
    path("", views.home, name="home"),
    path("settings/", views.settings, name="settings"),
    path("settings/sender/", views.sender, name="sender"),
    path("settings/users/", views.member_list, name="member_list"),
    path("settings/users/<int:pk>/role/", views.member_role, name="member_role"),
    path("settings/users/<int:pk>/remove/", views.member_remove, name="member_remove"),
    path("settings/invitations/<int:pk>/revoke/", views.invitation_revoke, name="invitation_revoke"),
    path("settings/keys/", views.api_key_list, name="api_key_list"),
    path("settings/keys/<int:pk>/revoke/", views.api_key_revoke, name="api_key_revoke"),
    path("settings/log/", views.audit_list, name="audit_list"),
]

public: list[URLPattern] = []
