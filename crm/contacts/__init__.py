"""Contacts, their custom fields, lists and tags. Calls timeline, rules and the rooms below; never consent or visitors.

`capturing.capture` is the one door for a new or known person. Merging, erasing and exporting one person walk registries here
that higher rooms fill with their own rows.
"""
