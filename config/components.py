"""The parts of the interface on one page, for looking at while developing: /components/?lang=en&theme=dark. DEBUG only."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import translation

from crm.workspaces.models import Membership, Role, User, Workspace


class SampleForm(forms.Form):
    """Every kind of field; the data below makes one of them faulty."""

    name = forms.CharField(label="שם פרטי", initial="נועה")
    phone = forms.CharField(label="נייד", widget=forms.TextInput(attrs={"type": "tel"}), required=False)
    email = forms.EmailField(label="מייל", help_text="לכאן נשלח את הקישור.")
    kind = forms.ChoiceField(label="סוג", choices=[("a", "משפחתי"), ("b", "שטח")])
    born = forms.DateField(label="תאריך לידה", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    note = forms.CharField(label="הערה", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    audience = forms.ChoiceField(
        label="למי להציג?",
        widget=forms.RadioSelect,
        choices=[("all", "לכולם"), ("known", "למי שמכירים\nהגיעו מקישור אישי")],
        initial="known",
    )
    channels = forms.MultipleChoiceField(
        label="ערוצים", widget=forms.CheckboxSelectMultiple, choices=[("mail", "מייל"), ("sms", "SMS")], required=False
    )
    consent = forms.BooleanField(label="אפשר לשלוח אליי מיילים", required=False)


def components(request: HttpRequest) -> HttpResponse:
    language, theme = request.GET.get("lang", "he"), request.GET.get("theme", "")
    request.user = User(name="מאיה", email="maya@example.test", language=language, theme=theme)
    request.workspace = Workspace(name="קצף וזוהר", slug="foam")  # type: ignore[attr-defined]
    request.membership = Membership(role=Role.OWNER)  # type: ignore[attr-defined]
    form = SampleForm(
        {"name": "נועה", "phone": "050-000-0119", "email": "dana@example", "audience": "known", "kind": "a"}
    )
    if "toast" in request.GET:
        messages.success(request, "הפלח נשמר: 38 אנשי קשר", extra_tags="/undo/")
    with translation.override(language):
        return render(request, "components.html", {"form": form if "faults" in request.GET else SampleForm()})


def editor(request: HttpRequest) -> HttpResponse:
    request.workspace = Workspace(name="קצף וזוהר", slug="foam")  # type: ignore[attr-defined]
    with translation.override(request.GET.get("lang", "he")):
        return render(request, "components_editor.html")


urlpatterns = [path("components/", components), path("components/editor/", editor)]
