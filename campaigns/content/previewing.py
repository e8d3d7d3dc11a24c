"""A draft as one reader would see it: a contact, a stranger, or, where the business has no contacts yet, an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaigns.content import focus, merging
from campaigns.content.compiling import (
    Compiled,
    CompiledMail,
    MailContext,
    PageContext,
    assemble,
    compile_mail,
    compile_web,
)
from campaigns.content.links import personal_addresses
from campaigns.content.models import Document
from campaigns.content.pieces import hole_names
from crm.contacts.models import Contact
from crm.rules import interpreter
from crm.workspaces.models import Workspace

# Nothing runs in a preview, and only our own screens may frame it.
POLICY = (
    "sandbox allow-popups; default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    f"img-src 'self' data: {settings.PUBLIC_URL}; frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
)


def example(workspace: Workspace) -> Contact:
    """Somebody to show a greeting with, never saved."""
    with translation.override(workspace.language):
        return Contact(workspace=workspace, first_name=_("Dana"), last_name="", email="dana@example.test")


def someone_known(workspace: Workspace) -> Contact | None:
    """The newest contact with a first name; those who can get a mail come before those with a phone alone."""
    people = Contact.objects.alive().filter(workspace=workspace).exclude(first_name="").order_by("-created_at", "-pk")
    return people.filter(email__isnull=False).first() or people.first()


def visible(compiled: Compiled | CompiledMail, workspace: Workspace, contact: Contact | None) -> set[str]:
    """The keys of the rules that hold for the reader."""
    if contact is None:
        return interpreter.for_values(workspace, compiled.rules)
    if contact.pk is None:
        held = interpreter.for_values(
            workspace, compiled.rules, {"email": contact.email, "first_name": contact.first_name}
        )
        sides = {key: focus.audience_of(rule) for key, rule in compiled.rules.items()}
        return {key for key in held if sides[key] != "unknown"} | {
            key for key, side in sides.items() if side == "known"
        }
    return interpreter.for_batch(workspace, compiled.rules, [contact.pk]).get(contact.pk, set())


def page_html(document: Document, contact: Contact | None, *, selected: str = "") -> str:
    """A page or thank-you page."""
    context = PageContext(language=document.language, medium=document.medium, frame=_frame(document), selected=selected)
    compiled = compile_web(document.blocks, workspace=document.workspace, page_context=context)
    return _assembled(
        compiled, document, contact, holes={"share_url": "#", "page_url": urlsplit(settings.PUBLIC_URL).netloc + "/p/…"}
    )


def mail_html(
    document: Document, contact: Contact | None, *, subject: str = "", preheader: str = "", selected: str = ""
) -> str:
    """A mail; links lead where they will, untracked."""
    context = MailContext(language=document.language, selected=selected)
    compiled = compile_mail(
        document.blocks, workspace=document.workspace, subject=subject, preheader=preheader, mail_context=context
    )
    return _assembled(
        compiled, document, contact, holes={"unsubscribe": "#"}, links=[link.url for link in compiled.links]
    )


def _assembled(
    compiled: Compiled | CompiledMail,
    document: Document,
    contact: Contact | None,
    *,
    holes: dict[str, str],
    links: Any = (),
) -> str:
    values = merging.values_of(contact, compiled.tags)
    seen = visible(compiled, document.workspace, contact)
    personal = personal_addresses(hole_names(compiled.html), document.workspace)
    filled = {**holes, **{hole: address(None) for hole, address in personal.items()}}
    return assemble(compiled.html, values=values, visible=seen, links=list(links), holes=filled)


def _frame(document: Document) -> Callable[[SafeString, Callable[[str], SafeString]], str]:
    def frame(body: SafeString, hole: Callable[[str], SafeString]) -> str:
        context = {"workspace": document.workspace, "body": body}
        return render_to_string("campaigns/content/preview.html", context)

    return frame
