"""The demo workspace: a car-care business with half a year of life, and its smaller English twin.

`story` has the words and the numbers; `cast` makes the people and `casting` says who they are; `scenes` the pages, mailings and
funnels, through the same verbs a member uses; `log` the events, by COPY. Deterministic for a given day: the same seed tells the
same story, ending now. Every figure a screen shows is counted from these rows; nothing is written down as a result. All people
are invented.
"""
