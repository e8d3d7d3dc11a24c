from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.contacts import grouping
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
        self.workspace = workspace
        self.custom: list[CustomField] = [
            field for field in workspace.custom_fields.active() if self.asks(field, contact)
        ]
        for field in self.custom:
            is_required = field.required and (contact is None or field.storage_key in contact.values)
            self.fields[field.storage_key] = form_field(field, required=is_required)
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["dir"] = "auto"

    def asks(self, field: CustomField, contact: Contact | None) -> bool:
        """A hidden answer is changed on the card, by itself, and not among others."""
        return contact is None or not field.is_sensitive

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(name of the group, its inputs), as the owner arranged them."""
        parts = grouping.sections(self.workspace, self.custom)
        asked = [(part, [self[field.storage_key] for field in part.fields]) for part in parts]
        return [(part.group.name if part.group else "", inputs) for part, inputs in asked if inputs]

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
    """A single custom field of a contact, edited on the card. A sensitive answer is not put in: it is replaced or emptied."""

    def __init__(self, field: CustomField, contact: Contact, data: QueryDict | None = None) -> None:
        self.hides = field.is_sensitive and field.storage_key in contact.values
        super().__init__(data, initial={} if self.hides else contact.values)
        self.fields[field.storage_key] = form_field(field, required=field.required)
        self.key = field.storage_key

    @property
    def input(self) -> forms.BoundField:
        return self[self.key]

    @property
    def changes(self) -> dict[str, Any]:
        """Of a hidden answer, nothing written means nothing changed; `empty` in the body empties it."""
        value = self.cleaned_data[self.key]
        leaves = self.hides and value is None and "empty" not in self.data
        return {} if leaves else {self.key: value}


class IdentityForm(forms.Form):
    """One thing of who the contact is, edited on the card: name, email, phone or source."""

    PARTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("first_name", "last_name"),
        "email": ("email",),
        "phone": ("phone",),
        "source": ("source",),
    }

    def __init__(self, detail: str, contact: Contact, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=initial_of(contact) | {"source": contact.source})
        known = ContactForm.base_fields | {"source": NewContactForm.base_fields["source"]}
        for name in self.PARTS[detail]:
            self.fields[name] = deepcopy(known[name])
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs.setdefault("dir", "auto")

    def take_errors(self, error: ValidationError) -> None:
        """The verb's faults beside what was asked; "no address left" is told beside the one that was emptied."""
        for key, messages in error.message_dict.items():
            self.add_error(key if key in self.fields else next(iter(self.fields)), messages)


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
        given = {field.storage_key: field.default for field in self.custom if field.default is not None}
        self.initial = given | dict(self.initial)
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
