"""The words this room adds to the rule language."""
