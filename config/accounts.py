"""Who may open an account, and how system mail about accounts looks."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by an invitation or by the first-run page only, so sign-up by strangers is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
