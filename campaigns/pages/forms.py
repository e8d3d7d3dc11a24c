"""Forms of members: a new page, its settings, the filters of lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.pages.models import LandingPage
from campaigns.pages.starting import BLANK, FRIEND, LEADS
from crm.workspaces.models import Workspace

TEMPLATES = [
    (
        FRIEND,
        gettext_lazy("Share with a friend\nWho we know is greeted and passes it on; who we do not know yet signs up"),
    ),
    (LEADS, gettext_lazy("Leads page\nOne thought and a form")),
    (BLANK, gettext_lazy("Blank page\nOnly a thank-you page is ready")),
]


class NewPageForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the page"),
        max_length=100,
        help_text=gettext_lazy("People see it in the browser's tab and beside the link in WhatsApp."),
        widget=forms.TextInput(attrs={"dir": "auto", "autofocus": True}),
    )
    template = forms.ChoiceField(
        label=gettext_lazy("Start from"), choices=TEMPLATES, initial=FRIEND, widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the page"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"language": workspace.language, "template": FRIEND}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class PageSettingsForm(forms.ModelForm):
    class Meta:
        model = LandingPage
        fields = ("name", "slug", "description", "language")
        widgets = {
            "name": forms.TextInput(attrs={"dir": "auto"}),
            "slug": forms.TextInput(attrs={"dir": "ltr", "class": "m-to-start"}),
            "description": forms.Textarea(attrs={"dir": "auto", "rows": 2}),
        }
        help_texts = {
            "name": gettext_lazy("People see it in the browser's tab and beside the link in WhatsApp."),
            "slug": gettext_lazy(
                "Small Latin letters, digits and hyphens. Links that were already sent stop working when it changes."
            ),
            "description": gettext_lazy("A chat shows them beside the link. Empty: the first words of the page."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=gettext_lazy("Language of the page"), choices=settings.LANGUAGES, initial=self.instance.language
        )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        taken = LandingPage.objects.filter(workspace=self.instance.workspace, slug=slug).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Another page has this address, perhaps one in the bin. Choose another."))
        return slug
