"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.notes import task_views, views

members: list[URLPattern] = [
    path("contacts/<int:pk>/notes/", views.note_list, name="contact_notes"),
    path("contacts/<int:pk>/tasks/", task_views.task_create, name="contact_tasks"),
    path("notes/<int:pk>/edit/", views.note_edit, name="note_edit"),
    path("notes/<int:pk>/pin/", views.note_pin, name="note_pin"),
    path("notes/<int:pk>/delete/", views.note_delete, name="note_delete"),
    path("notes/<int:pk>/restore/", views.note_restore, name="note_restore"),
    path("tasks/", task_views.task_list, name="task_list"),
    path("tasks/<int:pk>/edit/", task_views.task_edit, name="task_edit"),
    path("tasks/<int:pk>/done/", task_views.task_finish, name="task_finish"),
    path("tasks/<int:pk>/reopen/", task_views.task_reopen, name="task_reopen"),
    path("tasks/<int:pk>/delete/", task_views.task_delete, name="task_delete"),
    path("tasks/<int:pk>/restore/", task_views.task_restore, name="task_restore"),
]
public: list[URLPattern] = []
