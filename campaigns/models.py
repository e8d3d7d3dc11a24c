"""The tables of this app, by room."""

from campaigns.content.models import Document, DocumentRevision
from campaigns.mailings.models import Delivery, Link, Mailing
from campaigns.pages.models import LandingPage, PageVersion, Referral, ShareLink, Submission

__all__ = [
    "Delivery",
    "Document",
    "DocumentRevision",
    "LandingPage",
    "Link",
    "Mailing",
    "PageVersion",
    "Referral",
    "ShareLink",
    "Submission",
]
