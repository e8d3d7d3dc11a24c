"""The routes of this room: `members` under /w/<workspace>/, `public` at the root of the public origin."""

from __future__ import annotations

from django.urls import URLPattern, path

from crm.contacts import arranging_views, card_views, field_views, list_views, tag_views, type_views, views

members: list[URLPattern] = [
    path("contacts/", views.contact_list, name="contact_list"),
    path("contacts/people/", views.contact_people, name="contact_people"),
    path("contacts/new/", views.contact_create, name="contact_create"),
    path("contacts/<int:pk>/", views.contact_card, name="contact_card"),
    path("contacts/<int:pk>/edit/", views.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/fields/<int:field_pk>/", card_views.contact_field, name="contact_field"),
    path("contacts/<int:pk>/fields/<int:field_pk>/show/", card_views.contact_field_show, name="contact_field_show"),
    path("contacts/<int:pk>/identity/<slug:detail>/", card_views.contact_identity, name="contact_identity"),
    path("contacts/<int:pk>/delete/", views.contact_bin, name="contact_bin"),
    path("contacts/<int:pk>/restore/", views.contact_restore, name="contact_restore"),
    path("contacts/<int:pk>/erase/", views.contact_erase, name="contact_erase"),
    path("contacts/<int:pk>/lists/", list_views.contact_join, name="contact_join"),
    path("contacts/<int:pk>/lists/<int:list_pk>/leave/", list_views.contact_leave, name="contact_leave"),
    path("contacts/<int:pk>/tags/", list_views.contact_tag, name="contact_tag"),
    path("contacts/<int:pk>/tags/<int:tag_pk>/remove/", list_views.contact_untag, name="contact_untag"),
    path("lists/", list_views.list_list, name="list_list"),
    path("lists/new/", list_views.list_create, name="list_create"),
    path("lists/<int:pk>/", list_views.list_page, name="list_page"),
    path("lists/<int:pk>/edit/", list_views.list_edit, name="list_edit"),
    path("lists/<int:pk>/delete/", list_views.list_delete, name="list_delete"),
    path("lists/<int:pk>/restore/", list_views.list_restore, name="list_restore"),
    path("tags/", tag_views.tag_list, name="tag_list"),
    path("tags/new/", tag_views.tag_create, name="tag_create"),
    path("tags/<int:pk>/edit/", tag_views.tag_edit, name="tag_edit"),
    path("tags/<int:pk>/delete/", tag_views.tag_delete, name="tag_delete"),
    path("fields/", field_views.field_list, name="field_list"),
    path("fields/new/", field_views.field_create, name="field_create"),
    path("fields/quick/", field_views.field_quick_create, name="field_quick_create"),
    path("fields/order/", arranging_views.field_order, name="field_order"),
    path("fields/<int:pk>/edit/", field_views.field_edit, name="field_edit"),
    path("fields/<int:pk>/archive/", field_views.field_archive, name="field_archive"),
    path("fields/<int:pk>/unarchive/", field_views.field_unarchive, name="field_unarchive"),
    path("fields/<int:pk>/type/", type_views.field_type, name="field_type"),
    path("fields/groups/new/", arranging_views.group_create, name="group_create"),
    path("fields/groups/<int:pk>/edit/", arranging_views.group_edit, name="group_edit"),
    path("fields/groups/<int:pk>/delete/", arranging_views.group_delete, name="group_delete"),
    path("fields/groups/<int:pk>/move/", arranging_views.group_move, name="group_move"),
    path("fields/<int:pk>/move/", arranging_views.field_move, name="field_move"),
]
public: list[URLPattern] = []
