"""Who agreed to hear from the business, by which channel, and how that is proved; who must never be written to.

A ledger, not a flag: the newest row of a contact and channel is current. `granting` has the verbs, `tokens` the links that
outlive everything, `public` the preference and unsubscribe pages. Calls contacts and the rooms below.
"""
