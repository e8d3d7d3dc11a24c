"""A mailing's document to pieces, with the words the law asks for under it."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.content.compiling import CompiledMail, MailContext, compile_mail
from campaigns.mailings.models import Mailing

Purpose = Mailing.Purpose


def compile_mailing(mailing: Mailing) -> CompiledMail:
    """The pieces of everybody's mail. Raises MergeError for a subject or preview text that names what is not there."""
    return compile_mail(
        mailing.document.blocks,
        workspace=mailing.workspace,
        subject=mailing.subject,
        preheader=mailing.preheader,
        mail_context=MailContext(language=mailing.language, reason=reason_of(mailing)),
    )


def reason_of(mailing: Mailing) -> str:
    """Why the reader got it, in the mailing's language."""
    business = mailing.workspace.name
    with translation.override(mailing.language):
        if mailing.purpose == Purpose.SERVICE:
            return _("This is a service mail about your dealings with %(business)s.") % {"business": business}
        return _("You get this mail because you agreed to receive mailings from %(business)s.") % {"business": business}
