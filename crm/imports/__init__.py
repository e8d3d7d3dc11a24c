"""Bringing people in from a file: reading it whatever wrote it, a dry run, the import row by row exactly once, its undo.

Calls consent, contacts and what lies below them. Never re-subscribes anyone, never lifts a block.

The way of a file, and the verbs that move it (all raise ValidationError with a dict, and may be called by any edge):

    storing.receive(workspace, name=, chunks=, by=)   -> Import `uploaded`; storing.open_file(importing) gives the bytes back
    steering.describe(importing, shape=, headers=)       how it is read (a Layout as JSON) and a title for every column
    planning.accept(importing, plan, by=)             -> `checking`: the clock stages the rows and compares (the dry run)
                                                      -> `checked`: importing.tallies["checked"], checking.samples(importing)
    steering.start(importing, by=)                    -> `running` -> `done`: importing.tallies["done"]
    steering.stop / resume(importing, by=)            -> `stopped` / back to work
    steering.undo(importing, by=)                     -> `undoing` -> `undone`: importing.tallies["undone"]
    steering.discard(importing, by=)                     forgets a file that changed nothing
    rejecting.reject_file(importing)                  -> pieces (bytes) of a CSV of the refused rows, with the reasons
    showing.samples(importing)                        -> {"new": [Shown, ...], ...}: a few rows for each outcome of the check
    showing.refused(importing, after=0, limit=50)     -> [Shown, ...]; showing.kept(...) who stayed at an undo, and why

Questions stand on the model: can_be_planned, can_be_started, can_be_stopped, can_be_resumed, can_be_undone, progress (0..100).
Tallies: {"rows": {"new": 3, "updated": 2, "unchanged": 0, "refused": 1}, "notes": {"unsubscribed": 1, "phone_only": 2},
"samples": {"new": [1, 4]}, "why": {"phone invalid": 1}}; showing.NOTES and showing.WHY have the words.

A chunk of work is one transaction that holds the import's row and moves its watermark, so that a worker may be killed anywhere
and each row is still applied exactly once. A lease only keeps a second worker from doing the same in vain.
"""
