"""The tables of this app, by room."""

from campaigns.automations.models import Automation, Day, Enrolment, Errand, Passage, Version
from campaigns.content.models import Document, DocumentRevision
from campaigns.mailings.models import Delivery, Link, Mailing
from campaigns.pages.models import LandingPage, PageVersion, Referral, ShareLink, Submission

__all__ = [
    "Automation",
    "Day",
    "Delivery",
    "Document",
    "DocumentRevision",
    "Enrolment",
    "Errand",
    "LandingPage",
    "Link",
    "Mailing",
    "PageVersion",
    "Passage",
    "Referral",
    "ShareLink",
    "Submission",
    "Version",
]
