"""Forms of this room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.files.models import File


class NameForm(forms.ModelForm):
    """The words that a picture is found by, and that are offered where it must be described."""

    class Meta:
        model = File
        fields = ("name",)
        labels = {"name": _("What is in the picture")}
        help_texts = {"name": _("Read aloud to who cannot see it, unless the page says otherwise.")}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
