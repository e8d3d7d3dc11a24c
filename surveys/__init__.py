"""Surveys of two kinds, nothing in between: identified, with answers on the card; anonymous, of which only counts exist.

`sealing` and `tallying` are the anonymous kind's whole secret; docs/domain.md says what is promised, and the adversary of
tests/surveys attacks it. Stands on crm and on campaigns' content; imports no other room of campaigns.
"""
