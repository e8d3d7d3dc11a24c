"""The routes of this app: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from surveys import building_views, making_views, opening_views
from surveys import public as strangers
from surveys import results_views as results
from surveys import score_views as scores

members: list[URLPattern] = [
    path("surveys/", results.survey_list, name="survey_list"),
    path("surveys/<int:pk>/results/", results.survey_results, name="survey_results"),
    path("surveys/<int:pk>/people/", results.survey_people, name="survey_people"),
    path("surveys/<int:pk>/responses/", results.survey_responses, name="survey_responses"),
    path("surveys/<int:pk>/slices/", results.survey_slices, name="survey_slices"),
    path("surveys/<int:pk>/export/", results.survey_export, name="survey_export"),
    path("surveys/<int:pk>/scores/new/", scores.score_create, name="score_create"),
    path("surveys/<int:pk>/scores/<int:score_pk>/", scores.score_edit, name="score_edit"),
    path("surveys/<int:pk>/scores/<int:score_pk>/anew/", scores.score_anew, name="score_anew"),
    path("surveys/<int:pk>/scores/<int:score_pk>/delete/", scores.score_delete, name="score_delete"),
    path("surveys/new/", making_views.survey_create, name="survey_create"),
    path("surveys/templates/", making_views.template_list, name="template_list"),
    path("surveys/<int:pk>/edit/", building_views.survey_edit, name="survey_edit"),
    path("surveys/<int:pk>/settings/", opening_views.survey_settings, name="survey_settings"),
    path("surveys/<int:pk>/texts/<slug:part>/", opening_views.survey_text, name="survey_text"),
    path("surveys/<int:pk>/look/", opening_views.survey_look, name="survey_look"),
    path("surveys/<int:pk>/preview/", opening_views.survey_preview, name="survey_preview"),
    path("surveys/<int:pk>/open/", opening_views.survey_open, name="survey_open"),
    path("surveys/<int:pk>/close/", opening_views.survey_close, name="survey_close"),
    path("surveys/<int:pk>/duplicate/", making_views.survey_duplicate, name="survey_duplicate"),
    path("surveys/<int:pk>/delete/", making_views.survey_delete, name="survey_delete"),
    path("surveys/<int:pk>/restore/", making_views.survey_restore, name="survey_restore"),
    path("surveys/<int:pk>/questions/new/", building_views.question_create, name="question_create"),
    path("surveys/<int:pk>/questions/order/", building_views.question_order, name="question_order"),
    path("surveys/<int:pk>/questions/<int:question_pk>/edit/", building_views.question_edit, name="question_edit"),
    path(
        "surveys/<int:pk>/questions/<int:question_pk>/duplicate/",
        building_views.question_duplicate,
        name="question_duplicate",
    ),
    path(
        "surveys/<int:pk>/questions/<int:question_pk>/delete/", building_views.question_delete, name="question_delete"
    ),
    path(
        "surveys/<int:pk>/questions/<int:question_pk>/restore/",
        building_views.question_restore,
        name="question_restore",
    ),
    path("surveys/<int:pk>/questions/<int:question_pk>/move/", building_views.question_move, name="question_move"),
]
public: list[URLPattern] = [
    path("s/<slug:code>/", strangers.survey, name="survey"),
    path("s/<slug:code>/thanks/", strangers.thanks, name="thanks"),
    path("s/<slug:code>/preview/", strangers.preview, name="preview"),
    path("s/<slug:code>/<str:link>/", strangers.survey, name="personal"),
]
