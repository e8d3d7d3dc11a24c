"""What members write down about a person, and what they mean to do: notes, and tasks with a day and a reminder.

Stands on contacts: adds a panel to the card and a matter to the home screen, follows merging and erasing. `writing` holds the
verbs of notes, `planning` those of tasks, `reminding` sends each reminder once.
"""
