"""The one rule language: grammar, the SQL interpreter, the form field, the builder, the plain reading.

Knows no words of its own: rooms above register criteria. Calls only workspaces.
"""
