"""What members write down about a person, and what they mean to do: notes, and tasks with a day and a reminder.

Stands on contacts: adds a panel to the card and matters to the home screen.
"""
