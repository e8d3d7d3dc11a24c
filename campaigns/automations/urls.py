"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.automations import building_views, mail_views, seeing_urls, views
from campaigns.automations import editing_views as edits
from campaigns.automations import steering_views as verbs

ONE = "automations/<int:pk>"
STEP, PATH = f"{ONE}/steps/<slug:step>", f"{ONE}/paths/<slug:path>"
members: list[URLPattern] = [
    path("automations/", views.automation_list, name="automation_list"),
    path("automations/templates/", views.template_list, name="template_list"),
    path("automations/new/", views.automation_create, name="automation_create"),
    path(f"{ONE}/", building_views.automation_edit, name="automation_edit"),
    path(f"{ONE}/name/", edits.automation_rename, name="automation_rename"),
    path(f"{ONE}/triggers/<int:place>/", edits.trigger_edit, name="trigger_edit"),
    path(f"{ONE}/triggers/<int:place>/delete/", edits.trigger_delete, name="trigger_delete"),
    path(f"{ONE}/entry/", edits.entry_edit, name="entry_edit"),
    path(f"{ONE}/steps/new/", edits.step_create, name="step_create"),
    path(f"{STEP}/", edits.step_edit, name="step_edit"),
    path(f"{STEP}/delete/", edits.step_delete, name="step_delete"),
    path(f"{STEP}/restore/", edits.step_restore, name="step_restore"),
    path(f"{STEP}/duplicate/", edits.step_duplicate, name="step_duplicate"),
    path(f"{STEP}/move/", edits.step_move, name="step_move"),
    path(f"{STEP}/mail/", mail_views.mail_create, name="mail_create"),
    path(f"{STEP}/mail/renew/", mail_views.mail_renew, name="mail_renew"),
    path(f"{STEP}/paths/", edits.path_create, name="path_create"),
    path(f"{PATH}/", edits.path_edit, name="path_edit"),
    path(f"{PATH}/delete/", edits.path_delete, name="path_delete"),
    path(f"{PATH}/move/", edits.path_move, name="path_move"),
    path(f"{ONE}/on/", verbs.automation_on, name="automation_on"),
    path(f"{ONE}/pause/", verbs.automation_pause, name="automation_pause"),
    path(f"{ONE}/resume/", verbs.automation_resume, name="automation_resume"),
    path(f"{ONE}/off/", verbs.automation_off, name="automation_off"),
    path(f"{ONE}/again/", verbs.automation_again, name="automation_again"),
    path(f"{ONE}/enrol/", verbs.automation_enrol, name="automation_enrol"),
    path(f"{ONE}/duplicate/", views.automation_duplicate, name="automation_duplicate"),
    path(f"{ONE}/delete/", verbs.automation_bin, name="automation_bin"),
    path(f"{ONE}/restore/", verbs.automation_restore, name="automation_restore"),
    *seeing_urls.seeing,
]
public: list[URLPattern] = []
