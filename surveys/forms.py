"""The forms of making a survey and of its settings; the verbs judge, the forms only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.workspaces.models import Workspace
from surveys import defining
from surveys.models import Survey


def languages(*, empty: str = "") -> list[tuple[str, Any]]:
    """The languages of this product; `empty` names the choice of none."""
    known: list[tuple[str, Any]] = [(code, name) for code, name in settings.LANGUAGES if code in defining.LANGUAGES]
    return [("", empty), *known] if empty else known


def tell(form: forms.Form, error: ValidationError) -> None:
    """Puts what a verb refused at the fields that it names."""
    faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, messages in faults.items():
        form.add_error(name if name in form.fields else None, messages)


class CreateForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the survey"), max_length=100, help_text=_("People see it at the top of the survey.")
    )
    language = forms.ChoiceField(label=_("Language of the survey"))
    second_language = forms.ChoiceField(label=_("Second language"), required=False)

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = languages()  # type: ignore[attr-defined]
        self.fields["second_language"].choices = languages(empty=str(_("None")))  # type: ignore[attr-defined]
        self.fields["language"].initial = workspace.language
        self.fields["name"].widget.attrs |= {"dir": "auto", "autofocus": True, "autocomplete": "off"}


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class SettingsForm(forms.Form):
    """Fields that are fixed since the opening are drawn as fixed, and left out of what is said."""

    name = forms.CharField(label=_("Name of the survey"), max_length=100)
    access = forms.ChoiceField(label=_("Who can answer"), widget=forms.RadioSelect)
    is_editable = forms.BooleanField(label=_("Answers can be changed until the survey closes"), required=False)
    opens_at = forms.DateTimeField(
        label=_("Opens by itself"), required=False, widget=MomentInput, help_text=_("Empty: you open it by hand.")
    )
    closes_at = forms.DateTimeField(
        label=_("Closes by itself"), required=False, widget=MomentInput, help_text=_("Empty: you close it by hand.")
    )
    language = forms.ChoiceField(label=_("Language of the survey"))
    second_language = forms.ChoiceField(
        label=_("Second language"),
        required=False,
        help_text=_("Every text gets a place for its translation; whoever answers chooses the language."),
    )
    second_name = forms.CharField(
        label=_("Name in the second language"),
        max_length=100,
        required=False,
        help_text=_("Empty: the name of the survey, as it is above."),
    )

    def __init__(self, survey: Survey, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={name: getattr(survey, name) for name in self.base_fields})
        allowed = defining.access_of(survey)
        self.fields["access"].choices = [(name, words) for name, words in Survey.Access.choices if name in allowed]  # type: ignore[attr-defined]
        self.fields["language"].choices = languages()  # type: ignore[attr-defined]
        self.fields["second_language"].choices = languages(empty=str(_("None")))  # type: ignore[attr-defined]
        for name in ("name", "second_name"):
            self.fields[name].widget.attrs |= {"dir": "auto", "autocomplete": "off"}
        for name in defining.fixed(survey):
            self.fields[name].disabled = True
        if survey.is_anonymous:
            del self.fields["is_editable"]

    @property
    def said(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not self.fields[name].disabled}

    def clean_closes_at(self) -> Any:
        moment = self.cleaned_data["closes_at"]
        if moment and "closes_at" in self.changed_data and moment <= timezone.now():
            raise ValidationError(_("This moment has passed."))
        return moment
