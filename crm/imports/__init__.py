"""Bringing people in from a file: reading it whatever wrote it, a dry run, the import row by row exactly once, its undo.

Calls consent, contacts and what lies below them. Never re-subscribes anyone.
"""
