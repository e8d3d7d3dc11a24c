"""What happened: the append-only event log, the kinds of event, recording, and the cursor that consumers read by.

Lies below contacts so that everyone may record; `Event.contact` is a string reference. Calls only workspaces and rules.
`recording.record` is the one way in; `event_recorded` is the only signal in the house, a doorbell after commit.
"""
