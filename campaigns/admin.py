"""Table of contents: what operators see of this app's rooms."""

from campaigns.automations import admin as automations
from campaigns.content import admin as content
from campaigns.mailings import admin as mailings
from campaigns.pages import admin as pages

__all__ = ["automations", "content", "mailings", "pages"]
