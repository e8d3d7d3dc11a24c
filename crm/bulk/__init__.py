"""One act over many people: a selection, or all of a search, gets a tag, joins a list, has a field set, goes to the bin.

Stands on segments. An act is a row with its people frozen beside it, so it shows its progress, survives a kill, and can be
undone. `kinds` says what each kind does to a chunk of people and how that is taken back; `working` is driven by the clock.
"""
