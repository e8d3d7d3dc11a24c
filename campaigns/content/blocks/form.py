from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.content import answering, merging, panels
from campaigns.content.attributes import Line
from campaigns.content.blocks.base import BlockType
from campaigns.content.questions import Consents, ListIds, Questions, TagNames, custom_fields
from campaigns.content.rendering import FormState, Rendering
from crm.workspaces.models import Workspace


class Form(BlockType):
    """Holes: "form_stamp:<block>" is the value of the hidden input `stamp`."""

    name = "form"
    label = gettext_lazy("Form")
    icon = "forms"
    explanation = gettext_lazy("People leave their details and become contacts")
    media = frozenset({"page"})
    panel = "campaigns/content/_panel_form.html"
    content = (
        Line(key="title", label=gettext_lazy("Heading of the form"), limit=120, tags=False),
        Questions(key="questions", label=gettext_lazy("What the form asks")),
        Consents(key="consents", label=gettext_lazy("Consents")),
        ListIds(key="lists", label=gettext_lazy("Lists that senders join")),
        TagNames(key="tags", label=gettext_lazy("Tags that senders get"), limit=20),
        Line(key="button", label=gettext_lazy("Words on the button"), limit=60, tags=False),
    )

    def starter(self) -> dict[str, Any]:
        return {
            "questions": [
                {"field": "first_name", "required": True},
                {"field": "email", "required": True},
                {"field": "phone", "required": False},
            ],
            "consents": [
                {"channel": "email", "text": _("You may send me mails. I can stop them at any moment.")},
            ],
            "button": _("Send"),
        }

    def summary(self, data: dict[str, Any]) -> str:
        rows = data.get("questions", [])
        return ", ".join(row["label"] or str(merging.IDENTITY.get(row["field"], row["field"])) for row in rows[:4])

    def problems(self, data: dict[str, Any], workspace: Workspace, medium: str) -> list[str]:
        asked = {row["field"] for row in data["questions"]}
        gone = {field for field in asked if field.startswith("f") and field not in merging.IDENTITY}
        found = []
        if not asked & {"email", "phone"}:
            found.append(_("The form asks for neither an e-mail nor a phone, so nobody could be answered."))
        if gone - set(custom_fields(data["questions"], workspace)):
            found.append(_("The form asks for a field that is not there any more."))
        if any(not row["text"] for row in data["consents"]):
            found.append(_("Write the words that people agree to."))
        return found + ([] if data["button"] else [_("The button has no words.")])

    def panel_context(self, data: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
        return panels.questions_context(data, workspace)

    def read_panel(self, sent: QueryDict) -> dict[str, Any]:
        return panels.read_questions(sent)

    def web(self, data: dict[str, Any], rendering: Rendering) -> SafeString:
        state = rendering.forms.get(rendering.block) or FormState()
        return answering.render_form(
            {"id": rendering.block, "data": data},
            workspace=rendering.workspace,
            language=rendering.language,
            values=state.values,
            errors=state.errors,
            action=rendering.form_action,
            hidden={"stamp": rendering.hole(f"form_stamp:{rendering.block}")},
        )


block_type = Form()
