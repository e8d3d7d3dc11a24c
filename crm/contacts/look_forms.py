from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.contacts.viewing import NAME_LENGTH


class ViewForm(forms.Form):
    """The name of a view, and, of who may edit, whether everybody sees it."""

    name = forms.CharField(
        label=_("Name of the view"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off", "autofocus": True}),
    )
    is_shared = forms.BooleanField(label=_("Everybody in the business sees it"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]
