"""The kinds of event this room records."""
