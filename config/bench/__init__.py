"""`bin/bench SCENARIO`: how fast it is, as ratios against a reference that is measured in the same call.

A scenario is a module of this folder with `GOAL` (figure -> limit; `at_least` names those that must not be lower) and
`run(scale) -> Measured`. It makes its own data (`people.populate`), prints a table, and ends with one line of JSON.
"""
