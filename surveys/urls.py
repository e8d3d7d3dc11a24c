"""The routes of this app: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from surveys import results_views as results
from surveys import score_views as scores

members: list[URLPattern] = [
    path("surveys/", results.survey_list, name="survey_list"),
    path("surveys/<int:pk>/results/", results.survey_results, name="survey_results"),
    path("surveys/<int:pk>/people/", results.survey_people, name="survey_people"),
    path("surveys/<int:pk>/responses/", results.survey_responses, name="survey_responses"),
    path("surveys/<int:pk>/export/", results.survey_export, name="survey_export"),
    path("surveys/<int:pk>/scores/new/", scores.score_create, name="score_create"),
    path("surveys/<int:pk>/scores/<int:score_pk>/", scores.score_edit, name="score_edit"),
    path("surveys/<int:pk>/scores/<int:score_pk>/anew/", scores.score_anew, name="score_anew"),
    path("surveys/<int:pk>/scores/<int:score_pk>/delete/", scores.score_delete, name="score_delete"),
]
public: list[URLPattern] = []
