from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from crm.workspaces.contrast import nearest_readable, ratio
from crm.workspaces.models import ApiKey, Invitation, User, Workspace

READABLE = 4.5  # WCAG 2.2 AA for text: white words on the brand colour


def one_line(name: str) -> None:
    """For names that become headers of mails."""
    if any(ord(letter) < 32 for letter in name):
        raise forms.ValidationError(_("The name may not contain line breaks."))


def joined(text: str) -> str:
    """What was sent over several lines, on one."""
    return " ".join(text.split())


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=User.Theme.choices, required=False)


class SetupForm(forms.Form):
    """The first owner of a fresh installation, and their business."""

    business = forms.CharField(label=_("Name of the business"), max_length=100, validators=[one_line])
    name = forms.CharField(label=_("Your name"), max_length=100, validators=[one_line])
    email = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class JoinForm(forms.Form):
    """A colleague who has no account yet."""

    name = forms.CharField(label=_("Your name"), max_length=100, validators=[one_line])
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    clean_password = SetupForm.clean_password


class BusinessForm(forms.Form):
    name = forms.CharField(label=_("Name of the business"), max_length=100, validators=[one_line])
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class WorkspaceForm(forms.ModelForm):
    class Meta:
        model = Workspace
        fields = ("name", "language", "time_zone", "phone", "brand_color")
        widgets = {"brand_color": forms.TextInput(attrs={"type": "color"})}
        help_texts = {"brand_color": _("The main colour of your pages and mails.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        zones = [settings.TIME_ZONE, *(zone for zone in zones if zone != settings.TIME_ZONE)]  # the likely one first
        self.fields["name"].validators.append(one_line)
        self.fields["time_zone"].widget = forms.Select(choices=[(zone, zone) for zone in zones])

    def clean_phone(self) -> str:
        return joined(self.cleaned_data["phone"])

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_("This time zone is not known."))
        return zone

    def clean_brand_color(self) -> str:
        color: str = self.cleaned_data["brand_color"].upper()
        self.instance._meta.get_field("brand_color").run_validators(color)  # its form is needed before its contrast
        if ratio(color, "#FFFFFF") < READABLE:
            raise forms.ValidationError(
                _("White words are hard to read on this colour. The nearest that works is %(color)s."),
                params={"color": nearest_readable(color, READABLE)},
            )
        return color


class SenderForm(forms.ModelForm):
    class Meta:
        model = Workspace
        fields = ("sender_name", "sender_email", "reply_to", "postal_address", "double_opt_in")
        help_texts = {
            "sender_name": _("The name people see beside the mail."),
            "sender_email": _("The address mails come from, on a domain that is yours."),
            "reply_to": _("When empty, replies go to the sender's address."),
            "postal_address": _("The law asks every advertisement to carry it."),
            "double_opt_in": _(
                "Whoever agrees in a form gets a mail with a link, and mailings begin only after they press it. "
                "Whoever once asked to be removed is always asked so."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender_name"].validators.append(one_line)

    def clean_postal_address(self) -> str:
        return joined(self.cleaned_data["postal_address"])


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ("email", "role")


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple, initial=["read"]
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")

    def clean_name(self) -> str:
        return joined(self.cleaned_data["name"])
