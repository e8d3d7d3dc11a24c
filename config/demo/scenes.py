"""The stage of the demo: own fields, lists, pages, mailings, segments and funnels, made by the verbs a member uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.content import documents
from campaigns.content.documents import new_block, new_id
from campaigns.content.focus import KNOWN, UNKNOWN
from campaigns.mailings.models import Mailing
from campaigns.pages import publishing
from campaigns.pages.models import LandingPage, PageVersion
from config.demo.picture import car
from config.demo.story import Story
from crm.contacts.models import CustomField, List
from crm.files.models import File
from crm.files.uploading import save_image
from crm.segments.saving import save_segment
from crm.workspaces.models import User, Workspace
from funnels.building import save_stages
from funnels.models import Funnel
from funnels.ready import BY_KEY


class Scenes:
    def __init__(self, workspace: Workspace, story: Story, owner: User) -> None:
        self.workspace, self.story, self.owner, self.words = workspace, story, owner, story.words
        self.language = story.language

    # -- the business ------------------------------------------------------------------------------------------------

    def fields(self) -> dict[str, CustomField]:
        """The starter fields by key, and the business's own by name."""
        found = {field.key: field for field in self.workspace.custom_fields.all() if field.key}
        for position, (name, (label, options)) in enumerate(self.story.fields.items(), start=10):
            labels = options or tuple(package.name for package in self.story.packages)
            found[name] = CustomField.objects.create(
                workspace=self.workspace,
                label=label,
                type="choice",
                options=[{"id": f"o{number}", "label": words} for number, words in enumerate(labels, start=1)],
                position=position,
            )
        return found

    def make_list(self, name: str) -> List:
        return List.objects.create(workspace=self.workspace, name=self.words[name])

    # -- pages -------------------------------------------------------------------------------------------------------

    def kit_page(self, fields: dict[str, CustomField], newsletter: List) -> LandingPage:
        questions: list[dict[str, Any]] = [
            {"field": "first_name", "required": True},
            {"field": "email", "required": True},
            {"field": "phone"},
        ]
        questions += [{"field": fields[name].storage_key, "required": True} for name in ("car", "often", "matters")]
        blocks = [
            self._picture(),
            self._block("heading", text=self.words["kit_heading"]),
            self._block("text", text=self.words["kit_text"]),
            self._form(questions, newsletter, self.words["kit_button"]),
        ]
        thanks = [
            self._block("heading", text=self.words["kit_thanks"]),
            self._block("text", text=self.words["kit_thanks_text"]),
        ]
        return self._page("kit_page", "kit", blocks, thanks)

    def share_page(self, newsletter: List) -> LandingPage:
        """The focused pair: who we know is greeted and asked to share, who we do not know yet is welcomed."""
        pair = new_id()
        known, unknown = {"rule": KNOWN, "pair": pair}, {"rule": UNKNOWN, "pair": pair}
        share = {"text": self.words["share_text"], "label": self.words["share_label"]}
        questions: list[dict[str, Any]] = [
            {"field": "first_name", "required": True},
            {"field": "email", "required": True},
            {"field": "phone"},
        ]
        blocks = [
            self._picture(),
            self._block("heading", text=self.words["share_page"]),
            self._block("text", text=self.words["share_known"]) | known,
            self._block("whatsapp_share", **share) | known,
            self._block("text", text=self.words["share_stranger"]) | unknown,
            self._form(questions, newsletter, self.words["share_button"]) | unknown,
        ]
        thanks = [
            self._block("heading", text=self.words["share_thanks"]),
            self._block("text", text=self.words["share_thanks_text"]),
            self._block("whatsapp_share", **share),
        ]
        return self._page("share_page", "friend", blocks, thanks, description=self.words["share_description"])

    def _page(
        self, name: str, slug: str, blocks: list[Any], thanks: list[Any], *, description: str = ""
    ) -> LandingPage:
        page = LandingPage.objects.create(
            workspace=self.workspace,
            name=self.words[name],
            slug=slug,
            language=self.language,
            description=description,
            document=self._document(blocks, "page"),
            thanks=self._document(thanks, "thanks"),
        )
        publishing.publish(page, self.owner)
        return page

    def published_at(self, page: LandingPage, at: datetime) -> PageVersion:
        """Pages were on the air before their visitors came."""
        LandingPage.objects.filter(pk=page.pk).update(created_at=at, updated_at=at)
        PageVersion.objects.filter(page=page).update(published_at=at)
        version: PageVersion = page.versions.get()
        return version

    # -- mailings ----------------------------------------------------------------------------------------------------

    def mailing(self, name: str, purpose: str, subject: str, blocks: list[Any], **fields: Any) -> Mailing:
        return Mailing.objects.create(
            workspace=self.workspace,
            name=self.words[name],
            purpose=purpose,
            language=self.language,
            subject=subject,
            document=self._document(blocks, "mail"),
            created_by=self.owner,
            **fields,
        )

    def early_mailing(self, newsletter: List, kit: LandingPage) -> Mailing:
        blocks = [
            self._block("heading", text=self.words["early_mailing"]),
            self._block("text", text=self.words["early_text"]),
            self._block("button", text=self.words["early_button"], link=f"page:{kit.pk}"),
        ]
        audience = {"lists": [newsletter.pk]}
        return self.mailing("early_mailing", "content", self.words["early_subject"], blocks, audience=audience)

    def share_mailing(self, newsletter: List, share: LandingPage, kit: LandingPage) -> Mailing:
        blocks = [
            self._picture(link=f"page:{share.pk}"),
            self._block("heading", text=self.words["mail_hello"]),
            self._block("text", text=self.words["mail_known"]),
            self._block(
                "whatsapp_share", text=self.words["share_text"], label=self.words["mail_share"], link=f"page:{share.pk}"
            ),
            self._block("button", text=self.words["mail_all"], link=f"page:{kit.pk}", style="outline"),
        ]
        fields = {"audience": {"lists": [newsletter.pk]}, "preheader": self.words["share_preheader"]}
        return self.mailing("share_mailing", "advertisement", self.words["share_subject"], blocks, **fields)

    def asking_mailing(self, customers: List, survey: int) -> Mailing:
        """To every buyer, with a link of their own to the survey: a service, so it needs no consent to advertising."""
        blocks = [
            self._block("heading", text=self.words["ask_mailing"]),
            self._block("text", text=self.words["ask_text"]),
            self._block("button", text=self.words["ask_button"], link=f"survey:{survey}"),
        ]
        audience = {"lists": [customers.pk]}
        return self.mailing("ask_mailing", "service", self.words["ask_subject"], blocks, audience=audience)

    def draft_mailing(self, newsletter: List) -> Mailing:
        blocks = [self._block("text", text=self.words["draft_text"])]
        audience = {"lists": [newsletter.pk]}
        return self.mailing("draft_mailing", "content", self.words["draft_mailing"], blocks, audience=audience)

    # -- people and reports --------------------------------------------------------------------------------------------

    def segments(self, fields: dict[str, CustomField], share_mailing: Mailing) -> None:
        bought = {"event": "order.placed", "within_days": 180}
        rules = {
            "happy": {"all": [{"event": "referral.credited"}]},
            "family_segment": {"all": [{"field": fields["car"].storage_key, "op": "one_of", "value": ["o2"]}, bought]},
            "sleepy": {
                "all": [{"event": "mailing.sent", "subject": share_mailing.pk}, {"none": [{"event": "mailing.opened"}]}]
            },
        }
        for name, rule in rules.items():
            save_segment(self.workspace, name=self.words[name], rule=rule, by=self.owner)

    def funnels(self, kit: LandingPage, share: LandingPage, sharing: Mailing) -> None:
        self._funnel(
            "sale_funnel",
            None,
            ("stage_seen", "page.viewed", kit.pk),
            ("stage_read", "page.engaged", kit.pk),
            ("stage_lead", "form.submitted", kit.pk),
            ("stage_bought", "order.placed", None),
            ("stage_again", "order.placed", None),
        )
        self._share_funnel(share, sharing)

    def _share_funnel(self, share: LandingPage, sharing: Mailing) -> None:
        """The ready model, with every stage about this page and this mailing."""
        model = BY_KEY["share"]
        funnel = Funnel.objects.create(
            workspace=self.workspace,
            name=self.words["share_funnel"],
            model="share",
            window_days=30,
            created_by=self.owner,
        )
        about = {
            "page.viewed": share.pk,
            "form.submitted": share.pk,
            "share.clicked": share.pk,
            "mailing.clicked": sharing.pk,
        }
        stages = [
            {
                "name": str(stage.name),
                "is_optional": stage.is_optional,
                "matches": [
                    {"kind": kind} | ({"subject": about[kind]} if kind in about else {}) for kind in stage.kinds
                ],
            }
            for stage in model.stages
        ]
        save_stages(funnel, stages)

    def _funnel(self, name: str, window_days: int | None, *stages: tuple[str, str, int | None]) -> None:
        funnel = Funnel.objects.create(
            workspace=self.workspace, name=self.words[name], window_days=window_days, created_by=self.owner
        )
        rows = [
            {"name": self.words[stage], "matches": [{"kind": kind} | ({"subject": pk} if pk else {})]}
            for stage, kind, pk in stages
        ]
        save_stages(funnel, rows)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def _picture(self, **data: Any) -> dict[str, Any]:
        if not hasattr(self, "_car"):
            self._car: File = save_image(self.workspace, car())
        return self._block("image", file=self._car.pk, alt=self.words["car_alt"], **data)

    def _form(self, questions: list[dict[str, Any]], newsletter: List, button: str) -> dict[str, Any]:
        consents = [{"channel": "email", "text": self.words["consent"]}]
        return self._block("form", questions=questions, consents=consents, lists=[newsletter.pk], button=button)

    def _block(self, kind: str, **data: Any) -> dict[str, Any]:
        return new_block(kind, self.language, **data)

    def _document(self, blocks: list[Any], medium: str) -> Any:
        cleaned = documents.clean_blocks(blocks, self.workspace, medium)
        return documents.new_document(self.workspace, medium, self.language, cleaned)
