from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.contacts.fields import form_field
from crm.contacts.identity import NAME_LENGTH, clean_email, clean_phone, local_phone
from crm.contacts.models import Contact, CustomField, List, Tag
from crm.contacts.subscribing import clean_tag
from crm.workspaces.models import Workspace


class IdentityField(forms.CharField):
    """E-mail or phone, as kept: `clean` is a function of identity.py."""

    def __init__(self, clean: Any, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=254, **kwargs)
        self.clean_identity = clean

    def clean(self, value: Any) -> Any:
        return self.clean_identity(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Another spelling of the same address is no change."""
        try:
            return bool(self.clean_identity(data) != self.clean_identity(initial))
        except ValidationError:
            return True


class ContactForm(forms.Form):
    """A person by hand: names, addresses, and every custom field of the business."""

    first_name = forms.CharField(label=_("First name"), max_length=NAME_LENGTH, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=NAME_LENGTH, required=False)
    phone = IdentityField(clean_phone, label=_("Mobile"), widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}))
    email = IdentityField(
        clean_email,
        label=_("E-mail"),
        help_text=_("An e-mail address, a phone, or both."),
        # not type=email: the browser would refuse international domains in its own words
        widget=forms.TextInput(
            attrs={"inputmode": "email", "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, workspace: Workspace, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        if contact is not None:
            kwargs["initial"] = initial_of(contact)
        super().__init__(*args, **kwargs)
        self.custom: list[CustomField] = list(workspace.custom_fields.active())
        for field in self.custom:
            self.fields[field.storage_key] = form_field(field)
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["dir"] = "auto"

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("first_name", "last_name", "phone", "email")]

    @property
    def custom_fields(self) -> list[forms.BoundField]:
        return [self[field.storage_key] for field in self.custom]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_fault = {"email", "phone"} & self.errors.keys()
        if not has_fault and not cleaned.get("email") and not cleaned.get("phone"):
            raise ValidationError({"email": _("Write an e-mail address or a phone number.")})
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        return {field.storage_key: self.cleaned_data[field.storage_key] for field in self.custom}

    @property
    def changes(self) -> dict[str, Any]:
        """What the member changed, so that saving an old form undoes nobody else's work."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def take_errors(self, error: ValidationError) -> None:
        """The verb's faults beside their fields."""
        for key, messages in error.message_dict.items():
            self.add_error(key if key in self.fields else None, messages)


def initial_of(contact: Contact) -> dict[str, Any]:
    own = {name: getattr(contact, name) for name in ("first_name", "last_name", "email")}
    return own | {"phone": local_phone(contact.phone)} | contact.values


class OneFieldForm(forms.Form):
    """A single custom field of a contact, edited on the card."""

    def __init__(self, field: CustomField, contact: Contact, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=contact.values)
        self.fields[field.storage_key] = form_field(field)
        self.key = field.storage_key

    @property
    def input(self) -> forms.BoundField:
        return self[self.key]


class NewContactForm(ContactForm):
    """Beside the person: where they came from, and what to put them on."""

    source = forms.CharField(
        label=_("Source"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("For example: phone call, fair, Instagram."),
    )

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(workspace, *args, **kwargs)
        self.order_fields(["first_name", "last_name", "phone", "email", "source"])
        lists = List.objects.filter(workspace=workspace, deleted_at=None)
        if lists:
            self.fields["lists"] = forms.ModelMultipleChoiceField(
                lists, label=_("Lists"), required=False, widget=forms.CheckboxSelectMultiple
            )
        self.fields["tags"] = TagsField(label=_("Tags"), required=False, help_text=_("Separate tags with commas."))

    @property
    def placing(self) -> list[forms.BoundField]:
        return [self[name] for name in ("source", "lists", "tags") if name in self.fields]


class TagsField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return [clean_tag(part) for part in text.split(",") if part.strip()]


class NamedForm(forms.ModelForm):
    """A form of a thing whose name is unique in its business, whatever the case."""

    unique_field = "name"

    def __init__(self, workspace: Workspace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.workspace = workspace
        self.fields[self.unique_field].widget.attrs |= {"dir": "auto", "autofocus": True}

    def others(self) -> Iterable[Any]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = " ".join(cleaned.get(self.unique_field, "").split())
        lookup = {f"{self.unique_field}__iexact": name}
        if name and self.others().exclude(pk=self.instance.pk).filter(**lookup).exists():  # type: ignore[attr-defined]
            self.add_error(self.unique_field, _("There is one of this name already."))
        cleaned[self.unique_field] = name
        return cleaned


class ListForm(NamedForm):
    class Meta:
        model = List
        fields = ("name", "description")

    def clean_description(self) -> str:
        return " ".join(self.cleaned_data["description"].split())

    def others(self) -> Any:
        return self.instance.workspace.lists.filter(deleted_at=None)


class TagForm(NamedForm):
    class Meta:
        model = Tag
        fields = ("name",)

    def others(self) -> Any:
        return self.instance.workspace.tags.all()
