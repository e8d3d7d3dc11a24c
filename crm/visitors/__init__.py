"""Browsers that came by, and which contact each belongs to, as far as is known.

A visitor is one epoch of one browser: when another person shows up on the same device a new epoch starts, so two known people
are never merged. `identifying` has the verbs, `robots` the verdict, `cookies` the two cookies. Calls consent and below.
"""
